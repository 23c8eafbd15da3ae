import { GatewayError } from '../../core/errors.ts'
import { hasControlCharacter, hasOddSegment, type ObjectKey } from '../../core/paths.ts'

/** Where this gateway keeps what nobody looks at. */
const hiddenFolder = '.sluice'

/** How keys of the storage stand in the bucket. Plain text: the client encodes it. */
export interface BucketKeys {
  /** The object of a file. @throws GatewayError 'permission-denied' below the hidden folder, 'invalid-path' when too long. */
  object(key: ObjectKey): string
  /** The prefix of everything below a directory, and the key of its marker; '' for the root of a whole bucket. */
  directory(key: ObjectKey): string
  /** The storage's key of an object's or a marker's, or null for one that is not ours to show. */
  shown(bucketKey: string): ObjectKey | null
  /** A key that no listing shows. */
  hidden(name: string): ObjectKey
  /** In front of all hidden keys. */
  readonly hiddenPrefix: string
  /** In front of every key. */
  readonly prefix: string
}

/** @param prefix without slashes at its ends; '' is the whole bucket. */
export function bucketKeys(prefix: string, mostKeyBytes: number): BucketKeys {
  const front = prefix === '' ? '' : `${prefix}/`
  const checked = (bucketKey: string): string => {
    if (Buffer.byteLength(bucketKey) > mostKeyBytes) throw new GatewayError('invalid-path', 'The name is too long.')
    return bucketKey
  }
  return {
    prefix: front,
    object(key) {
      if (key === hiddenFolder) throw denied()
      return checked(front + key)
    },
    directory: (key) => (key === '' ? front : checked(`${front}${key}/`)),
    shown(bucketKey) {
      const key = bucketKey.slice(front.length).replace(/\/$/, '')
      return isShown(key) ? (key as ObjectKey) : null
    },
    hidden: (name) => `${hiddenFolder}/parts/${name}` as ObjectKey,
    hiddenPrefix: `${front}${hiddenFolder}/`,
  }
}

/** @throws GatewayError 'permission-denied' for what no client may touch. */
export function refuseHidden(key: ObjectKey): void {
  if (key === hiddenFolder || key.startsWith(`${hiddenFolder}/`)) throw denied()
}

/** Keys that others made may be no path: such are never shown, so that no name leads to another thing than it says. */
function isShown(key: string): boolean {
  const isHidden = key === hiddenFolder || key.startsWith(`${hiddenFolder}/`)
  return !isHidden && !hasControlCharacter(key) && !hasOddSegment(key)
}

function denied(): GatewayError {
  return new GatewayError('permission-denied', 'This name is reserved.')
}
