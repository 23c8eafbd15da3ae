import { ignored } from './arguments.ts'
import { defineCommand } from './define.ts'

/** NOOP: nothing, in good order. RFC 959, 4.1.3. */
export const noop = defineCommand({
  verb: 'NOOP',
  summary: 'Do nothing.',
  usage: '',
  source: 'RFC 959',
  access: 'open',
  turn: 'immediate',
  argument: ignored,
  run: ({ say }) => say.noop(),
})
