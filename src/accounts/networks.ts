import { BlockList, isIP } from 'node:net'

/** One address or CIDR block. */
export interface Network {
  readonly address: string
  readonly family: 'ipv4' | 'ipv6'
  readonly prefixBits: number
}

/** Reads `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`; an IPv4-mapped one is IPv4. Null when it is none of these. */
export function parseNetwork(text: string): Network | null {
  const match = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text)
  const written = match?.[1] ?? ''
  const kind = isIP(written)
  if (match === null || kind === 0) return null
  const address = plainAddress(written)
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  const bits = family === 'ipv4' ? 32 : 128
  // A mapped block counts its bits from the front of 128.
  const mappedBits = kind === 6 && family === 'ipv4' ? 96 : 0
  const prefixBits = match[2] === undefined ? bits : Number(match[2]) - mappedBits
  return prefixBits < 0 || prefixBits > bits ? null : { address, family, prefixBits }
}

/** Whether an address lies in one of the networks; in any, when the list is empty. Networks that cannot be read hold none. */
export function networkFilter(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => true
  const list = new BlockList()
  for (const text of networks) {
    const network = parseNetwork(text)
    if (network !== null) list.addSubnet(network.address, network.prefixBits, network.family)
  }
  return (address) => {
    const plain = plainAddress(address)
    const kind = isIP(plain)
    return kind !== 0 && list.check(plain, kind === 4 ? 'ipv4' : 'ipv6')
  }
}

/** The address without zone (`%eth0`) and IPv4-mapped prefix (`::ffff:`). */
export function plainAddress(address: string): string {
  const unzoned = address.replace(/%.*$/, '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(unzoned)
  return mapped?.[1] ?? unzoned
}
