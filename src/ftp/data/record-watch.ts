import type net from 'node:net'
import { Duplex } from 'node:stream'
import type { Direction } from './data-channel.ts'
import type { LentSocket, Take } from './lent-socket.ts'
import { tlsRecords } from './tls-records.ts'

/**
 * Stands between the TCP socket and the TLS engine, for two things that Node cannot be told to do:
 *
 * - It never hands on that TCP ended. So the TLS engine ends for a close_notify, and for nothing else: a cut connection
 *   cannot pass for a finished upload (`ended` of the socket below then tells how it was cut).
 * - It holds our session tickets back on uploads. Clients that never read (Go, Perl, Ruby) would leave them unread, and
 *   their kernel, on close, resets and throws away what it had not sent yet.
 */
export interface RecordWatch {
  /** What the TLS engine reads and writes. */
  readonly stream: Duplex
  /** Hands bytes on that were read before the watch was set up. */
  readonly take: Take
  /** From now on each chunk passes by `feed`, and only the reader makes the socket go on. */
  readonly feedThrough: (feed: Feed) => void
  /**
   * Tells the engine. Tickets come after the handshake in TLS 1.3 only. In TLS 1.2 they are part of it: nothing is held, not
   * even when a client sends its first data along with its Finished (False Start, RFC 7918).
   */
  readonly observe: (engine: WatchedEngine) => void
  /**
   * Whether the client has closed with two alerts, `user_canceled` and close_notify, as Java does in TLS 1.3. OpenSSL takes
   * both, but after the first reports the second as an error without a reason, and Node says nothing at all. They are the only
   * records of their length that hold nothing for the reader, and the engine has authenticated them: nobody without the keys
   * can put them there, and cut off behind the first they are no end.
   */
  readonly isClosed: () => boolean
  /** Called when that becomes true. */
  readonly whenClosed: (tell: () => void) => void
  /** Tells what the connection is for. Until then tickets are held as for an upload. */
  readonly know: (direction: Direction) => void
  /** Sends what was held back, and holds nothing any more. */
  readonly release: () => void
}

/** Lets a piece of the stream pass to the TLS engine, of so many bytes; says whether the socket may go on at once. */
export type Feed = (pass: () => void, bytes: number) => boolean

/** What the watch asks the engine for. */
export interface WatchedEngine {
  /** Whether TLS 1.3 was agreed on. False before the handshake. */
  isLatest(): boolean
  /** Bytes decrypted for the reader so far; null where this Node does not tell. */
  contentBytes(): number | null
}

/** TLS record type of application data. TLS 1.3 says it of everything encrypted, also of the client's Finished. */
const applicationData = 23
/** Two tickets take 600 bytes. More than this is a client that makes us talk. */
const mostHeldBytes = 64 * 1024

/** Watches the lent socket; starts no reading. */
export function watchRecords(lent: LentSocket): RecordWatch {
  const { socket } = lent
  const held = holdBack((chunks, done) => {
    if (!socket.destroyed && !socket.writableEnded) writeAll(socket, chunks, done)
    else done(held.isUpload() ? null : new Error('The data connection is closed.'))
  })
  const records = tlsRecords({
    onType(type) {
      if (type === applicationData) held.start()
    },
  })
  let feeder: Feed | null = null
  const stream = new Duplex({
    allowHalfOpen: true,
    emitClose: true,
    highWaterMark: 16 * 1024,
    read: () => void (feeder === null && lent.resume()),
    write: (chunk: Buffer, _encoding, done) => held.write([chunk], done),
    writev: (chunks, done) =>
      held.write(
        chunks.map(({ chunk }) => chunk as Buffer),
        done,
      ),
    final: (done) => (socket.destroyed ? done() : socket.end(() => done())),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  stream.on('error', () => {})
  // A flowing stream hands the chunk on inside `push`; one that waits would keep what is only lent.
  const passesOn = () => stream.readableFlowing === true && stream.readableLength === 0
  const pass = (chunk: Uint8Array): boolean => {
    const push = () => stream.push(passesOn() ? chunk : Buffer.from(chunk))
    return feeder === null ? push() && stream.readableFlowing === true : feeder(push, chunk.length)
  }
  const closing = closingAlerts()
  const take = (chunk: Uint8Array): boolean => {
    let goesOn = true
    for (const { bytes, ends } of records(chunk)) {
      const before = passesOn() ? closing.contentBytes() : null
      goesOn = pass(bytes) && goesOn
      if (ends !== null) closing.saw(ends === 'short' && before !== null && closing.contentBytes() === before)
    }
    return goesOn
  }
  lent.giveTo(take)
  const feedThrough = (feed: Feed) => void (feeder = feed)
  return {
    stream,
    take,
    feedThrough,
    observe(engine) {
      held.holdIf(engine.isLatest)
      closing.observe(engine)
    },
    isClosed: closing.isClosed,
    whenClosed: closing.whenClosed,
    know: held.know,
    release: held.release,
  }
}

/** Counts records as long as an alert that held nothing, one right after the other. */
function closingAlerts() {
  let engine: WatchedEngine = { isLatest: () => false, contentBytes: () => null }
  let count = 0
  let tell = () => {}
  return {
    observe: (observed: WatchedEngine) => void (engine = observed),
    contentBytes: () => engine.contentBytes(),
    isClosed: () => count >= 2,
    whenClosed: (teller: () => void) => void (tell = teller),
    saw(wasShortAndEmpty: boolean) {
      count = wasShortAndEmpty && engine.isLatest() ? count + 1 : 0
      if (count === 2) tell()
    },
  }
}

type Done = (error?: Error | null) => void

/** One system call for all of them. */
function writeAll(socket: net.Socket, chunks: readonly Buffer[], done: Done): void {
  let left = chunks.length
  socket.cork()
  for (const chunk of chunks)
    socket.write(chunk, (error) => {
      free(chunk)
      if (--left === 0) done(error)
    })
  socket.uncork()
}

/**
 * Gives back at once what the TLS engine has allocated for a record. Waiting for the garbage collector took a third of the
 * time of a download: it comes late, as these objects are tiny, and all their memory lies outside of its heap.
 */
function free({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0)
}

function holdBack(send: (chunks: readonly Buffer[], done: Done) => void) {
  const kept: Buffer[] = []
  let keptBytes = 0
  let started = false
  let isReleased = false
  let direction: Direction | null = null
  let hasLateTickets = () => false
  const release = () => {
    isReleased = true
    if (kept.length > 0) send(kept.splice(0), () => {})
  }
  return {
    isStarted: () => started,
    isUpload: () => direction === 'upload',
    /**
     * From the first type-23 record on: in TLS 1.3 this is the client's Finished, which our flight has gone before and our
     * tickets come after.
     */
    start() {
      started = true
    },
    write(chunks: readonly Buffer[], done: Done) {
      if (!started || isReleased || !hasLateTickets()) return send(chunks, done)
      for (const chunk of chunks) {
        // The engine uses its memory again.
        kept.push(Buffer.from(chunk))
        keptBytes += chunk.length
      }
      done(keptBytes > mostHeldBytes ? new Error('The client asks for too many answers.') : null)
    },
    holdIf: (ask: () => boolean) => void (hasLateTickets = ask),
    know: (told: Direction) => {
      direction = told
      if (told === 'download') release()
    },
    release,
  }
}
