import { ignored } from './arguments.ts'
import { defineCommand } from './define.ts'

/** SYST: makes clients choose the Unix parser for LIST. RFC 959, 4.1.3. */
export const syst = defineCommand({
  verb: 'SYST',
  summary: 'Tell the system type.',
  usage: '',
  source: 'RFC 959',
  access: 'open',
  argument: ignored,
  run: ({ say }) => say.system(),
})
