import { formatEpsv, parseEpsvArgument } from '../wire/host-port.ts'
import { defineCommand, SyntaxProblem, type ArgumentParser } from './define.ts'
import { listen } from './pasv.ts'

const protocol: ArgumentParser<'any' | 'all' | number> = (text) => {
  const parsed = parseEpsvArgument(text)
  if (parsed === null) throw new SyntaxProblem()
  return parsed
}

/** EPSV: as PASV, for IPv4 and IPv6; the client keeps the address it knows. RFC 2428. */
export const epsv = defineCommand({
  verb: 'EPSV',
  summary: 'Open a port for a data connection.',
  usage: '[1 | 2 | ALL]',
  source: 'RFC 2428',
  access: 'logged-in',
  argument: protocol,
  features: () => ['EPSV'],
  async run(context, protocol) {
    const { state, say, control } = context
    if (protocol === 'all') {
      state.isEpsvOnly = true
      return say.epsvAll()
    }
    const own = control.isIpv6 ? 2 : 1
    if (protocol !== 'any' && protocol !== own) return say.protocolUnsupported(`(${own})`)
    const agreement = await listen(context)
    return say.extendedPassive(formatEpsv(agreement.port ?? 0))
  },
})
