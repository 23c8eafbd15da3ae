import type { DialectName } from '../../object-http/dialects.ts'
import type { ObjectClient } from '../../object-http/object-client.ts'

/** The store's kind by the host name of its endpoint; null when the name tells nothing. */
export function dialectOfHost(endpoint: string | undefined): DialectName | null {
  if (endpoint === undefined) return 'aws'
  const { hostname } = new URL(endpoint)
  if (/\.amazonaws\.com(\.cn)?$/.test(hostname)) return 'aws'
  return hostname.endsWith('.r2.cloudflarestorage.com') ? 'r2' : null
}

const servers: readonly (readonly [RegExp, DialectName])[] = [
  [/versitygw/i, 'versitygw'],
  [/minio/i, 'minio'],
  [/amazons3/i, 'aws'],
  [/cloudflare/i, 'r2'],
  [/^swift$/i, 'swift'],
]

/**
 * What the store says of itself. One that is not known, or does not answer now, is taken for `generic`, which asks for
 * nothing that not every store has.
 */
export async function askDialect(client: ObjectClient, milliseconds: number): Promise<DialectName> {
  try {
    const { server } = await client.headBucket({ signal: AbortSignal.timeout(milliseconds) })
    return servers.find(([pattern]) => pattern.test(server ?? ''))?.[1] ?? 'generic'
  } catch {
    // Starting must not depend on the store; what is wrong is told by the first request that needs it.
    return 'generic'
  }
}
