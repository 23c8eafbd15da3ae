import type { Clock } from '../../core/clock.ts'
import { childPath, type VirtualPath } from '../../core/paths.ts'
import type { TreeOptions } from '../file-tree.ts'
import { storedAt } from '../look.ts'
import type { MountedPlace } from '../mounts.ts'
import type { View } from '../view.ts'

/** `name.1`, `name.2`, … up to here; then the time tells names apart, so that a full folder does not cost ever more. */
const mostNumbered = 99

/**
 * The places STOU may try, in turn: the name itself, then numbered ones. A folder gets names inside it.
 */
export async function uniquePlaces(
  view: View,
  path: VirtualPath,
  options: TreeOptions,
): Promise<Iterator<MountedPlace, void>> {
  const place = view.table.locate(path)
  const isFolder = place.isFixed || (await storedAt(place, options))?.kind === 'directory'
  const stem = isFolder ? childPath(path, `upload-${timeStamp(view.clock)}`) : path
  return placesOf(view, uniqueNames(stem, view.clock))
}

function* placesOf(view: View, names: Iterable<VirtualPath>): Generator<MountedPlace, void> {
  for (const name of names) {
    const place = view.table.locate(name)
    if (place.mount !== null && !place.isFixed) yield { ...place, mount: place.mount }
  }
}

function* uniqueNames(stem: VirtualPath, clock: Clock): Generator<VirtualPath, void> {
  yield stem
  for (let number = 1; number <= mostNumbered; number++) yield `${stem}.${number}` as VirtualPath
  const timed = `${stem}.${timeStamp(clock)}`
  for (let number = 1; number <= mostNumbered; number++) yield `${timed}.${number}` as VirtualPath
}

/** Digits alone, to the millisecond. */
function timeStamp(clock: Clock): string {
  return clock.now().toISOString().replaceAll(/\D/g, '')
}
