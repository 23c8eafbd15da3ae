import { usageOf, type Command } from '../src/ftp/commands/define.ts'

const note = '<!-- Made by `npm run docs` from src/ftp/commands/. Do not edit. -->'

/** docs/commands.md: every verb, by its name. */
export function commandsPage(commands: readonly Command[]): string {
  const rows = sorted(commands).map((command) =>
    row([
      code(usageOf(command)),
      (command.aliases ?? []).map(code).join(' '),
      command.summary,
      when(command),
      command.source,
    ]),
  )
  return [
    note,
    '# Commands',
    '',
    `Sluice knows ${commands.length} commands. Verbs may be written in any case. What FEAT names works on the listener that answers it.`,
    '',
    '| Command | Also | What it does | When | Defined in |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    '*When*: `open`: before login too · `login`: after it · `at once`: answered while a transfer runs · `data`: uses the data connection.',
    '',
  ].join('\n')
}

/** docs/rfc-coverage.md: the same, by the document that defines each verb. */
export function coveragePage(commands: readonly Command[]): string {
  const sources = [...new Set(commands.map(({ source }) => source))].toSorted(bySource)
  const sections = sources.flatMap((source) => [
    `## ${source}`,
    '',
    ...sorted(commands.filter((command) => command.source === source)).map(
      (command) => `- ${code(command.verb)} ${command.summary}`,
    ),
    '',
  ])
  return [note, '# RFC coverage', '', 'Which commands of which document are answered, and how.', '', ...sections].join(
    '\n',
  )
}

function sorted(commands: readonly Command[]): readonly Command[] {
  return commands.toSorted((a, b) => (a.verb < b.verb ? -1 : 1))
}

function bySource(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function when({ access, turn, usesData }: Command): string {
  const words = [access === 'open' ? 'open' : 'login']
  if (turn !== undefined) words.push('at once')
  if (usesData === true) words.push('data')
  return words.join(', ')
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
