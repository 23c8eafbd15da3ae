import { parseCount } from '../wire/numbers.ts'
import { defineCommand, SyntaxProblem, type ArgumentParser } from './define.ts'

const bufferSize: ArgumentParser<number> = (text) => {
  const size = text === null ? null : parseCount(text)
  if (size === null || size > 0xffff_ffff) throw new SyntaxProblem()
  return size
}

/** PBSZ: a ritual before PROT; TLS has no such buffer. RFC 4217 §8. */
export const pbsz = defineCommand({
  verb: 'PBSZ',
  summary: 'Prepare PROT.',
  usage: '0',
  source: 'RFC 4217',
  access: 'open',
  argument: bufferSize,
  features: ({ control }) => (control.tls === null ? [] : ['PBSZ']),
  run({ state, say, control }) {
    if (!control.isSecure()) return say.needsTls('PBSZ')
    state.hasBufferSize = true
    return say.bufferSize()
  },
})
