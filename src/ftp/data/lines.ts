import type tls from 'node:tls'
import type { Line } from './channel.ts'
import { readDecrypted, type Decrypted, type WatchedConnection } from './decrypted.ts'
import type { LentSocket } from './lent-socket.ts'

/** Decrypted bytes that may wait for the reader, beside what Node keeps itself: one read of the socket comes as many records. */
const decryptedBytes = 64 * 1024

const nothing = () => {}

/** A connection in clear. */
export function clearLine(lent: LentSocket): Line {
  const { socket } = lent
  return {
    tlsVersion: null,
    socket,
    writable: socket,
    waitingBytes: 0,
    read(queue, end) {
      lent.giveTo((chunk) => queue.take(chunk))
      lent.whenEnded(() => end(lent.ended === 'fin' ? 'fin' : 'reset'))
    },
    more: lent.resume,
    beforeEnd: nothing,
    drain() {
      lent.giveTo(() => true)
      lent.resume()
    },
  }
}

/** A secure connection for downloads: the TLS engine right on the TCP socket, the fastest way. */
export function secureLine(lent: LentSocket, secured: tls.TLSSocket): Line {
  return {
    tlsVersion: secured.getProtocol(),
    socket: lent.socket,
    writable: secured,
    waitingBytes: 0,
    read: nothing,
    more: nothing,
    beforeEnd: nothing,
    drain: () => void secured.resume(),
  }
}

/** A secure connection whose records are watched. */
export function watchedLine(connection: WatchedConnection): Line {
  const { lent, secured, watch } = connection
  let decrypted: Decrypted = { more: nothing, drain: nothing }
  let judge = nothing
  return {
    tlsVersion: secured.getProtocol(),
    socket: lent.socket,
    writable: secured,
    waitingBytes: decryptedBytes,
    read(queue, end) {
      const isDrained = () => queue.isWaiting && watch.stream.readableLength === 0 && secured.readableLength === 0
      // TCP has ended, but a close_notify may still lie behind bytes that the reader has not taken.
      judge = () => {
        if ((lent.ended === null && !watch.isClosed()) || !queue.isWaiting) return
        setImmediate(() => {
          if (isDrained()) end(watch.isClosed() ? 'close-notify' : lent.ended === 'fin' ? 'bare-fin' : 'reset')
          else judge()
        })
      }
      decrypted = readDecrypted(connection, queue)
      // A client that sends nothing may have ended along with its handshake, before anybody listened.
      if (secured.readableEnded) end('close-notify')
      secured.once('end', () => end('close-notify'))
      secured.once('_tlsError', () => end('tls-error'))
      secured.once('close', () => end('reset'))
      lent.whenEnded(judge)
      watch.whenClosed(judge)
    },
    more() {
      decrypted.more()
      judge()
    },
    beforeEnd: watch.release,
    drain: () => decrypted.drain(),
  }
}
