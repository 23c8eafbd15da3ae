import fs from 'node:fs'

type Call = (done: (error: Error | null, bytes: number) => void) => void

/** Ends with how many bytes went through: it may be fewer than were asked for. */
function bytesOf(call: Call): Promise<number> {
  return new Promise((resolve, reject) => {
    call((error, bytes) => (error === null ? resolve(bytes) : reject(error)))
  })
}

/** Writes all of it at a position, in the thread pool. @throws system errors; bytes before the failure may be there. */
export async function writeAt(descriptor: number, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length;) {
    const from = done
    done += await bytesOf((end) => fs.write(descriptor, data, from, data.length - from, position + from, end))
  }
}

/** Writes all of it at a position, now: for what is so small that the way to the thread pool would cost more. */
export function writeAtNow(descriptor: number, data: Uint8Array, position: number): void {
  for (let done = 0; done < data.length;) {
    done += fs.writeSync(descriptor, data, done, data.length - done, position + done)
  }
}

/** Fills the buffer from a position, in the thread pool. Returns how many bytes there were: fewer only at the end. */
export async function readAt(descriptor: number, into: Buffer, position: number): Promise<number> {
  let done = 0
  while (done < into.length) {
    const from = done
    const bytesRead = await bytesOf((end) => fs.read(descriptor, into, from, into.length - from, position + from, end))
    if (bytesRead === 0) return done
    done += bytesRead
  }
  return done
}

/** The same, now. */
export function readAtNow(descriptor: number, into: Buffer, position: number): number {
  let done = 0
  while (done < into.length) {
    const bytesRead = fs.readSync(descriptor, into, done, into.length - done, position + done)
    if (bytesRead === 0) return done
    done += bytesRead
  }
  return done
}

export interface CopyRange {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

/** Copies a range of one file to the same place in another. Returns where it ended: before `end` when `from` is shorter. */
export async function copyRange({ from, to, start, end }: CopyRange, buffer: Buffer): Promise<number> {
  let position = start
  while (position < end) {
    const wanted = buffer.subarray(0, Math.min(buffer.length, end - position))
    const bytes = await readAt(from, wanted, position)
    await writeAt(to, wanted.subarray(0, bytes), position)
    position += bytes
    if (bytes < wanted.length) break
  }
  return position
}
