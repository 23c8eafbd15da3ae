import { StoreError } from '../errors.ts'
import type { HttpResponse } from '../http/http-types.ts'
import { childText, parseXml, type XmlElement } from '../xml/xml.ts'
import { retryAfter } from './retry.ts'

const mostErrorBytes = 64 * 1024

type Headers = HttpResponse['headers']

/** What the store calls the request; for its own people and our log. */
export function requestIdOf(headers: Headers): string | null {
  const id = headers['x-amz-request-id'] ?? headers['x-cos-request-id'] ?? headers['x-trans-id']
  // versitygw says it twice.
  return id?.split(',')[0] ?? null
}

/** Reads an answer that is no success, and lets go of it. Never throws but what reading throws. */
export async function storeErrorFrom(response: HttpResponse, operation: string, now: Date): Promise<StoreError> {
  const { status, headers } = response
  let text = ''
  try {
    text = await response.text(mostErrorBytes)
  } catch {
    // The status has said enough already.
  } finally {
    response.close()
  }
  const element = errorElement(text)
  return errorOf(element, {
    operation,
    status,
    headers,
    retryAfterMilliseconds: retryAfter(headers['retry-after'], now),
  })
}

/** Complete and Copy answer 200 before they know: the truth stands in the body. @throws StoreError. */
export function throwIfErrorBody(text: string, { status, headers }: HttpResponse, operation: string): void {
  // The word may stand anywhere near the front: behind white space, a declaration, a comment.
  if (!text.includes('<Error')) return
  const element = errorElement(text)
  if (element !== null) throw errorOf(element, { operation, status, headers, retryAfterMilliseconds: null })
}

function errorElement(text: string): XmlElement | null {
  if (!text.includes('<')) return null
  try {
    const root = parseXml(text)
    // STS wraps it.
    const error = root.name === 'ErrorResponse' ? root.children[0] : root
    return error?.name === 'Error' ? error : null
  } catch {
    // A proxy's HTML page, or a text cut in the middle: nothing to learn from it.
    return null
  }
}

interface Answer {
  readonly operation: string
  readonly status: number
  readonly headers: Headers
  readonly retryAfterMilliseconds: number | null
}

function errorOf(
  element: XmlElement | null,
  { operation, status, headers, retryAfterMilliseconds }: Answer,
): StoreError {
  const word = element === null ? '' : childText(element, 'Code')
  const said = element === null ? '' : childText(element, 'Message')
  const date = Date.parse(headers['date'] ?? '')
  return new StoreError(said === '' ? `The store answered ${status}.` : said, {
    code: word === '' ? (headers['x-amz-error-code'] ?? `Http${status}`) : word,
    status,
    operation,
    requestId: requestIdOf(headers) ?? (element === null ? null : childText(element, 'RequestId') || null),
    retryAfterMilliseconds,
    date: Number.isNaN(date) ? null : new Date(date),
  })
}
