import type { Clock } from '../../../core/clock.ts'
import type { Credentials } from '../signing/signer.ts'

/** Where the credentials of a store come from. */
export interface CredentialSource {
  /** Those that are valid now; asked for before each request. @throws GatewayError 'unavailable', 'aborted'. */
  get(signal?: AbortSignal): Promise<Credentials>
  /** The store says they have ended: the next `get` fetches others. False: there never will be others. */
  renew(): boolean
}

/** From the configuration. */
export function staticCredentials(credentials: Omit<Credentials, 'expires'>): CredentialSource {
  const all = { ...credentials, expires: null }
  return { get: async () => all, renew: () => false }
}

/** New ones are fetched this long before the old ones end, in the background; and at the latest a minute before. */
const earlyMilliseconds = 5 * 60_000
const lateMilliseconds = 60_000

/** Keeps what `fetch` brings until shortly before it ends. However many ask, one fetches. */
export function refreshedCredentials(fetch: () => Promise<Credentials>, clock: Clock): CredentialSource {
  let held: Credentials | null = null
  let fetching: Promise<Credentials> | null = null

  function refresh(): Promise<Credentials> {
    fetching ??= fetch()
      .then((credentials) => (held = credentials))
      .finally(() => (fetching = null))
    return fetching
  }

  async function get(): Promise<Credentials> {
    if (held === null) return await refresh()
    if (held.expires === null) return held
    const left = held.expires.getTime() - clock.now().getTime()
    if (left < lateMilliseconds) return await refresh()
    // Still good: who asks does not wait, and does not hear of a failure while there is time to try again.
    if (left < earlyMilliseconds) refresh().catch(() => {})
    return held
  }

  return {
    get,
    renew() {
      held = null
      return true
    },
  }
}
