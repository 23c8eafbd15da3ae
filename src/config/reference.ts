import { bytesPattern, durationPattern } from '../core/units.ts'
import { choicesFor, type Shape } from './shape.ts'

const introduction = `# Configuration

Sluice reads one YAML file: \`sluice serve --config sluice.yaml\`. Without a file it runs on the defaults below.
\`sluice check --config sluice.yaml\` prints all mistakes, each with its line, and \`sluice config show\` what is in force.

This page is made from the program's own schemas (\`npm run docs\`); \`sluice config reference\` prints it, and
\`sluice config schema\` the JSON Schema for editors: put \`# yaml-language-server: $schema=sluice.schema.json\` into the
first line of the file.

## How values are written

- **Sizes**: \`64 MiB\`, \`64MiB\`, \`10 MB\`, \`67108864\`. \`MiB\` is 2^20 bytes, \`MB\` is 10^6.
- **Times**: \`500ms\`, \`30s\`, \`5m\`, \`1h\`, \`1d\`; a bare number means seconds.
- **Secrets** stay outside: \`\${env:NAME}\` is a variable of the environment, \`\${file:PATH}\` the content of a file without the
  line break at its end. Both may stand in any value, also as a part of it; a variable that is not set is a mistake. Inside
  \`{ }\` and \`[ ]\` such values need quotes. \`$\${\` stands for a plain \`\${\`.
- **A file \`.env\`** beside the configuration is read too, lines such as \`NAME='value'\`: what it says counts where the
  environment itself says nothing, for \`\${env:NAME}\` and for the keys below.
- **Files and folders** are relative to the folder that the program was started in.
- **The environment** can set any key: \`SLUICE__LIMITS__SESSIONS=5\`, \`SLUICE__LISTENERS__0__PORT=21\`. Names are found
  without regard to case, \`-\` and \`_\`; a number is a place in a list.

What counts, from weak to strong: defaults, the file, the environment, the flags of \`sluice serve\`. SIGHUP reads the file
again; when it has a mistake, the old configuration stays and the log says why. What only a restart takes over is named there too.

| Exit status | Meaning |
|---|---|
| 0 | done |
| 1 | failure, such as a port in use |
| 2 | wrong usage of the command line |
| 78 | the configuration has mistakes |
`

interface Row {
  readonly key: string
  readonly shape: Shape
  readonly isRequired: boolean
  /** What has to stand beside it, where it is one of several ways to say something. */
  readonly partners?: readonly string[]
}

/** docs/configuration.md: every key with type, default and meaning. */
export function configurationReference(shape: Shape): string {
  const sections = Object.entries(shape.properties ?? {})
  const isWhole = (section: Shape) => driverChoices(section).length > 0 || rowsBelow('', section).length > 0
  const single = sections.filter(([, section]) => !isWhole(section))
  const whole = sections.filter(([, section]) => isWhole(section))
  const general = table(single.map(([key, section]) => ({ key, shape: section, isRequired: false })))
  return [introduction, ...whole.map(([key, section]) => sectionText(key, section)), `## General\n\n${general}`].join(
    '\n',
  )
}

function sectionText(key: string, shape: Shape): string {
  const heading = `## ${key}\n\n${shape.description ?? ''}\n`
  const kinds = driverChoices(shape)
  if (kinds.length === 0) return `${heading}\n${table(rowsBelow(key, shape))}`
  const parts = kinds.map((kind) => `### driver: ${driverName(kind)}\n\n${table(rowsBelow(`${key}.NAME`, kind))}`)
  return [heading, ...parts].join('\n')
}

function driverChoices({ additionalProperties }: Shape): readonly Shape[] {
  return typeof additionalProperties === 'object' ? (additionalProperties.oneOf ?? []) : []
}

function driverName({ properties }: Shape): string {
  return properties?.['driver']?.const ?? ''
}

/** All that can stand below a key; `[]` marks the elements of a list. */
function rowsBelow(prefix: string, shape: Shape): readonly Row[] {
  const choices = choicesFor(shape, undefined)
  return choices.flatMap((choice) => {
    if (choice.items !== undefined) return rowsBelow(`${prefix}[]`, choice.items)
    return Object.entries(choice.properties ?? {}).flatMap(([name, below]) => {
      const key = prefix === '' ? name : `${prefix}.${name}`
      const { required = [] } = choice
      const isRequired = required.includes(name) && choices.length === 1
      const partners = choices.length === 1 ? [] : required.filter((other) => other !== name)
      return [{ key, shape: below, isRequired, partners }, ...rowsBelow(key, below)]
    })
  })
}

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const cells = [`\`${row.key}\``, typeText(row.shape), defaultText(row), row.shape.description ?? '']
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return ['| Key | Type | Default | Meaning |', '|---|---|---|---|', ...lines, ''].join('\n')
}

function defaultText({ shape: { default: value }, isRequired, partners = [] }: Row): string {
  if (isRequired) return '**required**'
  if (partners.length > 0) return `with ${partners.map((name) => `\`${name}\``).join(', ')}`
  if (value === undefined || isEmpty(value)) return '–'
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

function isEmpty(value: unknown): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

function typeText(shape: Shape): string {
  const choices = [...(shape.anyOf ?? []), ...(shape.oneOf ?? [])]
  if (choices.some(({ pattern }) => pattern === bytesPattern.source)) return 'size'
  if (choices.some(({ pattern }) => pattern === durationPattern.source)) return 'time'
  if (choices.length > 0) return [...new Set(choices.map(typeText))].join(' or ')
  if (shape.const !== undefined) return `\`${shape.const}\``
  if (shape.enum !== undefined) return shape.enum.map((word) => `\`${String(word)}\``).join(', ')
  if (shape.items !== undefined) return `list of ${typeText(shape.items)}`
  if (shape.type === 'integer' || shape.type === 'number') return numberText(shape)
  return typeNames[String(shape.type)] ?? String(shape.type ?? 'any')
}

const typeNames: Readonly<Record<string, string>> = {
  object: 'section',
  array: 'list',
  string: 'text',
  boolean: '`true`, `false`',
  null: '`null`',
}

function numberText({ minimum, maximum }: Shape): string {
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  if (isBounded) return `number, ${minimum ?? 0} to ${maximum}`
  return minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? 'number' : `number from ${minimum}`
}
