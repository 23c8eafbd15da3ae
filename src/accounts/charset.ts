import iconv from 'iconv-lite'

/** Characters that FTP itself is made of; a character set that writes them otherwise cannot hold names. */
const essential = '/\\ .-_+~"azAZ09'

/** Whether names can be in this character set: it is known, and ASCII is written as ASCII in it (UTF-16 is out). */
export function isUsableCharset(name: string): boolean {
  return iconv.encodingExists(name) && iconv.encode(essential, name).equals(Buffer.from(essential, 'latin1'))
}
