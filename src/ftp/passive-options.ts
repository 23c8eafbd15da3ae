import { isIP, isIPv4 } from 'node:net'
import { z } from 'zod'
import { durationSchema } from '../core/schema.ts'
import { addressSchema } from './listener-options.ts'

/** Ports of a range, both ends included. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

const portRangePattern = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/

const portsSchema = z
  .union([z.string().regex(portRangePattern), z.int()], { error: 'Expected ports, such as 60000-61000.' })
  .transform((value, context): PortRange => {
    const match = portRangePattern.exec(String(value)) ?? []
    const first = Number(match[1])
    const last = Number(match[2] ?? match[1])
    if (!(first >= 1 && last <= 65_535)) context.addIssue('Ports lie between 1 and 65535.')
    if (first > last) context.addIssue('The first port must not be above the last.')
    return { first, last }
  })

/** What a PASV reply can name: an IPv4 address, a name that resolves to one, or `own`. */
const toldAddress = addressSchema.refine(
  (text) => isIP(text) !== 6,
  'Expected an IPv4 address, a host name or own: PASV cannot tell an IPv6 address.',
)

const networkPattern = /^(.+?)(?:\/(\d{1,3}))?$/

/** An address block, such as `10.0.0.0/8` or `2001:db8::/32`; a lone address is a block of one. */
const networkSchema = z.string().refine((text) => {
  const [, address = '', bits] = networkPattern.exec(text) ?? []
  if (isIP(address) === 0) return false
  return bits === undefined || Number(bits) <= (isIPv4(address) ? 32 : 128)
}, 'Expected an address block, such as 10.0.0.0/8.')

const fields = z.strictObject({
  ports: portsSchema
    .prefault('60000-61000')
    .describe(
      'Ports for passive data connections, `first-last` or a single one. Each is taken from PASV until its client has come, and free again then.',
    ),
  address: toldAddress
    .optional()
    .describe(
      'Address told to clients by PASV: an IPv4 address, a host name, or `own`, the address that the client has reached. Default: `own`.',
    ),
  masqueradeAddress: toldAddress
    .optional()
    .describe('The same as `address`, by its name in other servers. Give one of the two.'),
  addressFor: z
    .array(
      z.strictObject({
        clients: networkSchema.describe('Address block of the clients, such as `10.0.0.0/8`.'),
        address: toldAddress.describe('Address told to them, as in `passive.address`.'),
      }),
    )
    .default([])
    .describe('Other addresses for some clients. The first block that holds the client counts, else `address`.'),
  refreshEvery: durationSchema({ min: 1000 })
    .prefault('5m')
    .describe('Time after which a host name is resolved again.'),
})

/** Where clients find passive data connections. */
export const passiveOptions = fields.transform(({ masqueradeAddress, ...passive }, context) => {
  if (masqueradeAddress !== undefined && passive.address !== undefined)
    context.addIssue({
      code: 'custom',
      path: ['masqueradeAddress'],
      message: 'Says the same as address; give one of the two.',
    })
  return { ...passive, address: passive.address ?? masqueradeAddress ?? 'own' }
})

export type PassiveOptions = Readonly<z.output<typeof passiveOptions>>
