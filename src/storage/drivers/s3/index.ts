import { randomUUID } from 'node:crypto'
import { dialects, type Dialect } from '../../object-http/dialects.ts'
import { objectClient } from '../../object-http/object-client.ts'
import { examineBucket } from '../../object-storage/examining/examine.ts'
import { objectStorage } from '../../object-storage/object-storage.ts'
import { clientTuning, restoresOf, settingsOf, verifiesReads } from '../../object-storage/settings.ts'
import { defineDriver, type StorageServices } from '../../driver.ts'
import { credentialSource } from './credentials.ts'
import { askDialect, dialectOfHost } from './detect.ts'
import { s3Options, type S3Options } from './options.ts'

/** How long the start waits for a store to say what it is. */
const detectMilliseconds = 3_000

/** A bucket of an S3-compatible store. */
export const s3 = defineDriver<S3Options>({
  name: 's3',
  options: s3Options,
  async open(options, services) {
    const name = await dialectOf(options, services)
    services.logger.info('object store', { storage: services.name, dialect: name })
    const { prefix, parallelParts, hashes } = options
    const { memory: budget, logger, clock } = services
    return objectStorage({
      client: clientFor(options, services, dialects[name]),
      ...{ prefix, budget, parallelParts, hashNames: hashes, logger, clock },
      settingsFor: settingsOf(options),
      restores: restoresOf(options),
      kept: services.times ? { times: services.times, storage: services.name } : null,
      verifiesReads: verifiesReads(options, endpointOf(options)),
      // Every store with this interface that is known lists at once what it has stored, but nobody has promised it.
      listsLate: name === 'generic' || name === 'swift',
    })
  },
  async examine(options, services) {
    const dialect = dialects[await dialectOf(options, services)]
    const client = clientFor(options, services, dialect)
    const bold = clientFor(options, services, { ...dialect, ifAbsent: 'if-none-match' })
    try {
      return await examineBucket({ client, bold, prefix: options.prefix, token: randomUUID() })
    } finally {
      client.close()
      bold.close()
    }
  },
})

type Known = Exclude<S3Options['dialect'], 'auto'>

async function dialectOf(options: S3Options, services: StorageServices): Promise<Known> {
  return options.dialect === 'auto' ? await detected(options, services) : options.dialect
}

async function detected(options: S3Options, services: StorageServices): Promise<Known> {
  const known = dialectOfHost(options.endpoint)
  if (known !== null && known !== 'cos') return known
  const client = clientFor(options, services, dialects.generic)
  const told = await askDialect(client, detectMilliseconds)
  client.close()
  return told === 'cos' ? 'generic' : told
}

function endpointOf({ endpoint, region }: S3Options): string {
  return endpoint ?? `https://s3.${region}.amazonaws.com`
}

function clientFor(options: S3Options, { logger, clock }: StorageServices, dialect: Dialect) {
  const { bucket, region, addressing } = options
  return objectClient({
    ...clientTuning(options),
    ...{ bucket, region, logger, clock },
    ...(addressing !== undefined && { addressing }),
    dialect,
    endpoint: endpointOf(options),
    credentials: credentialSource(options, { environment: process.env, clock }),
  })
}
