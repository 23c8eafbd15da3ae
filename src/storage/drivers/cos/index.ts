import {
  refreshedCredentials,
  staticCredentials,
  type CredentialSource,
} from '../../object-http/credentials/credential-source.ts'
import { cvmRole } from '../../object-http/credentials/roles.ts'
import { httpClient } from '../../object-http/http/http-client.ts'
import { objectClient } from '../../object-http/object-client.ts'
import { objectStorage } from '../../object-storage/object-storage.ts'
import { clientTuning, settingsOf } from '../../object-storage/settings.ts'
import { defineDriver, type StorageServices } from '../../driver.ts'
import { cosOptions, type CosOptions } from './options.ts'

/** A bucket of Tencent COS, by its native interface: CRC64 of whole objects, its own signature. */
export const cos = defineDriver<CosOptions>({
  name: 'cos',
  options: cosOptions,
  async open(options, services) {
    const { bucket, prefix, parallelParts, hashes, region = '' } = options
    const { memory: budget, logger, clock } = services
    const client = objectClient({
      ...clientTuning(options),
      ...{ bucket, region, logger, clock },
      dialect: 'cos',
      endpoint: options.endpoint ?? `https://cos.${region}.myqcloud.com`,
      credentials: credentialSource(options, services),
    })
    return objectStorage({
      ...{ client, prefix, budget, parallelParts, hashNames: hashes, logger, clock },
      settingsFor: settingsOf(options),
      // Documented as eventually consistent.
      listsLate: true,
    })
  },
})

function credentialSource({ credentials }: CosOptions, { clock }: StorageServices): CredentialSource {
  if ('role' in credentials) return refreshedCredentials(cvmRole(httpClient(), { role: credentials.role }), clock)
  const { secretId, secretKey, token = null } = credentials
  return staticCredentials({ accessKey: secretId, secretKey, token })
}
