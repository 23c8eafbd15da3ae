import { formatFacts, formatMlstFeature } from '../wire/facts.ts'
import { optionalPath } from './arguments.ts'
import { defineCommand } from './define.ts'

/** MLST: one entry's facts, on the control connection. RFC 3659 §7. Its line in FEAT stands for MLSD too. */
export const mlst = defineCommand({
  verb: 'MLST',
  summary: 'Tell the facts of one file or folder.',
  usage: '[path]',
  source: 'RFC 3659',
  access: 'logged-in',
  argument: optionalPath,
  features: ({ state }) => [formatMlstFeature(state.facts)],
  async run({ state, say, files, signal }, path) {
    const entry = await files.describe(path, { signal })
    const type = entry.kind === 'file' ? 'file' : 'dir'
    return say.facts(path, ` ${formatFacts({ ...entry, type, name: path }, state.facts)}`)
  },
})
