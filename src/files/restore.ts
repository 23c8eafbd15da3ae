import type { VirtualPath } from '../core/paths.ts'
import { GatewayError } from '../core/errors.ts'
import type { RestoreState } from '../storage/contract.ts'
import type { TreeOptions } from './file-tree.ts'
import { requireFilePlace } from './look.ts'
import { requireAny } from './permissions.ts'
import type { View } from './view.ts'

/**
 * SITE RESTORE. It shows nothing that `read` does not, and costs money as an upload does: it takes both rights.
 * @throws GatewayError 'permission-denied', 'not-found', 'is-directory', 'unsupported' where there is no archive.
 */
export async function restoreFile(
  view: View,
  path: VirtualPath,
  options: TreeOptions & { readonly days?: number },
): Promise<RestoreState> {
  const place = view.table.locate(path)
  const rights = view.rightsAt(place)
  requireAny(rights, path, 'read')
  requireAny(rights, path, 'write', 'overwrite')
  requireFilePlace(place)
  const { restore } = place.mount.storage
  if (restore === undefined) throw new GatewayError('unsupported', `${path}: There is no archive here.`)
  const state = await restore(place.key, options)
  view.logger.info('restore asked for', { path, state })
  return state
}
