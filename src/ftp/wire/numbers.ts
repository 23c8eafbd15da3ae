/**
 * A count or offset, 0 to 2⁵³−1, in ASCII digits and nothing else; null for signs, blanks, hex, exponents, fractions,
 * `1_000`, other scripts' digits, and for what would be rounded.
 */
export function parseCount(text: string): number | null {
  if (!/^[0-9]+$/.test(text)) return null
  const count = Number(text)
  return Number.isSafeInteger(count) ? count : null
}

/** ALLO's argument, `n` or `n R m` (RFC 959 §4.1.3). The record size says nothing to us, but must be one. */
export function parseAllo(text: string): { readonly bytes: number } | null {
  const [bytesText = '', letter, recordText, ...more] = text.split(' ')
  const bytes = parseCount(bytesText)
  if (bytes === null || more.length > 0) return null
  if (letter === undefined) return { bytes }
  const isRecordSize = /^R$/i.test(letter) && recordText !== undefined && parseCount(recordText) !== null
  return isRecordSize ? { bytes } : null
}

/** Bytes `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** RANG's argument, `first last`, both included (draft-bryan-ftp-range §3): `1 0` clears; null for anything else. */
export function parseRange(text: string): ByteRange | 'clear' | null {
  const [firstText = '', lastText = '', ...more] = text.split(' ')
  const first = parseCount(firstText)
  const last = parseCount(lastText)
  if (first === null || last === null || more.length > 0) return null
  if (first === 1 && last === 0) return 'clear'
  // "Up to the last byte there could be" stays a number that can be counted with.
  return first <= last ? { start: first, end: Math.min(last + 1, Number.MAX_SAFE_INTEGER) } : null
}
