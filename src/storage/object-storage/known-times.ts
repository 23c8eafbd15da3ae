import { newestMap } from '../../core/newest-map.ts'
import type { ObjectKey } from '../../core/paths.ts'

/**
 * Times that files bear in their metadata, which listings do not tell. Those that this process has written or met are
 * remembered for the content they belong to, so that a listing costs no request for each file.
 */
export interface KnownTimes {
  note(key: ObjectKey, version: string, modified: Date): void
  of(key: ObjectKey, version: string): Date | null
}

export function knownTimes(most: number): KnownTimes {
  const known = newestMap<ObjectKey, { readonly version: string; readonly modified: Date }>(most)
  return {
    note: (key, version, modified) => void known.set(key, { version, modified }),
    of(key, version) {
      const found = known.get(key)
      return found?.version === version ? found.modified : null
    },
  }
}
