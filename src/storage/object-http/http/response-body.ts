import { notUnderstood } from '../errors.ts'
import type { AnswerBytes } from './answer-bytes.ts'
import { fieldLine, type Framing } from './response-head.ts'

/** So many bytes are due. */
export type Expect = (bytes: number) => void

/** Longer than what anybody writes beside the size of a chunk. */
const mostLineBytes = 4 * 1024
const mostTrailerLines = 100
/** Of one answer. */
const mostExtensionBytes = 16 * 1024
/** A size, and extensions that nobody has asked for. RFC 9112 §7.1. */
const chunkLine = /^([0-9a-fA-F]{1,13})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/

/**
 * What comes next of the content, lent; null when the body has ended by its own account, or by the connection's where it has
 * none. Not to be called while it waits. @throws StoreError 'EarlyEnd', 'NotUnderstood'; what reading throws.
 */
export type Content = () => Promise<Uint8Array | null>

export function contentOf(bytes: AnswerBytes, framing: Framing, expect: Expect): Content {
  if (framing === 'chunked') return chunked(bytes, expect)
  // Whether all came that was to come, nobody can tell then: others have to know the length of what they ask for.
  begin(framing === 'until-close' ? Infinity : framing, bytes, expect)
  return () => bytes.next()
}

function begin(count: number, bytes: AnswerBytes, expect: Expect): void {
  bytes.limit(count)
  expect(count - bytes.waiting())
}

function chunked(bytes: AnswerBytes, expect: Expect): Content {
  let extensionBytes = 0
  let size: number | null = null

  async function nextSize(): Promise<number> {
    const [line, digits = ''] = chunkLine.exec(await bytes.line(mostLineBytes)) ?? refuse()
    extensionBytes += line.length - digits.length
    return extensionBytes > mostExtensionBytes ? refuse() : Number.parseInt(digits, 16)
  }

  return async () => {
    while (size !== 0) {
      const piece = size === null ? null : await bytes.next()
      if (piece !== null) return piece
      if (size !== null && (await bytes.line(0)) !== '') refuse()
      size = await nextSize()
      begin(size, bytes, expect)
      if (size === 0) await trailers(bytes)
    }
    return null
  }
}

/** Read and forgotten: nobody is bound to look at them. RFC 9110 §6.5.1. */
async function trailers(bytes: AnswerBytes): Promise<void> {
  for (let lines = 0; lines <= mostTrailerLines; lines++) {
    const line = await bytes.line(mostLineBytes)
    if (line === '') return
    if (!fieldLine.test(line)) refuse()
  }
  refuse()
}

function refuse(): never {
  throw notUnderstood('The answer has a chunk that is none.')
}

/** @throws StoreError 'NotUnderstood' when it is longer. */
export async function readText(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body) {
    bytes += piece.length
    if (bytes > mostBytes) throw notUnderstood('The answer is longer than any answer may be.')
    pieces.push(Buffer.from(piece))
  }
  return Buffer.concat(pieces).toString('utf8')
}
