import { utf8Codec } from './charset.ts'

const NUL = 0x00
const CR = 0x0d
const SPACE = 0x20
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const UPPER_A = 0x41
const UPPER_Z = 0x5a
const LOWER_A = 0x61
const LOWER_Z = 0x7a

/** Longer than any verb there is or was. */
const maxVerbLetters = 16

export type ParsedLine =
  | {
      readonly kind: 'command'
      /** In upper case. */
      readonly verb: string
      /**
       * All behind the one space that ends the verb, verbatim; null when there is nothing (RFC 959 §5.3.1). Of PASS it is
       * null also for bytes that are no text: its `raw` counts.
       */
      readonly text: string | null
      /** The argument's bytes; empty when there is none. */
      readonly raw: Uint8Array
    }
  | {
      readonly kind: 'refused'
      readonly code: 500 | 501
      /** Never holds a part of the line. */
      readonly sentence: string
      /** In upper case; null when it is none. */
      readonly verb: string | null
    }

/**
 * Reads one line, without its line end. `decode` gives null for bytes that are no text; default UTF-8. Refused are lines
 * whose first word is no verb (500), and arguments with NUL or CR in them or that are no text (501).
 */
export function parseCommandLine(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => string | null = utf8Codec.decode,
): ParsedLine {
  const space = bytes.indexOf(SPACE)
  const verb = parseVerb(bytes, space < 0 ? bytes.length : space)
  if (verb === null) return { kind: 'refused', code: 500, sentence: 'Command not understood.', verb }
  const raw = space < 0 ? bytes.subarray(bytes.length) : bytes.subarray(space + 1)
  if (raw.length === 0) return { kind: 'command', verb, text: null, raw }
  if (raw.includes(NUL) || raw.includes(CR))
    return { kind: 'refused', code: 501, sentence: 'NUL and CR are not allowed in an argument.', verb }
  const text = decode(raw)
  if (text === null && verb !== 'PASS')
    return { kind: 'refused', code: 501, sentence: 'The argument is not valid text in the agreed encoding.', verb }
  return { kind: 'command', verb, text, raw }
}

/** The word from the line's beginning to `end`: a letter, then letters and digits. */
function parseVerb(bytes: Uint8Array, end: number): string | null {
  if (end === 0 || end > maxVerbLetters) return null
  let verb = ''
  for (let i = 0; i < end; i++) {
    const byte = bytes[i] ?? 0
    const upper = byte >= LOWER_A && byte <= LOWER_Z ? byte - LOWER_A + UPPER_A : byte
    const isLetter = upper >= UPPER_A && upper <= UPPER_Z
    if (!isLetter && (i === 0 || byte < DIGIT_0 || byte > DIGIT_9)) return null
    verb += String.fromCharCode(upper)
  }
  return verb
}

const foreignStart = /^(?:(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PRI) |SSH-|\x16\x03)/

/**
 * Whether a connection's first line, or the start of one that is too long, belongs to HTTP, SMTP, SSH or TLS: somebody makes
 * a client of another protocol talk to us (CVE-2021-3618). Nothing behind such a line may run.
 */
export function looksForeign(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, 8))
  const end = String.fromCharCode(...bytes.subarray(-16))
  return foreignStart.test(start) || /^(?:EHLO|HELO)(?: |$)/i.test(start) || / HTTP\/\d(?:\.\d)?$/.test(end)
}
