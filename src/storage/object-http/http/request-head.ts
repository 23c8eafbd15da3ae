import { notUnderstood } from '../errors.ts'
import type { HttpCall } from './http-types.ts'

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const target = /^[\x21-\x7e]+$/
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** What delimits a request is ours to say, whatever the caller has said. */
const ours: ReadonlySet<string> = new Set(['connection', 'content-length', 'expect', 'transfer-encoding'])

/**
 * What stands before the body, to be sent as Latin-1. RFC 9112 §3, RFC 9110 §5.5.
 * @throws StoreError 'NotUnderstood' for what would end its line: an ETag comes from the store, and may hold anything.
 */
export function requestHead(call: HttpCall): string {
  const { method, headers, body = [], expectContinue = false } = call
  const bodyBytes = bytesOf(body)
  if (!token.test(method) || !target.test(call.target)) throw notUnderstood('A request cannot name what it was given.')
  let head = `${method} ${call.target} HTTP/1.1\r\n`
  for (const name in headers) {
    const value = headers[name] ?? ''
    if (!token.test(name) || !fieldValue.test(value)) throw notUnderstood('A header cannot hold what it was given.')
    if (!ours.has(name.toLowerCase())) head += `${name}: ${value}\r\n`
  }
  if (bodyBytes > 0 || method === 'PUT' || method === 'POST') head += `content-length: ${bodyBytes}\r\n`
  if (expectContinue && bodyBytes > 0) head += 'expect: 100-continue\r\n'
  return `${head}connection: keep-alive\r\n\r\n`
}

export function bytesOf(body: readonly Uint8Array[]): number {
  return body.reduce((sum, piece) => sum + piece.length, 0)
}
