import { close, constants, fstatSync, open, openSync, write } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

const openFile = promisify(open)
const closeFile = promisify(close)
const writeBytes = promisify(write)

/** Lines that go to a file or to standard output, in order, without anybody waiting for them. */
export interface LineWriter {
  /** Takes one line without its end. Never throws and never blocks: what cannot be kept in memory is lost and counted. */
  write(line: string): void
  /** Lines lost so far: the queue was full, the disk was, or nobody reads any more. */
  readonly lostLines: number
  /** Opens the file again by its name, after it was moved away. Does nothing for standard output. */
  reopen(): void
  /** Writes what waits, for at most that long, and closes. */
  close(milliseconds: number): Promise<void>
}

export interface LineWriterOptions {
  /** A path that is appended to, or a file descriptor that stays open. */
  readonly to: string | number
  /** Most bytes that wait. Default 4 MiB. */
  readonly queueBytes?: number
}

const batchBytes = 64 * 1024
const pauseMilliseconds = 50

/** @throws the system's error when the file cannot be opened for appending. */
export function lineWriter({ to, queueBytes = 4 * 1024 ** 2 }: LineWriterOptions): LineWriter {
  const isFile = typeof to === 'string'
  let descriptor = isFile ? openSync(to, 'a', 0o640) : nonBlocking(to)
  const queue: string[] = []
  let queuedBytes = 0
  let lostLines = 0
  let isBroken = false
  let mustReopen = false
  let isAfterPartOfLine = false
  let pumping: Promise<void> | null = null

  async function pump(): Promise<void> {
    while (queue.length > 0 && !isBroken) {
      if (mustReopen) await openAgain()
      const lines = nextBatch()
      const failed = await writeBatch(Buffer.from((isAfterPartOfLine ? '\n' : '') + lines.join('')))
      isAfterPartOfLine = false
      if (failed === null) continue
      lostLines += lines.length
      isAfterPartOfLine = failed.isPartial
      if (failed.isFinal) giveUp()
      // A full disk stays full for a while.
      else await wait(pauseMilliseconds * 20, undefined, { ref: false })
    }
    pumping = null
  }

  function nextBatch(): readonly string[] {
    const lines: string[] = []
    for (let bytes = 0; bytes < batchBytes && queue.length > lines.length;) {
      const line = queue[lines.length] ?? ''
      bytes += line.length
      lines.push(line)
    }
    queue.splice(0, lines.length)
    queuedBytes -= lines.reduce((sum, line) => sum + line.length, 0)
    return lines
  }

  async function writeBatch(bytes: Buffer): Promise<{ isPartial: boolean; isFinal: boolean } | null> {
    for (let at = 0; at < bytes.length;) {
      try {
        at += (await writeBytes(descriptor, bytes, at)).bytesWritten
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code
        if (code === 'EAGAIN') await wait(pauseMilliseconds, undefined, { ref: false })
        else return { isPartial: at > 0 && bytes[at - 1] !== 0x0a, isFinal: code === 'EPIPE' || code === 'EBADF' }
      }
    }
    return null
  }

  function giveUp(): void {
    isBroken = true
    lostLines += queue.length
    queue.length = 0
    queuedBytes = 0
  }

  async function openAgain(): Promise<void> {
    mustReopen = false
    try {
      const fresh = await openFile(to as string, 'a', 0o640)
      const old = descriptor
      descriptor = fresh
      isAfterPartOfLine = false
      await closeFile(old)
    } catch {
      // The old file is still open and takes the lines; the next reopening may succeed.
    }
  }

  return {
    write(line) {
      const text = `${line}\n`
      if (isBroken || queuedBytes + text.length > queueBytes) {
        lostLines++
        return
      }
      queue.push(text)
      queuedBytes += text.length
      pumping ??= pump()
    },
    get lostLines() {
      return lostLines
    },
    reopen() {
      mustReopen = isFile
    },
    async close(milliseconds) {
      const until = new AbortController()
      const limit = wait(milliseconds, undefined, { signal: until.signal }).catch(() => {})
      await Promise.race([pumping, limit])
      until.abort()
      const isIdle = pumping === null
      giveUp()
      if (isFile && isIdle) await closeFile(descriptor)
    },
  }
}

/**
 * A pipe that nobody reads would hold a thread of Node's pool for ever, and the process with it when it exits. A second
 * opening of the same pipe can be told not to block, without changing it for the processes that share it.
 */
function nonBlocking(descriptor: number): number {
  try {
    if (!fstatSync(descriptor).isFIFO()) return descriptor
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    // Not Linux, or not allowed: the pipe blocks as pipes do.
    return descriptor
  }
}
