/** An element to write: its content is text, or elements. */
export type XmlNode = readonly [name: string, content: string | readonly XmlNode[]]

/** One document, with the S3 namespace on its root when wanted. Names are ours; text is escaped. */
export function writeXml(root: XmlNode, namespace?: string): Buffer {
  const [name, content] = root
  const attribute = namespace === undefined ? '' : ` xmlns="${namespace}"`
  const inside = typeof content === 'string' ? escape(content) : content.map(write).join('')
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><${name}${attribute}>${inside}</${name}>`, 'utf8')
}

export const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

function write([name, content]: XmlNode): string {
  return `<${name}>${typeof content === 'string' ? escape(content) : content.map(write).join('')}</${name}>`
}

const escapes: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' }

/** Line ends and tabs go as numbers: readers would make a line feed of a carriage return. */
function escape(text: string): string {
  return text.replace(/[<>&"\t\n\r]/g, (sign) => escapes[sign] ?? `&#${sign.charCodeAt(0)};`)
}

/** Whether XML 1.0 can hold the text at all. */
export function isXmlText(text: string): boolean {
  return !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)
}
