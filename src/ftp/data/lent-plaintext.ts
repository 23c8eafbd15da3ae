import { duplexPair } from 'node:stream'
import tls from 'node:tls'
import { firstBufferBytes, growth } from './lent-socket.ts'
import { selfSigned } from './self-signed.ts'

/** What a TLS socket decrypts, in one buffer that is used again. */
export interface LentPlaintext {
  /**
   * Runs `feed`, which hands that many bytes of ciphertext to the engine, and gives the plaintext that came of it, in order.
   * It is lent: valid until the next call.
   */
  during(feed: () => void, bytes: number): readonly Uint8Array[]
}

/** The engine hands on what one TLS record holds, at most. */
const recordBytes = 16 * 1024
/** Beside what one read of the socket brings: the rest of a record from before, and less than a record unused at the end. */
const spareBytes = 3 * recordBytes
const smallArenaBytes = firstBufferBytes + spareBytes

type Handle = {
  readonly bytesRead: number
  onread: (data: unknown) => unknown
  useUserBuffer(buffer: Uint8Array): void
}
type HandleOwner = tls.TLSSocket & { readonly _handle?: Handle | null }

/**
 * Makes the engine write its plaintext into our buffer. Node has this for sockets in clear only (`onread`); for TLS it
 * allocates 16 KiB for each record, cold memory that costs more than the decryption (measured: 1.0 instead of 2.5 CPU s/GiB).
 * `stray` gets a copy of what is decrypted outside of `during`. The socket's `end` comes as ever.
 */
export function lendPlaintext(secured: tls.TLSSocket, stray: (chunk: Uint8Array) => void): LentPlaintext | null {
  const handle = (secured as HandleOwner)._handle
  if (!handle || typeof handle.bytesRead !== 'number' || typeof handle.useUserBuffer !== 'function') return null
  let arena = Buffer.allocUnsafeSlow(smallArenaBytes)
  /** How many bytes of ciphertext the arena must have room for, where it has none for so many. */
  let wantedBytes = 0
  const ended = handle.onread
  let seen = handle.bytesRead
  let pieces: Uint8Array[] | null = null
  let start = 0
  let end = 0
  const cut = () => {
    if (end > start) {
      if (pieces === null) stray(Buffer.from(arena.subarray(start, end)))
      else pieces.push(arena.subarray(start, end))
    }
    start = end
  }
  const grow = () => {
    cut()
    arena = Buffer.allocUnsafeSlow(arenaBytesFor(wantedBytes))
    wantedBytes = 0
    start = end = 0
  }
  handle.useUserBuffer(arena)
  // The native side says how much came only to functions of Node's own; the growth of the counter says the same.
  handle.onread = (data) => {
    const read = handle.bytesRead
    if (!(read > seen)) return ended.call(handle, data)
    end += read - seen
    seen = read
    if (pieces === null || arena.length - end < recordBytes) cut()
    if (wantedBytes > 0) grow()
    else if (arena.length - end < recordBytes) start = end = 0
    return arena.subarray(end)
  }
  return {
    during(feed, bytes) {
      wantedBytes = arena.length < bytes + spareBytes ? bytes : 0
      const collected: Uint8Array[] = (pieces = [])
      feed()
      cut()
      pieces = null
      return collected
    },
  }
}

/** Of the sizes that the socket's buffer grows through, the one that holds so much: no more than two uploads get the largest. */
function arenaBytesFor(bytes: number): number {
  let room = firstBufferBytes
  while (room < bytes) room *= growth
  return room + spareBytes
}

/** Bytes that the engine has decrypted for its reader so far; null where this Node does not tell. */
export function decryptedBytes(secured: tls.TLSSocket): number | null {
  const bytes = (secured as HandleOwner)._handle?.bytesRead
  return typeof bytes === 'number' ? bytes : null
}

let tested: Promise<boolean> | null = null

/** Whether this Node lets its TLS engine write into our buffer: tried once for the process, with a real handshake and bytes. */
export function canLendPlaintext(): Promise<boolean> {
  tested ??= tryLending().catch(() => false)
  return tested
}

function tryLending(): Promise<boolean> {
  const expected = Buffer.alloc(8 * smallArenaBytes, 'sluice')
  const [ours, theirs] = duplexPair()
  const { cert, key } = selfSigned({ names: ['localhost'], now: new Date() })
  const server = new tls.TLSSocket(ours, { isServer: true, secureContext: tls.createSecureContext({ cert, key }) })
  const client = tls.connect({ socket: theirs, rejectUnauthorized: false })
  const chunks: Uint8Array[] = []
  return new Promise<boolean>((resolve) => {
    const patience = setTimeout(() => resolve(false), 2000)
    for (const socket of [server, client]) socket.on('error', () => resolve(false))
    server.once('secure', () =>
      queueMicrotask(() => {
        if (lendPlaintext(server, (chunk) => chunks.push(chunk)) === null) resolve(false)
        server.resume()
      }),
    )
    client.once('secureConnect', () => setImmediate(() => client.end(expected)))
    server.once('end', () => {
      clearTimeout(patience)
      resolve(Buffer.concat(chunks).equals(expected))
    })
  }).finally(() => {
    server.destroy()
    client.destroy()
  })
}
