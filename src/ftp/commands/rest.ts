import { parseCount, parseRange, type ByteRange } from '../wire/numbers.ts'
import { defineCommand, SyntaxProblem, type ArgumentParser } from './define.ts'

const offset: ArgumentParser<number> = (text, { state }) => {
  const parsed = text === null ? null : parseCount(text)
  state.restart = 0
  if (parsed === null) throw new SyntaxProblem()
  return parsed
}

/** REST: where the next transfer begins, in bytes. RFC 3659 §5. */
export const rest = defineCommand({
  verb: 'REST',
  summary: 'Begin the next transfer at an offset.',
  usage: 'offset',
  source: 'RFC 3659',
  access: 'logged-in',
  argument: offset,
  features: () => ['REST STREAM'],
  run({ state, say }, offset) {
    state.restart = offset
    state.range = null
    return say.restart(offset)
  },
})

const range: ArgumentParser<ByteRange | 'clear'> = (text) => {
  const parsed = text === null ? null : parseRange(text)
  if (parsed === null) throw new SyntaxProblem()
  return parsed
}

/** RANG: the part that the next RETR or HASH is about, both ends included. draft-bryan-ftp-range. */
export const rang = defineCommand({
  verb: 'RANG',
  summary: 'Limit the next RETR or HASH to a range.',
  usage: 'first last',
  source: 'draft-bryan-ftp-range',
  access: 'logged-in',
  argument: range,
  features: () => ['RANG STREAM'],
  run({ state, say }, range) {
    state.restart = 0
    state.range = range === 'clear' ? null : range
    return range === 'clear' ? say.rangeCleared() : say.range(range.start, range.end - 1)
  },
})
