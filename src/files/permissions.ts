import type { Permission } from '../accounts/account.ts'
import { GatewayError } from '../core/errors.ts'
import type { VirtualPath } from '../core/paths.ts'
import type { MountedPlace, Place } from './mounts.ts'

/** What an account may do at one place. */
export type Rights = ReadonlySet<Permission>

/** What remains where nothing may be changed: in read-only mounts, and in the folders between mounts. */
const lookingOnly: readonly Permission[] = ['list', 'read']

/** The account's permissions as far as they reach at this place. */
export function rightsAt({ mount }: Pick<Place, 'mount'>, permissions: Rights): Rights {
  if (mount !== null && !mount.isReadOnly) return permissions
  return new Set(lookingOnly.filter((permission) => permissions.has(permission)))
}

/** One of these is enough. */
export function allowsAny(rights: Rights, ...wanted: readonly Permission[]): boolean {
  return wanted.some((permission) => rights.has(permission))
}

/**
 * Whether the account has eyes at all. Without `list` and `read` it must not learn from refusals what is there: a drop
 * box that may put new files hears one and the same answer to everything else.
 */
export function isBlind(permissions: Rights): boolean {
  return !allowsAny(permissions, 'list', 'read')
}

/** @throws GatewayError 'permission-denied', before anything is asked of a storage. */
export function requireAny(rights: Rights, path: VirtualPath, ...wanted: readonly Permission[]): void {
  if (!allowsAny(rights, ...wanted)) throw denied(path)
}

/** What is changed lies inside a mount. @throws GatewayError 'permission-denied'. */
export function requireMounted(place: Place): asserts place is MountedPlace {
  if (place.mount === null) throw denied(place.path)
}

export function denied(path: VirtualPath, cause?: unknown): GatewayError {
  return new GatewayError('permission-denied', `${path}: Permission denied.`, { cause })
}
