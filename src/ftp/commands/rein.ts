import { resetState } from '../session/session-state.ts'
import { ignored } from './arguments.ts'
import { defineCommand } from './define.ts'

/**
 * REIN: begin anew without reconnecting. RFC 959, 4.1.1. RFC 4217 §11 has it fall back to clear text; a protected control
 * connection stays protected here, so inside TLS it is refused.
 */
export const rein = defineCommand({
  verb: 'REIN',
  summary: 'Log out and begin anew.',
  usage: '',
  source: 'RFC 959',
  access: 'open',
  argument: ignored,
  run({ state, say, control }) {
    if (control.isSecure()) return say.notInTls('REIN')
    if (state.account !== null) control.loggedOut()
    resetState(state, { hostName: null })
    return say.reinitialized()
  },
})
