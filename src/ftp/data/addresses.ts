/** An address as text, without the IPv6 dress of an IPv4 one (`::ffff:192.0.2.1`) and without a scope. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return mapped?.[1] ?? address.replace(/%.*$/, '')
}
