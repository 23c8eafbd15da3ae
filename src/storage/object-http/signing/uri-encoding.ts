import { GatewayError } from '../../../core/errors.ts'

/** RFC 3986 §2.3: only unreserved characters stay. `encodeURIComponent` leaves these five. */
const left = /[!'()*]/g

/** @throws GatewayError 'invalid-path' for a lone surrogate, which has no UTF-8. */
export function encodeComponent(text: string): string {
  try {
    return encodeURIComponent(text).replace(left, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  } catch (error) {
    throw new GatewayError('invalid-path', 'The name is not valid Unicode.', { cause: error })
  }
}

/** A key as it stands in a request's path: everything encoded once, but the slashes. @throws GatewayError 'invalid-path'. */
export function encodeKey(key: string): string {
  return encodeComponent(key).replaceAll('%2F', '/')
}

export type Query = Readonly<Record<string, string>>

/** The query as it is sent and signed: sorted by encoded name; a name without a value keeps its `=`. Empty for no query. */
export function encodeQuery(query: Query): string {
  return Object.entries(query)
    .map(([name, value]): [string, string] => [encodeComponent(name), encodeComponent(value)])
    .toSorted(byName)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

export function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
