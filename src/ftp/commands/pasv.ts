import { formatPasv } from '../wire/host-port.ts'
import { ReplyError } from '../session/reply-error.ts'
import type { CommandContext } from '../session/context.ts'
import type { DataAgreement } from '../data/data-channel.ts'
import { dataTls } from '../session/transfers.ts'
import { ignored } from './arguments.ts'
import { defineCommand } from './define.ts'

/** PASV: the client will come to a port of ours. IPv4 only. RFC 959, 4.1.2. */
export const pasv = defineCommand({
  verb: 'PASV',
  summary: 'Open a port for a data connection (IPv4).',
  usage: '',
  source: 'RFC 959',
  access: 'logged-in',
  argument: ignored,
  features: () => ['PASV'],
  async run(context) {
    const { state, say, control, services } = context
    if (state.isEpsvOnly) return say.afterEpsvAll()
    if (control.isIpv6) return say.protocolUnsupported('(2)')
    const agreement = await listen(context)
    const address = await services.publicAddress(control.remoteAddress, control.localAddress)
    return say.passive(formatPasv(address, agreement.port ?? 0))
  },
})

/** Replaces whatever was agreed on before by a port that waits for the client. */
export async function listen(context: CommandContext): Promise<DataAgreement> {
  const { state, control, services, listener } = context
  state.agreement?.close()
  state.agreement = null
  const agreement = await services.openPassive({
    localAddress: control.localAddress,
    peerAddress: control.remoteAddress,
    secure: () => dataTls(state, control),
    reuse: listener.sessionReuse,
  })
  if (!control.isAlive()) {
    agreement.close()
    throw new ReplyError(context.say.noAgreement())
  }
  state.agreement = agreement
  return agreement
}
