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
import { clientTuning, settingsOf } from '../../object-storage/settings.ts'
import { defineDriver, type StorageServices } from '../../driver.ts'
import { cosOptions, type CosOptions } from './options.ts'

/** A bucket of Tencent COS, by its native interface: CRC64 of whole objects, its own signature. */
export const cos = defineDriver<CosOptions>({
  name: 'cos',
  options: cosOptions,
  async open(options, services) {
    const { prefix, parallelParts, hashes } = options
    const { memory: budget, logger, clock } = services
    const client = clientFor(options, services)
    return objectStorage({
      ...{ client, prefix, budget, parallelParts, hashNames: hashes, logger, clock },
      settingsFor: settingsOf(options),
      // Documented as eventually consistent.
      listsLate: true,
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

function clientFor(options: CosOptions, services: StorageServices): ObjectClient {
  const { bucket, region = '' } = options
  const { logger, clock } = services
  return objectClient({
    ...clientTuning(options),
    ...{ bucket, region, logger, clock },
    dialect: 'cos',
    endpoint: options.endpoint ?? `https://cos.${region}.myqcloud.com`,
    credentials: credentialSource(options, services),
  })
}

function credentialSource({ credentials }: CosOptions, { clock }: StorageServices): CredentialSource {
  if ('role' in credentials) return refreshedCredentials(cvmRole(httpClient(), { role: credentials.role }), clock)
  const { secretId, secretKey, token = null } = credentials
  return staticCredentials({ accessKey: secretId, secretKey, token })
}
