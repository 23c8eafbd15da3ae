import { optionalText } from './arguments.ts'
import { defineCommand, usageOf, type Command } from './define.ts'

const verbsInARow = 8

/** HELP: the verbs, or what one of them is for. RFC 959, 4.1.3. */
export const help = (find: (verb: string) => Command | undefined, verbs: () => readonly string[]): Command =>
  defineCommand({
    verb: 'HELP',
    summary: 'List the commands, or explain one.',
    usage: '[verb]',
    source: 'RFC 959',
    access: 'open',
    argument: optionalText,
    run({ say }, text) {
      if (text === null) return say.help(columns(verbs()))
      const verb = text.trim().toUpperCase()
      const command = find(verb)
      return command === undefined ? say.helpUnknown(verb) : say.helpFor(`${usageOf(command)}: ${command.summary}`)
    },
  })

function columns(verbs: readonly string[]): readonly string[] {
  const rows: string[] = []
  for (let i = 0; i < verbs.length; i += verbsInARow)
    rows.push(
      ` ${verbs
        .slice(i, i + verbsInARow)
        .map((verb) => verb.padEnd(8))
        .join('')
        .trimEnd()}`,
    )
  return rows
}
