import { text } from './arguments.ts'
import { defineCommand } from './define.ts'

/** ACCT: accounts need nothing beyond a password. RFC 959, 4.1.1. */
export const acct = defineCommand({
  verb: 'ACCT',
  summary: 'Not needed.',
  usage: 'text',
  source: 'RFC 959',
  access: 'open',
  argument: text,
  run: ({ say }) => say.superfluous(),
})
