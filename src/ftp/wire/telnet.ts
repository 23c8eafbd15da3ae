const LF = 0x0a
const SE = 0xf0
const DM = 0xf2
const IP = 0xf4
const SB = 0xfa
const WILL = 0xfb
const IAC = 0xff

type State = 'data' | 'interrupted' | 'command' | 'option' | 'subnegotiation' | 'subnegotiation-command'

/** Takes Telnet's commands out of a control connection's bytes. RFC 854; RFC 959 §4.1.3; RFC 1123 §4.1.2.12. */
export interface TelnetFilter {
  /** The bytes that are FTP's. The chunk itself when it holds no command, so it is lent like the chunk. */
  clean(chunk: Uint8Array): Uint8Array
  /** Bytes taken out since the last line feed that was FTP's. */
  droppedBytes(): number
  clear(): void
}

/**
 * IAC with a byte below 240 loses the IAC alone: urgent bytes leave the stream before we read it, so the second byte of
 * a Telnet command may be missing, and what follows is the next command's first letter. Perl's Net::FTP makes the IAC before
 * its data mark urgent: a bare data mark right behind an interrupt is dropped, too.
 */
export function telnetFilter(): TelnetFilter {
  let state: State = 'data'
  let droppedBytes = 0

  const strip = (chunk: Uint8Array): Uint8Array => {
    const kept = new Uint8Array(chunk.length)
    let length = 0
    for (const byte of chunk) {
      const isKept = keeps(state, byte)
      state = next(state, byte)
      if (!isKept) droppedBytes++
      else {
        kept[length++] = byte
        if (byte === LF) droppedBytes = 0
      }
    }
    return kept.subarray(0, length)
  }

  return {
    clean(chunk) {
      if (state !== 'data' || chunk.includes(IAC)) return strip(chunk)
      if (droppedBytes > 0 && chunk.includes(LF)) droppedBytes = 0
      return chunk
    },
    droppedBytes: () => droppedBytes,
    clear() {
      state = 'data'
      droppedBytes = 0
    },
  }
}

function keeps(state: State, byte: number): boolean {
  if (state === 'data') return byte !== IAC
  if (state === 'interrupted') return byte !== IAC && byte !== DM
  if (state === 'command') return byte === IAC || byte < SE
  // A subnegotiation that never ends must not eat the next line: the line feed ends both.
  return state !== 'option' && byte === LF
}

function next(state: State, byte: number): State {
  switch (state) {
    case 'data':
    case 'interrupted':
      return byte === IAC ? 'command' : 'data'
    case 'command':
      if (byte === SB) return 'subnegotiation'
      if (byte === IP) return 'interrupted'
      return byte >= WILL && byte !== IAC ? 'option' : 'data'
    case 'option':
      return 'data'
    case 'subnegotiation':
      if (byte === LF) return 'data'
      return byte === IAC ? 'subnegotiation-command' : 'subnegotiation'
    default:
      return byte === LF || byte === SE ? 'data' : 'subnegotiation'
  }
}
