import { telnetFilter } from './telnet.ts'

const LF = 0x0a
const CR = 0x0d
const SP = 0x20

/** Of a line that is too long: enough to tell what it wanted to be. */
const startBytes = 16

/** Shorter than any TCP segment: where a longer line is cut into two behind a CR, that CR ends nothing. */
const mostUrgentBytes = 512

/** What came in on the control connection, up to a line end. */
export type ControlLine =
  /** The line without its end; never empty; the receiver's own memory. */
  | { readonly kind: 'line'; readonly bytes: Uint8Array }
  /** The line passed the limit; the rest of it is swallowed. Told once per line, with how it begins. */
  | { readonly kind: 'too-long'; readonly start: Uint8Array }
  /** The line goes on and on: answer 421 and close. Nothing comes after it. */
  | { readonly kind: 'endless' }

export interface LineSplitterOptions {
  /** Bytes a line may have, without CR and LF. Default 8192. */
  readonly maxLineBytes?: number
  /** Bytes beyond the limit that are swallowed while the line feed is awaited. Default 65536. */
  readonly maxSwallowedBytes?: number
}

/** Cuts a control connection's bytes into lines. RFC 959 §4, RFC 1123 §4.1.2.12; empty lines vanish. */
export interface LineSplitter {
  /** The lines that end in this chunk. The chunk is not kept. */
  push(chunk: Uint8Array): readonly ControlLine[]
  /**
   * The line without its CR when all that waits is `ABOR`, or `STAT` with or without a path, and CR, else null: Python and Ruby
   * send it as urgent data, and its LF never arrives.
   */
  pendingUrgentLine(): Uint8Array | null
  /** Takes what waits as read. A late line feed is then an empty line. */
  takePending(): void
  /** Forgets everything, as STARTTLS must: what was sent in clear is never answered. */
  clear(): void
}

export function lineSplitter(options: LineSplitterOptions = {}): LineSplitter {
  const { maxLineBytes = 8192, maxSwallowedBytes = 65_536 } = options
  const maxEndlessBytes = maxLineBytes + maxSwallowedBytes
  const telnet = telnetFilter()
  const held = heldBytes(maxLineBytes + 1)
  /** Bytes of the present line so far, held or swallowed. */
  let lineBytes = 0
  let isSwallowing = false
  let isEnded = false
  let found: ControlLine[] = []

  const startLine = (): void => {
    held.clear()
    lineBytes = 0
    isSwallowing = false
  }

  const tooLong = (part: Uint8Array): boolean => {
    const last = part.length > 0 ? part[part.length - 1] : held.last()
    return lineBytes - (last === CR ? 1 : 0) > maxLineBytes
  }

  /** Counts a part of the line; false when the line is refused. */
  const count = (part: Uint8Array): boolean => {
    lineBytes += part.length
    if (!isSwallowing && tooLong(part)) {
      isSwallowing = true
      found.push({ kind: 'too-long', start: startOf(held.bytes(), part) })
      held.clear()
    }
    if (lineBytes > maxEndlessBytes) end()
    return !isSwallowing
  }

  const end = (): void => {
    isEnded = true
    found.push({ kind: 'endless' })
  }

  const finishLine = (part: Uint8Array): void => {
    if (count(part)) {
      const bytes = withoutCr(held.isEmpty() ? part : held.add(part))
      // A copy: the chunk's memory belongs to the socket, and a line may wait for its turn behind a transfer.
      if (bytes.length > 0) found.push({ kind: 'line', bytes: new Uint8Array(bytes) })
    }
    startLine()
  }

  const split = (bytes: Uint8Array): void => {
    for (let from = 0; from < bytes.length;) {
      const lineEnd = bytes.indexOf(LF, from)
      const part = bytes.subarray(from, lineEnd < 0 ? bytes.length : lineEnd)
      if (lineEnd >= 0) finishLine(part)
      else if (count(part)) held.add(part)
      if (isEnded) return
      from += part.length + 1
    }
    if (telnet.droppedBytes() > maxSwallowedBytes) end()
  }

  return {
    push(chunk) {
      if (isEnded) return []
      found = []
      split(telnet.clean(chunk))
      return found
    },
    pendingUrgentLine: () => urgentLine(held.bytes()),
    takePending: startLine,
    clear() {
      startLine()
      telnet.clear()
      isEnded = false
    },
  }
}

function startOf(held: Uint8Array, part: Uint8Array): Uint8Array {
  return Buffer.concat([held.subarray(0, startBytes), part.subarray(0, startBytes)]).subarray(0, startBytes)
}

function withoutCr(line: Uint8Array): Uint8Array {
  return line[line.length - 1] === CR ? line.subarray(0, -1) : line
}

function urgentLine(bytes: Uint8Array): Uint8Array | null {
  const end = bytes.length - 1
  if (end < 4 || end > mostUrgentBytes || bytes.indexOf(CR) !== end) return null
  const verb = Buffer.from(bytes.subarray(0, 4)).toString('latin1').toUpperCase()
  const isWhole = end === 4 ? verb === 'ABOR' || verb === 'STAT' : verb === 'STAT' && bytes[4] === SP
  return isWhole ? new Uint8Array(bytes.subarray(0, end)) : null
}

/** Memory for a line that comes in pieces: none while nothing waits, and never more than a line needs. */
function heldBytes(maxBytes: number) {
  const none = new Uint8Array(0)
  let memory = none
  let length = 0
  return {
    isEmpty: () => length === 0,
    last: () => memory[length - 1],
    bytes: () => memory.subarray(0, length),
    add(part: Uint8Array): Uint8Array {
      const needed = length + part.length
      if (needed > memory.length) {
        const larger = new Uint8Array(Math.max(needed, Math.min(maxBytes, needed * 2)))
        larger.set(memory.subarray(0, length))
        memory = larger
      }
      memory.set(part, length)
      length = needed
      return memory.subarray(0, length)
    },
    clear() {
      memory = none
      length = 0
    },
  }
}
