import { ignored } from './arguments.ts'
import { defineCommand } from './define.ts'

/**
 * ABOR: end the transfer. The control connection acts on it when it is read, so that by the time this runs the transfer has
 * given its own final reply (426); this is the one that follows. RFC 959, 4.1.3.
 */
export const abor = defineCommand({
  verb: 'ABOR',
  summary: 'Abort the transfer.',
  usage: '',
  source: 'RFC 959',
  access: 'logged-in',
  turn: 'interrupt',
  argument: ignored,
  run({ state, say, control }) {
    state.agreement?.close()
    state.agreement = null
    return control.takeInterrupted() ? say.aborDone() : say.aborNothing()
  },
})
