import type tls from 'node:tls'
import type { ChunkQueue } from './chunk-queue.ts'
import { lendPlaintext } from './lent-plaintext.ts'
import type { LentSocket, Take } from './lent-socket.ts'
import type { RecordWatch } from './record-watch.ts'

/** A secure connection whose records are watched, and how it may be read. */
export interface WatchedConnection {
  readonly lent: LentSocket
  readonly secured: tls.TLSSocket
  readonly watch: RecordWatch
  /** Whether plaintext may be lent (`canLendPlaintext`). */
  readonly lendsPlaintext: boolean
}

/** A way of bringing decrypted bytes to their reader. */
export interface Decrypted {
  /** The reader wants more. */
  readonly more: () => void
  /** Nobody reads any more: throws away what comes. */
  readonly drain: () => void
}

/** Starts to bring what is decrypted to the queue. */
export function readDecrypted(connection: WatchedConnection, queue: ChunkQueue): Decrypted {
  const { stream } = connection.watch
  // A client that sent its data before its command may have filled the streams on the way; they empty as they like.
  const isFlowing = stream.readableFlowing === true && stream.readableLength === 0
  const { secured } = connection
  // Reading makes the engine decrypt more of what it holds, behind what it gives.
  for (let early = secured.read() as Buffer | null; early !== null; early = secured.read() as Buffer | null)
    queue.take(early)
  return (connection.lendsPlaintext && isFlowing ? lent(connection, queue) : null) ?? copied(connection, queue)
}

/** One read of the socket makes one chunk, or two; the next read comes when they are done with. */
function lent({ lent: below, secured, watch }: WatchedConnection, queue: ChunkQueue): Decrypted | null {
  let take: Take = (chunk) => queue.take(chunk)
  const plaintext = lendPlaintext(secured, (chunk) => take(chunk))
  if (plaintext === null) return null
  watch.feedThrough((pass, bytes) => {
    const pieces = plaintext.during(pass, bytes)
    for (const piece of pieces) take(piece)
    return pieces.length === 0
  })
  // What the stream still holds from before comes this way, and nothing after it.
  secured.on('data', (chunk: Buffer) => take(chunk))
  secured.resume()
  return {
    more: () => below.resume(),
    drain() {
      take = () => true
      watch.feedThrough((pass, bytes) => {
        plaintext.during(pass, bytes)
        return true
      })
      below.resume()
    },
  }
}

/** The plain way: a new buffer for each record. */
function copied({ secured }: WatchedConnection, queue: ChunkQueue): Decrypted {
  secured.on('data', (chunk: Buffer) => {
    if (!queue.take(chunk)) secured.pause()
  })
  return {
    more: () => void secured.resume(),
    drain() {
      secured.removeAllListeners('data')
      secured.resume()
    },
  }
}
