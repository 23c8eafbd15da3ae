import { GatewayError } from './errors.ts'

declare const virtualPath: unique symbol
declare const objectKey: unique symbol

/** What a client means: absolute, `/`-separated, no empty, `.` or `..` segment, no slash at its end but for the root, `/`. */
export type VirtualPath = string & { readonly [virtualPath]: true }

/** What a driver gets: segments joined by `/`, no slash at either end; the root is the empty string. */
export type ObjectKey = string & { readonly [objectKey]: true }

export const rootPath = '/' as VirtualPath
export const rootKey = '' as ObjectKey

/**
 * The one function that turns client text into a path (RFC 3659 §6, TVFS): absolute from the root, else from `from`;
 * empty and `.` segments vanish, `..` goes up and stops at the root, purely as text. Nothing is decoded or unquoted.
 * @throws GatewayError 'invalid-path' for control characters (C0, DEL) anywhere.
 */
export function resolvePath(from: VirtualPath, text: string): VirtualPath {
  if (hasControlCharacter(text)) throw new GatewayError('invalid-path', 'Names may not hold control characters.')
  const source = text.startsWith('/') ? text : childPath(from, text)
  if (!hasOddSegment(source.slice(1))) return source as VirtualPath
  const segments: string[] = []
  for (const segment of source.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') segments.pop()
    else segments.push(segment)
  }
  return `/${segments.join('/')}` as VirtualPath
}

/** Whether the text holds a C0 control character or DEL. */
export function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || unit === 0x7f) return true
  }
  return false
}

const oddSegment = /(?:^|\/)\.{0,2}(?:\/|$)/

/** Whether a segment of the text, which has no slash in front, is empty, `.` or `..`. */
export function hasOddSegment(text: string): boolean {
  return oddSegment.test(text)
}

/** The last segment; empty for the root. */
export function baseName(path: VirtualPath | ObjectKey): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The folder that holds the path; the root is its own parent. */
export function parentPath(path: VirtualPath): VirtualPath {
  const cut = path.lastIndexOf('/')
  return (cut <= 0 ? '/' : path.slice(0, cut)) as VirtualPath
}

/** The directory that holds the key; the root is its own parent. */
export function parentKey(key: ObjectKey): ObjectKey {
  const cut = key.lastIndexOf('/')
  return (cut < 0 ? '' : key.slice(0, cut)) as ObjectKey
}

/** The path of a name inside a folder. The name is one segment, as storages list them. */
export function childPath(folder: VirtualPath, name: string): VirtualPath {
  return (folder === '/' ? `/${name}` : `${folder}/${name}`) as VirtualPath
}

/** The key of a name inside a directory. */
export function childKey(directory: ObjectKey, name: string): ObjectKey {
  return (directory === '' ? name : `${directory}/${name}`) as ObjectKey
}

/** Whether the path is `folder` or lies below it. `/ab` does not lie below `/a`. */
export function isWithin(folder: VirtualPath, path: VirtualPath): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`)
}

/** The key of a path seen from the folder it lies within (`isWithin`); the folder itself is the root. */
export function keyWithin(folder: VirtualPath, path: VirtualPath): ObjectKey {
  return (folder === '/' ? path.slice(1) : path.slice(folder.length + 1)) as ObjectKey
}

/** A key below another: `joinKeys('in', 'a/b')` is `in/a/b`. */
export function joinKeys(above: ObjectKey, below: ObjectKey): ObjectKey {
  if (above === '') return below
  return below === '' ? above : (`${above}/${below}` as ObjectKey)
}

/**
 * A key written in a configuration (`in/2026/`); slashes at both ends are dropped.
 * @throws GatewayError 'invalid-path' for empty, `.` or `..` segments and control characters.
 */
export function parseKey(text: string): ObjectKey {
  const trimmed = text.replace(/^\/|\/$/g, '')
  if (trimmed === '') return rootKey
  if (hasOddSegment(trimmed) || hasControlCharacter(trimmed))
    throw new GatewayError('invalid-path', `Not a usable prefix: ${text}`)
  return trimmed as ObjectKey
}
