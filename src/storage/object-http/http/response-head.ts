/** The head of an answer, and how its body is delimited. */
export interface ResponseHead {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bodyBytes: number
  readonly isLast: boolean
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/**
 * Reads what stands before the empty line. Null for everything that is not a plain final answer with one valid
 * Content-Length: somebody else has to read that. RFC 9112 §4 to §6.
 */
export function parseResponseHead(text: string): ResponseHead | null {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const status = Number(/^HTTP\/1\.1 ([2-5]\d\d)( |$)/.exec(statusLine)?.[1])
  if (Number.isNaN(status) || status === 204 || status === 304) return null
  const headers: Record<string, string> = Object.create(null)
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
    // Also a line that continues the one before, which nobody may send any more.
    if (!token.test(name)) return null
    const value = line.slice(colon + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  const length = headers['content-length'] ?? ''
  if (headers['transfer-encoding'] !== undefined || !/^\d{1,15}$/.test(length)) return null
  return { status, headers, bodyBytes: Number(length), isLast: /\bclose\b/i.test(headers['connection'] ?? '') }
}
