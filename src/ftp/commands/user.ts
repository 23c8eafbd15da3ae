import { forgetIdentity } from '../session/session-state.ts'
import { text } from './arguments.ts'
import { defineCommand } from './define.ts'

/** USER: who wants to log in. The old identity is gone at once, also when PASS never comes. RFC 959, 4.1.1. */
export const user = defineCommand({
  verb: 'USER',
  summary: 'Give the account name.',
  usage: 'name',
  source: 'RFC 959',
  access: 'open',
  argument: text,
  run({ state, say, listener, control, services }, name) {
    if (control.tls === null || !control.isSecure()) {
      const isRefused =
        listener.tls === 'required' ||
        (listener.clearLogin === 'loopback' && !isLoopback(control.remoteAddress)) ||
        services.authenticator.requiresTls(name)
      if (isRefused) return say.tlsRequired()
    }
    if (state.account !== null) control.loggedOut()
    forgetIdentity(state)
    state.userName = name
    return say.passwordPlease()
  },
})

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
