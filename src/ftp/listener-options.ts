import { isIP } from 'node:net'
import { z } from 'zod'
import { hasControlCharacter } from '../core/paths.ts'

const hostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})?(\.[a-z0-9_]([a-z0-9_-]{0,62})?)*\.?$/i

/** An IP literal or a host name, without a port. */
export const addressSchema = z
  .string()
  .refine((text) => isIP(text) !== 0 || hostName.test(text), 'Expected an IP address or a host name, without a port.')

const fields = z.strictObject({
  address: addressSchema
    .default('::')
    .describe('Address to accept clients on. `::` means every address of the machine, IPv4 and IPv6.'),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .describe('TCP port, 0 to 65535. 0 picks a free one; the line printed at start tells which.'),
  tls: z
    .enum(['none', 'explicit', 'required', 'implicit'])
    .default('explicit')
    .describe(
      '`none`: no TLS. `explicit`: offered, clients ask by AUTH TLS. `required`: AUTH TLS before USER and PROT P before data. `implicit`: TLS from the first byte.',
    ),
  sessionReuse: z
    .enum(['ignore', 'prefer', 'require'])
    .default('prefer')
    .describe(
      'Whether a data connection over TLS must resume the TLS session of its control connection. `prefer` counts those that do not, `require` refuses them.',
    ),
  activeMode: z
    .boolean()
    .default(false)
    .describe(
      "Whether PORT and EPRT are allowed; the server then connects to the client's own address only, ports 1024 and up.",
    ),
  banner: z
    .string()
    .min(1)
    .max(400)
    .refine((text) => !hasControlCharacter(text), 'Must be one line without control characters.')
    .default('Sluice ready.')
    .describe('Text of the greeting, one line.'),
  replies: z
    .enum(['standard', 'vsftpd'])
    .default('standard')
    .describe('Texts of the replies. `vsftpd`: those of that server, for scripts that match them.'),
  clearLogin: z
    .enum(['always', 'loopback'])
    .default('always')
    .describe(
      'Who may log in without TLS where TLS is `none` or `explicit`: everyone, or only clients on this machine.',
    ),
  clearData: z
    .enum(['allow', 'refuse'])
    .optional()
    .describe(
      'Whether a client inside TLS may send data in clear (PROT C). Left out: `refuse` for `required` and `implicit`, else `allow`.',
    ),
  uploadEnd: z
    .enum(['strict', 'tolerant'])
    .default('strict')
    .describe(
      'An upload over TLS that ends without close_notify counts as cut (`strict`) or as whole (`tolerant`). An account may say otherwise.',
    ),
  hosts: z
    .array(addressSchema)
    .default([])
    .describe('Names that the HOST command accepts, without regard to case. Empty: every name.'),
})

/** One port and how it speaks: an element of `listeners`. */
export const listenerOptions = fields.transform((listener) => ({
  ...listener,
  clearData: listener.clearData ?? (listener.tls === 'required' || listener.tls === 'implicit' ? 'refuse' : 'allow'),
}))

export type ListenerOptions = Readonly<z.output<typeof listenerOptions>>
