import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

/**
 * Finds addresses as the system does, but for names below `localhost`: those are this machine (RFC 6761 §6.3), and not
 * every system knows it. A bucket in front of a local endpoint's host name is such a name.
 */
export const lookupWithLoopback: LookupFunction = (hostname, options, callback) => {
  if (!hostname.toLowerCase().endsWith('.localhost')) return systemLookup(hostname, options, callback)
  if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}
