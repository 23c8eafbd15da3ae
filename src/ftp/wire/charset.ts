import { isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { isUsableCharset } from '../../core/charset-name.ts'

/** Turns names on the wire into text and back. */
export interface TextCodec {
  /** The text, or null when the bytes are none in this charset. Two different byte strings never become one text. */
  readonly decode: (bytes: Uint8Array) => string | null
  /** The bytes. A character that the charset lacks becomes `?`. */
  readonly encode: (text: string) => Uint8Array
}

// `ignoreBOM` keeps a U+FEFF in front: it is part of the name. `fatal` guards against reading U+FFFD into broken bytes.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** RFC 2640, RFC 3629: neither overlong forms nor surrogates are UTF-8. */
export const utf8Codec: TextCodec = {
  decode: (bytes) => (isUtf8(bytes) ? utf8.decode(bytes) : null),
  encode: (text) => Buffer.from(text, 'utf8'),
}

/**
 * The codec for a charset by its usual name (`GBK`, `Shift_JIS`, `windows-1252`, `UTF-8`); null when it is unknown, or
 * when ASCII bytes do not stand for themselves in it: FTP's own words and the `/` could then be read in two ways.
 */
export function charsetCodec(name: string): TextCodec | null {
  if (/^utf-?8$/i.test(name)) return utf8Codec
  if (!isUsableCharset(name)) return null
  const encode = (text: string): Buffer => iconv.encode(text, name, { addBOM: false })
  return {
    decode(bytes) {
      const text = iconv.decode(bytes, name, { stripBOM: false })
      // Bytes that are no character, and second spellings of one, come back as others.
      return encode(text).equals(bytes) ? text : null
    },
    encode,
  }
}
