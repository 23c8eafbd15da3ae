import { newestMap } from '../../core/newest-map.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { KeptTime } from '../driver.ts'
import type { TimesBehind } from './kept-times.ts'

/**
 * Times that files bear in their metadata, which listings do not tell. Those that were written or met are remembered for the
 * content they belong to, so that a listing costs no request for each file.
 */
export interface KnownTimes {
  /** The file was written with this time; with null, it bears none of its own. */
  note(key: ObjectKey, version: string, modified: Date | null): void
  /** The file was looked at, and bears this time. */
  meet(key: ObjectKey, version: string, modified: Date | null): void
  /** A directory's marker, whose time the store tells: remembered here only. */
  noteHere(key: ObjectKey, version: string, modified: Date): void
  of(key: ObjectKey, version: string): Date | null
  /** Takes over what all processes have noted of these files. Never throws. */
  load(files: readonly FileVersion[]): Promise<void>
  /** What was noted is kept. Never throws. */
  settled(): Promise<void>
}

export interface FileVersion {
  readonly key: ObjectKey
  readonly version: string
}

/** `most` are remembered in this process; all others are in `behind`, where there is such. */
export function knownTimes(most: number, behind: TimesBehind | null = null): KnownTimes {
  const known = newestMap<ObjectKey, KeptTime>(most)

  function of(key: ObjectKey, version: string): Date | null {
    const found = known.get(key)
    return found?.version === version ? found.modified : null
  }

  function note(key: ObjectKey, version: string, modified: Date | null): void {
    const time = modified === null ? null : { version, modified }
    if (time === null) known.delete(key)
    else known.set(key, time)
    behind?.note(key, time)
  }

  return {
    ...{ of, note },
    noteHere: (key, version, modified) => void known.set(key, { version, modified }),
    meet(key, version, modified) {
      if (of(key, version)?.getTime() !== modified?.getTime()) note(key, version, modified)
    },
    async load(files) {
      // What this process knows better: it is still to be written, or is noted while the answer is on its way.
      const asked = files.filter(({ key }) => behind?.isPending(key) === false)
      const before = asked.map(({ key }) => known.get(key))
      const found = asked.length === 0 ? null : await behind?.find(asked.map(({ key }) => key))
      if (!found) return
      for (const [index, { key, version }] of asked.entries()) {
        if (known.get(key) !== before[index]) continue
        const time = found.get(key)
        if (time !== undefined && time.version === version) known.set(key, time)
        else known.delete(key)
      }
    },
    settled: async () => behind?.settled(),
  }
}
