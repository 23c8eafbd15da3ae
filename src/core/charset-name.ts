import iconv from 'iconv-lite'

/**
 * Whether names can be in this character set: it is known, and each ASCII byte stands for itself, both ways. Else FTP's own
 * words and the `/` could be read in two ways (UTF-16, UTF-7).
 */
export function isUsableCharset(name: string): boolean {
  if (!iconv.encodingExists(name)) return false
  const bytes = Buffer.from(Array.from({ length: 128 }, (_, byte) => byte))
  const text = bytes.toString('latin1')
  return iconv.decode(bytes, name, { stripBOM: false }) === text && iconv.encode(text, name).equals(bytes)
}
