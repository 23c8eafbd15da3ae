import { isIPv4, isIPv6 } from 'node:net'
import { defineCommand, SyntaxProblem, type ArgumentParser } from './define.ts'

/** A host name, an IPv4 address, or an IPv6 address in brackets; no port. */
const hostName: ArgumentParser<string> = (text) => {
  if (text === null) throw new SyntaxProblem()
  const bracketed = /^\[(.*)\]$/.exec(text)
  const isHost =
    bracketed === null ? isIPv4(text) || /^(?!-)[a-z0-9._-]{1,253}$/i.test(text) : isIPv6(bracketed[1] ?? '')
  if (!isHost) throw new SyntaxProblem()
  return text.toLowerCase()
}

/** HOST: which of several names the client means. RFC 7151. */
export const host = defineCommand({
  verb: 'HOST',
  summary: 'Name the host that is meant.',
  usage: 'name',
  source: 'RFC 7151',
  access: 'open',
  argument: hostName,
  features: () => ['HOST'],
  run({ state, say, listener, control }, name) {
    if (state.userName !== null) return say.hostAfterUser()
    const isKnown = listener.hosts.length === 0 || listener.hosts.some((host) => host.toLowerCase() === name)
    const serverName = control.serverName()
    const isSame = serverName === null || serverName.toLowerCase() === name
    if (!isKnown || !isSame) return say.unknownHost()
    state.hostName = name
    return say.host(name)
  },
})
