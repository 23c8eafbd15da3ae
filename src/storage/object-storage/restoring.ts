import { isGatewayError } from '../../core/errors.ts'
import { rootKey, type ObjectKey } from '../../core/paths.ts'
import type { RestoreOptions, RestoreState } from '../contract.ts'
import { storeErrorOf } from '../object-http/errors.ts'
import { refuseHidden } from './bucket-keys.ts'
import { headFile, isDirectory } from './looking.ts'
import type { ObjectStorageParts } from './parts.ts'
import { refusal } from '../refusal.ts'

export interface RestoreDefaults {
  readonly days: number
  /** How fast, and at what price. */
  readonly tier: 'Expedited' | 'Standard' | 'Bulk'
}

/** Asks the archive for a copy that can be read for a while. What is no archived object can be read as it is. */
export async function restore(
  parts: ObjectStorageParts,
  key: ObjectKey,
  { days, tier, ...call }: RestoreDefaults & Omit<RestoreOptions, 'days'>,
): Promise<RestoreState> {
  refuseHidden(key)
  if (key === rootKey) throw refusal('is-directory')
  const facts = await headFile(parts, key, call)
  if (facts === null) throw (await isDirectory(parts, key, call)) ? refusal('is-directory') : refusal('not-found')
  if (facts.restore?.includes('ongoing-request="true"') === true) return 'under-way'
  try {
    await parts.client.restoreObject(parts.keys.object(key), { days, tier, ...call })
  } catch (error) {
    const word = isGatewayError(error, 'conflict') ? storeErrorOf(error)?.code : null
    if (word === 'RestoreAlreadyInProgress') return 'under-way'
    if (word === 'InvalidObjectState' || word === 'ObjectAlreadyInActiveTierError') return 'readable'
    throw error
  }
  // Asked again of one that is restored, the store only keeps it longer.
  return facts.restore === null ? 'requested' : 'readable'
}
