import { randomUUID } from 'node:crypto'
import {
  refreshedCredentials,
  staticCredentials,
  type CredentialSource,
} from '../../object-http/credentials/credential-source.ts'
import { cvmRole } from '../../object-http/credentials/roles.ts'
import { httpClient } from '../../object-http/http/http-client.ts'
import { objectClient, type ObjectClient } from '../../object-http/object-client.ts'
import { examineBucket } from '../../object-storage/examining/examine.ts'
import { objectStorage } from '../../object-storage/object-storage.ts'
import { clientTuning, restoresOf, settingsOf, verifiesReads } from '../../object-storage/settings.ts'
import { defineDriver, type StorageServices } from '../../driver.ts'
import { cosOptions, type CosOptions } from './options.ts'
import { otherDomain } from './other-domain.ts'

/** A bucket of Tencent COS, by its native interface: CRC64 of whole objects, its own signature. */
export const cos = defineDriver<CosOptions>({
  name: 'cos',
  options: cosOptions,
  async open(options, services) {
    const { prefix, parallelParts, hashes } = options
    const { memory: budget, logger, clock } = services
    const client = clientFor(options, services)
    const renamesNatively = await hasDirectories(options, client)
    if (renamesNatively) logger.info('the bucket has metadata acceleration', { storage: services.name })
    return objectStorage({
      ...{ client, prefix, budget, parallelParts, hashNames: hashes, logger, clock },
      settingsFor: settingsOf(options),
      restores: restoresOf(options),
      kept: services.times ? { times: services.times, storage: services.name } : null,
      verifiesReads: verifiesReads(options, endpointOf(options)),
      // Documented as eventually consistent.
      listsLate: true,
      renamesNatively,
    })
  },
  async examine(options, services) {
    const client = clientFor(options, services)
    try {
      return await examineBucket({ client, bold: client, prefix: options.prefix, token: randomUUID() })
    } finally {
      client.close()
    }
  },
})

/** How long the start waits for the bucket to say what it is. */
const askMilliseconds = 3_000

async function hasDirectories({ metadataAcceleration }: CosOptions, client: ObjectClient): Promise<boolean> {
  if (metadataAcceleration !== 'auto') return metadataAcceleration === 'on'
  try {
    return (await client.headBucket({ signal: AbortSignal.timeout(askMilliseconds) })).hasDirectories
  } catch {
    // Starting must not depend on the store. Without an answer it is the usual kind; what is wrong the first request tells.
    return false
  }
}

function endpointOf({ endpoint, region = '' }: CosOptions): string {
  return endpoint ?? `https://cos.${region}.myqcloud.com`
}

function clientFor(options: CosOptions, services: StorageServices): ObjectClient {
  const { bucket, region = '', switchDomain } = options
  const { logger, clock } = services
  const endpoint = endpointOf(options)
  return objectClient({
    ...clientTuning(options),
    ...{ bucket, region, logger, clock },
    dialect: 'cos',
    ...{ endpoint, otherEndpoint: switchDomain ? otherDomain(endpoint) : null },
    credentials: credentialSource(options, services),
  })
}

function credentialSource({ credentials }: CosOptions, { clock }: StorageServices): CredentialSource {
  if ('role' in credentials) return refreshedCredentials(cvmRole(httpClient(), { role: credentials.role }), clock)
  const { secretId, secretKey, token = null } = credentials
  return staticCredentials({ accessKey: secretId, secretKey, token })
}
