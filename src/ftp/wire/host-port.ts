import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Where an active client wants us to come. The port is 0 to 65535; whether we go there is decided elsewhere. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** EPRT's argument. RFC 2428 §2. */
export interface ExtendedHostPort extends HostPort {
  /** 1 is IPv4, 2 is IPv6; the host of any other family is not looked at. */
  readonly family: number
}

const mappedAddresses = new BlockList()
mappedAddresses.addSubnet('::ffff:0:0', 96, 'ipv6')

/** PORT's argument, `h1,h2,h3,h4,p1,p2` (RFC 959 §4.1.2): exactly six decimal fields up to 255, else null. */
export function parsePort(text: string): HostPort | null {
  if (!/^\d{1,3}(?:,\d{1,3}){5}$/.test(text)) return null
  const fields = text.split(',').map(Number)
  if (fields.some((field) => field > 255)) return null
  const [high = 0, low = 0] = fields.slice(4)
  return { host: fields.slice(0, 4).join('.'), port: high * 256 + low }
}

/**
 * EPRT's argument, `|af|address|port|` with any printable ASCII character as delimiter; null when it is malformed, and
 * when the address is no plain literal of its family (names, scope ids, IPv4 mapped into IPv6).
 */
export function parseEprt(text: string): ExtendedHostPort | null {
  const delimiter = text.charAt(0)
  if (!/^[\x21-\x7e]$/.test(delimiter)) return null
  const [before, family, host, port, after, ...more] = text.split(delimiter)
  if (before !== '' || after !== '' || more.length > 0) return null
  if (!isDecimal(family, 255) || !isDecimal(port, 65_535) || host === undefined || host === '') return null
  const parsed = { family: Number(family), host, port: Number(port) }
  return agrees(parsed) ? parsed : null
}

function isDecimal(text: string | undefined, max: number): text is string {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= max
}

function agrees({ family, host }: ExtendedHostPort): boolean {
  if (family === 1) return isIPv4(host)
  if (family !== 2) return true
  return isIPv6(host) && !host.includes('%') && !mappedAddresses.check(host, 'ipv6')
}

/** `h1,h2,h3,h4,p1,p2` for 227. The host is an IPv4 literal. */
export function formatPasv(host: string, port: number): string {
  return `${host.replaceAll('.', ',')},${port >> 8},${port & 0xff}`
}

/** `|||port|` for 229. RFC 2428 §3. */
export function formatEpsv(port: number): string {
  return `|||${port}|`
}

/**
 * EPSV's argument: 'any' for none, 'all' for ALL, else the network protocol's number; null when it is none of these.
 * RFC 2428 §3 and §4.
 */
export function parseEpsvArgument(text: string | null): 'any' | 'all' | number | null {
  if (text === null) return 'any'
  if (/^all$/i.test(text)) return 'all'
  return isDecimal(text, 65_535) ? Number(text) : null
}
