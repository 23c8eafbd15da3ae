import { resetState } from '../session/session-state.ts'
import { text } from './arguments.ts'
import { defineCommand } from './define.ts'

const mechanisms = new Set(['TLS', 'TLS-C', 'TLS-P', 'SSL'])

/** AUTH: protect the control connection. `SSL` and `TLS-C` mean `TLS`; `TLS-P` protects data too. RFC 2228, 4217. */
export const auth = defineCommand({
  verb: 'AUTH',
  summary: 'Start TLS.',
  usage: 'TLS',
  source: 'RFC 4217',
  access: 'open',
  argument: text,
  features: ({ listener, control }) =>
    control.tls !== null && listener.tls !== 'implicit' && listener.tls !== 'none' ? ['AUTH TLS'] : [],
  run({ state, say, listener, control }, text) {
    const mechanism = text.trim().toUpperCase()
    if (!mechanisms.has(mechanism)) return say.unknownMechanism()
    if (control.isSecure()) return say.alreadySecure()
    if (listener.tls === 'none') return say.noTlsHere()
    if (control.tls === null) return say.tlsNotLoadable()
    if (state.account !== null) control.loggedOut()
    resetState(state, { hostName: state.hostName })
    if (mechanism === 'TLS-P') Object.assign(state, { hasBufferSize: true, protection: 'P' })
    return { reply: say.startTls(), next: 'start-tls' }
  },
})
