import { notUnderstood } from '../errors.ts'

/** An element: what stands in it is elements, or text. */
export interface XmlElement {
  /** Without its namespace prefix. */
  readonly name: string
  readonly children: readonly XmlElement[]
  /** Decoded; empty when there are children. */
  readonly text: string
}

interface Open {
  /** With its prefix, as it has to be closed. */
  readonly tagName: string
  readonly name: string
  children: XmlElement[]
  text: string
}

const deepest = 16
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * Reads what object stores answer: elements and text, attributes skipped. No DTD, no entities but the five and numbers, so
 * nothing can grow or be fetched. White space before the declaration is passed over: stores send it to keep a slow answer
 * alive. The caller bounds the length. @throws StoreError 'NotUnderstood' for anything else.
 */
export function parseXml(text: string): XmlElement {
  let root: XmlElement | null = null
  const open: Open[] = []
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0

  for (;;) {
    const tag = text.indexOf('<', at)
    const between = tag < 0 ? text.slice(at) : text.slice(at, tag)
    const parent = open.at(-1)
    if (parent === undefined) refuseText(between)
    else if (between !== '') parent.text += decodeEntities(between)
    if (tag < 0) break
    at = readTag(tag)
  }
  if (root === null || open.length > 0) throw notUnderstood('The XML ends too early.')
  return root

  /** Returns where the text after it begins. */
  function readTag(tag: number): number {
    const sign = text.charCodeAt(tag + 1)
    if (sign === 0x2f) return closeTag(tag)
    if (sign === 0x3f) return endOf('?>', tag)
    if (sign === 0x21) return skipMarkup(tag)
    return openTag(tag)
  }

  function openTag(tag: number): number {
    const nameEnd = endOfName(text, tag + 1)
    const tagName = text.slice(tag + 1, nameEnd)
    if (tagName === '' || tagName.endsWith(':')) throw notUnderstood('The XML has a tag without a name.')
    // Most tags have no attributes, and end where their name ends.
    const end = text.charCodeAt(nameEnd) === 0x3e ? nameEnd : tagEnd(text, nameEnd)
    if (root !== null && open.length === 0) throw notUnderstood('The XML has two roots.')
    if (open.length >= deepest) throw notUnderstood('The XML is too deep.')
    const name = tagName.slice(tagName.indexOf(':') + 1)
    const element: Open = { tagName, name, children: [], text: '' }
    open.at(-1)?.children.push(element)
    root ??= element
    if (text.charCodeAt(end - 1) !== 0x2f) open.push(element)
    return end + 1
  }

  function closeTag(tag: number): number {
    const end = endOf('>', tag)
    const element = open.pop()
    const nameEnd = tag + 2 + (element?.tagName.length ?? 0)
    const isItsOwn = element !== undefined && text.startsWith(element.tagName, tag + 2)
    if (!isItsOwn || (nameEnd !== end - 1 && text.slice(nameEnd, end - 1).trim() !== '')) {
      throw notUnderstood('The XML closes what is not open.')
    }
    if (element.children.length > 0) {
      refuseText(element.text)
      element.text = ''
    }
    return end
  }

  function skipMarkup(tag: number): number {
    if (text.startsWith('<!--', tag)) return endOf('-->', tag + 4)
    const parent = open.at(-1)
    if (parent === undefined || !text.startsWith('<![CDATA[', tag)) throw notUnderstood('The XML has a DTD.')
    const end = endOf(']]>', tag)
    parent.text += text.slice(tag + 9, end - 3)
    return end
  }

  function endOf(mark: string, from: number): number {
    const end = text.indexOf(mark, from)
    if (end < 0) throw notUnderstood('The XML ends too early.')
    return end + mark.length
  }
}

function endOfName(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x3e || unit === 0x2f || unit <= 0x20) return i
    if (unit === 0x3c) throw notUnderstood('The XML has a tag in a tag.')
  }
  throw notUnderstood('The XML ends too early.')
}

/** Where the `>` stands that ends the tag: one in a quoted value does not. */
function tagEnd(text: string, from: number): number {
  let end = text.indexOf('>', from)
  const rest = text.slice(from, Math.max(end, from))
  if (rest.includes('"') || rest.includes("'")) end = quotedTagEnd(text, from)
  if (end < 0) throw notUnderstood('The XML ends too early.')
  return end
}

function quotedTagEnd(text: string, tag: number): number {
  let quote = ''
  for (let i = tag; i < text.length; i++) {
    const sign = text.charAt(i)
    if (quote !== '') quote = sign === quote ? '' : quote
    else if (sign === '"' || sign === "'") quote = sign
    else if (sign === '>') return i
  }
  return -1
}

function refuseText(text: string): void {
  if (text.trim() !== '') throw notUnderstood('The XML has text between elements.')
}

function decodeEntities(text: string): string {
  let mark = text.indexOf('&')
  if (mark < 0) return text
  let decoded = ''
  let from = 0
  for (; mark >= 0; mark = text.indexOf('&', from)) {
    const end = text.indexOf(';', mark)
    const name = end < 0 || end - mark > 10 ? '' : text.slice(mark + 1, end)
    const sign = named(name) ?? numbered(name)
    if (sign === null) throw notUnderstood('The XML names an unknown entity.')
    decoded += text.slice(from, mark) + sign
    from = end + 1
  }
  return decoded + text.slice(from)
}

function named(name: string): string | null {
  return Object.hasOwn(entities, name) ? (entities[name] ?? null) : null
}

function numbered(name: string): string | null {
  const match = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name)
  if (match === null) return null
  const point = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16)
  const isCharacter = point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
  return isCharacter ? String.fromCodePoint(point) : null
}

/** The text of the child of that name; empty when there is none. */
export function childText(element: XmlElement, name: string): string {
  return element.children.find((child) => child.name === name)?.text ?? ''
}

/** All children of that name, in their order. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name)
}
