import { ignored } from './arguments.ts'
import { defineCommand } from './define.ts'

/** QUIT: the end. During a transfer it waits until that has ended. RFC 959, 4.1.1. */
export const quit = defineCommand({
  verb: 'QUIT',
  summary: 'End the session.',
  usage: '',
  source: 'RFC 959',
  access: 'open',
  argument: ignored,
  run: ({ say }) => ({ reply: say.goodbye(), next: 'close' }),
})
