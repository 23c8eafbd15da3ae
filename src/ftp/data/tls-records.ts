/** A stretch of a TLS stream. */
export interface RecordPiece {
  readonly bytes: Uint8Array
  /** What ends in it: one record as long as an alert of TLS 1.3, and nothing else of the stream; other records; or none. */
  readonly ends: 'short' | 'other' | null
}

export interface RecordWatchOptions {
  /** Told the type of each record once its header is complete. */
  onType(type: number): void
}

const headerBytes = 5
/** Level, description, inner type and authentication tag (RFC 8446 §5.2, §6); padding, where there is any, in steps of 16. */
const alertBytes = 2 + 1 + 16
const paddingBytes = 16
const mostPaddings = 4

/** Follows the records of one side, however their bytes are cut, and cuts those as long as alerts out. */
export function tlsRecords({ onType }: RecordWatchOptions): (chunk: Uint8Array) => readonly RecordPiece[] {
  const header: number[] = []
  let left = 0
  let isShort = false
  return (chunk) => {
    const pieces: RecordPiece[] = []
    let from = 0
    let ends: RecordPiece['ends'] = null
    const cut = (to: number) => {
      if (to > from) pieces.push({ bytes: chunk.subarray(from, to), ends })
      from = to
      ends = null
    }
    for (let at = 0; at < chunk.length;) {
      if (left > 0) {
        const skipped = Math.min(left, chunk.length - at)
        at += skipped
        left -= skipped
        if (left > 0) continue
        ends = isShort ? 'short' : 'other'
        if (isShort) cut(at)
        continue
      }
      header.push(chunk[at++] ?? 0)
      if (header.length < headerBytes) continue
      const [type = 0, , , high = 0, low = 0] = header.splice(0)
      left = high * 256 + low
      isShort = isAsLongAsAlert(left)
      if (isShort) cut(Math.max(from, at - headerBytes))
      if (left === 0) ends = 'other'
      onType(type)
    }
    cut(chunk.length)
    return pieces
  }
}

function isAsLongAsAlert(bytes: number): boolean {
  const padding = bytes - alertBytes
  return padding >= 0 && padding % paddingBytes === 0 && padding <= mostPaddings * paddingBytes
}
