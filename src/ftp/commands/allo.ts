import { GatewayError } from '../../core/errors.ts'
import { parseAllo } from '../wire/numbers.ts'
import { defineCommand, SyntaxProblem, type ArgumentParser } from './define.ts'

const declared: ArgumentParser<number> = (text) => {
  const parsed = text === null ? null : parseAllo(text)
  if (parsed === null) throw new SyntaxProblem()
  return parsed.bytes
}

/** ALLO: how many bytes will come. A hint that is used: what cannot fit is refused now. RFC 959, 4.1.3. */
export const allo = defineCommand({
  verb: 'ALLO',
  summary: 'Announce the length of the next upload.',
  usage: 'bytes [R size]',
  source: 'RFC 959',
  access: 'logged-in',
  argument: declared,
  async run({ state, say, files }, bytes) {
    const { maxFileBytes, quotaBytes } = files.account
    if (maxFileBytes !== null && bytes > maxFileBytes)
      throw new GatewayError('too-large', `Files may have ${maxFileBytes} bytes at most.`)
    if (quotaBytes !== null && bytes > (await files.availableBytes(state.cwd)))
      throw new GatewayError('quota-exceeded', 'The quota does not allow that much.')
    state.declaredBytes = bytes
    return say.allocated()
  },
})
