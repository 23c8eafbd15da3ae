import { BlockList } from 'node:net'
import type { CommandContext } from '../session/context.ts'
import { dataTls } from '../session/transfers.ts'
import { parseEprt, parsePort, type ExtendedHostPort, type HostPort } from '../wire/host-port.ts'
import type { Reply } from '../wire/reply.ts'
import { defineCommand, SyntaxProblem, type ArgumentParser } from './define.ts'

const hostPort: ArgumentParser<HostPort> = (text) => {
  const parsed = text === null ? null : parsePort(text)
  if (parsed === null) throw new SyntaxProblem()
  return parsed
}

const extendedHostPort: ArgumentParser<ExtendedHostPort> = (text) => {
  const parsed = text === null ? null : parseEprt(text)
  if (parsed === null) throw new SyntaxProblem()
  return parsed
}

/** PORT: we shall come to a port of the client's. RFC 959, 4.1.2; only to the client itself: RFC 2577 §3. */
export const port = defineCommand({
  verb: 'PORT',
  summary: 'Name a port of the client for a data connection (IPv4).',
  usage: 'h1,h2,h3,h4,p1,p2',
  source: 'RFC 959',
  access: 'logged-in',
  argument: hostPort,
  run: (context, target) => agree(context, 'PORT', target),
})

/** EPRT: as PORT, for IPv4 and IPv6. RFC 2428. */
export const eprt = defineCommand({
  verb: 'EPRT',
  summary: 'Name a port of the client for a data connection.',
  usage: '|protocol|address|port|',
  source: 'RFC 2428',
  access: 'logged-in',
  argument: extendedHostPort,
  features: ({ listener }) => (listener.activeMode ? ['EPRT'] : []),
  run(context, target) {
    if (target.family !== 1 && target.family !== 2) return context.say.protocolUnsupported('(1,2)')
    return agree(context, 'EPRT', target)
  },
})

const lowestPort = 1024

function agree(context: CommandContext, verb: string, { host, port }: HostPort): Reply {
  const { state, say, listener, control, services } = context
  if (!listener.activeMode) return say.activeOff()
  if (state.isEpsvOnly) return say.afterEpsvAll()
  if (!isSameAddress(host, control.remoteAddress) || port < lowestPort) return say.foreignAddress(verb)
  state.agreement?.close()
  state.agreement = services.openActive({
    localAddress: control.localAddress,
    peerAddress: control.remoteAddress,
    secure: () => dataTls(state, control),
    reuse: listener.sessionReuse,
    port,
  })
  return say.port(verb)
}

/** Compares addresses, not their spellings: `::1` and `0:0:0:0:0:0:0:1` are one. */
function isSameAddress(given: string, peer: string): boolean {
  if (given === peer) return true
  const family = (address: string) => (address.includes(':') ? 'ipv6' : 'ipv4')
  if (family(given) !== family(peer)) return false
  const list = new BlockList()
  list.addAddress(peer, family(peer))
  return list.check(given, family(given))
}
