import net from 'node:net'
import type { Clock } from '../../core/clock.ts'
import { GatewayError } from '../../core/errors.ts'
import { plainAddress } from './addresses.ts'

/** What 227 tells: an IPv4 address, a host name that resolves to one, or `own`, the address that the client has reached. */
export type ToldAddress = string

export interface PublicAddressRules {
  readonly address: ToldAddress
  /** The first block that holds the client counts, else `address`. */
  readonly addressFor: readonly { readonly clients: string; readonly address: ToldAddress }[]
  /** Time after which a host name is resolved again, in milliseconds. */
  readonly refreshMilliseconds: number
  /** The IPv4 address of a host name. */
  resolve(name: string): Promise<string>
  readonly clock: Clock
}

/**
 * Which address a client is told to come to (227). IPv4 only, never 0.0.0.0.
 * @throws GatewayError 'data-connection-refused', when asked, if there is none: the name does not resolve, or `own` is IPv6.
 */
export function publicAddress(
  rules: PublicAddressRules,
): (peerAddress: string, localAddress: string) => Promise<string> {
  const tell = teller(rules)
  const networks = rules.addressFor.map(({ clients, address }) => ({ holds: holder(clients), told: tell(address) }))
  const otherwise = tell(rules.address)
  return async (peerAddress, localAddress) => {
    const peer = plainAddress(peerAddress)
    const told = networks.find(({ holds }) => holds(peer))?.told ?? otherwise
    const address = plainAddress(await told(localAddress))
    if (net.isIPv4(address) && address !== '0.0.0.0') return address
    throw new GatewayError('data-connection-refused', 'There is no IPv4 address to tell you; use EPSV.')
  }
}

/** Whether an address lies in a block such as `10.0.0.0/8`; a lone address is a block of one. */
function holder(block: string): (address: string) => boolean {
  const [network = '', bits] = block.split('/')
  const family = net.isIPv6(network) ? 'ipv6' : 'ipv4'
  const list = new net.BlockList()
  list.addSubnet(network, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  return (address) => list.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4')
}

type Teller = (localAddress: string) => string | Promise<string>

/** One memory for each name, however many rules use it. */
function teller(rules: PublicAddressRules): (address: ToldAddress) => Teller {
  const names = new Map<string, () => Promise<string>>()
  return (address) => {
    if (address === 'own') return (localAddress) => localAddress
    if (net.isIP(address) !== 0) return () => address
    const known = names.get(address) ?? remembered(address, rules)
    names.set(address, known)
    return known
  }
}

/** Resolves when first asked, and again when the answer is old; then the old one serves until the new one is there. */
function remembered(name: string, rules: PublicAddressRules): () => Promise<string> {
  let last: string | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<string> | null = null
  const ask = async () => {
    askedAt = rules.clock.monotonic()
    last = await rules.resolve(name)
    return last
  }
  const askOnce = () => (asking ??= ask().finally(() => (asking = null)))
  return async () => {
    const isOld = rules.clock.monotonic() - askedAt >= rules.refreshMilliseconds
    if (last === null) return await unlessUnresolved(askOnce())
    // A name server that is down for a while changes nothing: the last good answer stays.
    if (isOld) askOnce().catch(() => {})
    return last
  }
}

async function unlessUnresolved(answer: Promise<string>): Promise<string> {
  try {
    return await answer
  } catch (cause) {
    throw new GatewayError('data-connection-refused', 'The address of this server is not known just now.', { cause })
  }
}
