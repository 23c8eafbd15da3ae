import { setTimeout as wait } from 'node:timers/promises'
import { fileOutput, type Output } from './output.ts'

/** Lines that go to a file or to standard output, in order, without anybody waiting for them. */
export interface LineWriter {
  /** Takes one line without its end. Never throws and never blocks: what cannot be kept in memory is lost and counted. */
  write(line: string): void
  /** Lines lost so far: the queue was full, the disk was, or nobody reads any more. */
  lostLines(): number
  /** Opens the file again by its name, after it was moved away. Does nothing for standard output. */
  reopen(): void
  /** Writes what waits, for at most that long, and closes. */
  close(milliseconds: number): Promise<void>
}

export interface LineWriterOptions {
  /** A path that is appended to, or something that is open already. */
  readonly to: string | Output
  /** Most characters that wait. Default 4 Mi. */
  readonly queueLength?: number
}

const batchLength = 64 * 1024
const pauseMilliseconds = 1000
/** What nobody will ever read again. */
const finalCodes: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'EBADF',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
])

/** @throws the system's error when the file cannot be opened for appending. */
export function lineWriter({ to, queueLength = 4 * 1024 ** 2 }: LineWriterOptions): LineWriter {
  const output = typeof to === 'string' ? fileOutput(to) : to
  const queue: string[] = []
  let queuedLength = 0
  let lostLines = 0
  let isBroken = false
  let mustReopen = false
  let isInsideLine = false
  let pumping: Promise<void> | null = null

  async function pump(): Promise<void> {
    while (queue.length > 0 && !isBroken) {
      if (mustReopen) await openAgain()
      const lines = nextBatch()
      try {
        await writeAll(Buffer.from((isInsideLine ? '\n' : '') + lines.join('')))
      } catch (error) {
        lostLines += lines.length
        if (finalCodes.has((error as NodeJS.ErrnoException).code)) giveUp()
        // A full disk stays full for a while.
        else await wait(pauseMilliseconds, undefined, { ref: false })
      }
    }
    pumping = null
  }

  function nextBatch(): readonly string[] {
    let length = 0
    let count = 0
    while (count < queue.length && length < batchLength) length += queue[count++]?.length ?? 0
    queuedLength -= length
    return queue.splice(0, count)
  }

  async function writeAll(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await output.write(bytes.subarray(at))
      isInsideLine = bytes[at - 1] !== 0x0a
    }
  }

  async function openAgain(): Promise<void> {
    mustReopen = false
    try {
      await output.reopen()
      isInsideLine = false
    } catch {
      // The old file is still open and takes the lines; the next reopening may succeed.
    }
  }

  function giveUp(): void {
    isBroken = true
    lostLines += queue.length
    queue.length = 0
    queuedLength = 0
  }

  return {
    write(line) {
      if (isBroken || queuedLength + line.length > queueLength) {
        lostLines++
        return
      }
      queue.push(`${line}\n`)
      queuedLength += line.length + 1
      pumping ??= pump()
    },
    lostLines: () => lostLines,
    reopen() {
      mustReopen = true
    },
    async close(milliseconds) {
      const limit = new AbortController()
      await Promise.race([pumping, wait(milliseconds, undefined, { signal: limit.signal }).catch(() => {})])
      limit.abort()
      const isIdle = pumping === null
      giveUp()
      // Closed under a write that hangs, the number could belong to another file when the write goes on.
      if (isIdle) await output.close()
    },
  }
}
