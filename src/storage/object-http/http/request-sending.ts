import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

export interface BodySending {
  readonly socket: Socket
  /** Left alone until `sent`, or until the connection is gone. */
  readonly body: readonly Uint8Array[]
  readonly bodyBytes: number
  /** Called once, when the system has taken the last byte. */
  readonly sent: () => void
  /** Asked between pieces: false stops it. */
  readonly isWanted: () => boolean
}

/** Up to here a copy costs less than a second buffer to write. */
const mostCopiedBytes = 64 * 1024
/** TLS encrypts what it is given into memory, all at once. */
const mostEncryptedBytes = 256 * 1024

/** Sends head and body, a small body in one write with its head. */
export function sendWhole(head: string, sending: BodySending): void {
  const { socket, body, bodyBytes } = sending
  if (bodyBytes === 0) return write(socket, head, sending)
  if (bodyBytes <= mostCopiedBytes) return write(socket, Buffer.concat([Buffer.from(head, 'latin1'), ...body]), sending)
  socket.cork()
  socket.write(head, 'latin1')
  sendBody(sending)
  socket.uncork()
}

/** Sends the body whose head has left before: nothing is copied. */
export function sendBody(sending: BodySending): void {
  const { socket, body } = sending
  if (socket instanceof TLSSocket) return sendNext(slices(body), sending)
  socket.cork()
  for (const piece of body.slice(0, -1)) socket.write(piece)
  write(socket, body.at(-1) ?? new Uint8Array(0), sending)
  socket.uncork()
}

function write(socket: Socket, bytes: Uint8Array | string, { sent }: BodySending): void {
  // A connection that breaks tells it to those who read.
  socket.write(bytes, 'latin1', (error) => {
    if (!error) sent()
  })
}

function sendNext(pieces: Iterator<Uint8Array, void>, sending: BodySending): void {
  const { done, value } = pieces.next()
  if (done === true) return sending.sent()
  sending.socket.write(value, (error) => {
    if (!error && sending.isWanted()) sendNext(pieces, sending)
  })
}

function* slices(body: readonly Uint8Array[]): Generator<Uint8Array, void> {
  for (const piece of body)
    for (let at = 0; at < piece.length; at += mostEncryptedBytes) yield piece.subarray(at, at + mostEncryptedBytes)
}
