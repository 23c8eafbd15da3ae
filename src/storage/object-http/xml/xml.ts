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
  name: string
  children: XmlElement[]
  text: string
}

const deepest = 16
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const nameEnd = /[\s/>]/g

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
    const end = tagEnd(text, tag)
    const isEmpty = text.charCodeAt(end - 1) === 0x2f
    if (root !== null && open.length === 0) throw notUnderstood('The XML has two roots.')
    if (open.length >= deepest) throw notUnderstood('The XML is too deep.')
    const element: Open = { name: nameOf(text, tag + 1, isEmpty ? end - 1 : end), children: [], text: '' }
    open.at(-1)?.children.push(element)
    root ??= element
    if (!isEmpty) open.push(element)
    return end + 1
  }

  function closeTag(tag: number): number {
    const end = endOf('>', tag)
    const element = open.pop()
    if (element === undefined || element.name !== localName(text.slice(tag + 2, end - 1).trimEnd())) {
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

/** Where the `>` stands that ends the tag: one in a quoted value does not. */
function tagEnd(text: string, tag: number): number {
  let end = text.indexOf('>', tag)
  const head = text.slice(tag, Math.max(end, tag))
  if (head.includes('"') || head.includes("'")) end = quotedTagEnd(text, tag)
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

function nameOf(text: string, start: number, end: number): string {
  nameEnd.lastIndex = start
  const found = nameEnd.exec(text)
  const name = localName(text.slice(start, Math.min(found?.index ?? end, end)))
  if (name === '' || name.includes('<')) throw notUnderstood('The XML has a tag without a name.')
  return name
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function refuseText(text: string): void {
  if (text.trim() !== '') throw notUnderstood('The XML has text between elements.')
}

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&([^;&]{0,10})(;?)/g, (_, name: string, end: string) => {
    const sign = end === ';' ? (named(name) ?? numbered(name)) : null
    if (sign === null) throw notUnderstood('The XML names an unknown entity.')
    return sign
  })
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
