import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { rootKey } from '../../src/core/paths.ts'
import { cos } from '../../src/storage/drivers/cos/index.ts'
import { cosOptions, type CosOptions } from '../../src/storage/drivers/cos/options.ts'
import type { Storage } from '../../src/storage/contract.ts'
import { walk } from '../../src/storage/walk.ts'
import { services } from './storages.ts'

/** The bucket that `SLUICE_TEST_COS_*` names, with its keys; null when they are not set. */
export function namedCosBucket(environment: NodeJS.ProcessEnv = process.env): Omit<CosOptions, 'prefix'> | null {
  const of = (name: string) => environment[`SLUICE_TEST_COS_${name}`]
  const bucket = of('BUCKET')
  if (bucket === undefined) return null
  return cosOptions.parse({
    bucket,
    region: of('REGION'),
    endpoint: of('ENDPOINT'),
    credentials: { secretId: of('SECRET_ID'), secretKey: of('SECRET_KEY'), token: of('TOKEN') },
  })
}

/** Opens a place of its own in that bucket, any number of times. What the test leaves there is removed with it. */
export function realCos(t: TestContext, bucket: Omit<CosOptions, 'prefix'>): () => Promise<Storage> {
  const prefix = `sluice-test-${randomUUID()}/`
  const open = () => cos.open({ ...bucket, prefix }, services)
  t.after(async () => {
    const storage = await open()
    for await (const { kind, key } of walk(storage, rootKey, { directories: 'last' }))
      await (kind === 'file' ? storage.remove(key) : storage.removeDirectory(key).catch(() => {}))
    await storage.sweep?.([], { before: new Date(Date.now() + 60_000) })
    await storage.close()
  })
  return async () => {
    const storage = await open()
    t.after(() => storage.close())
    return storage
  }
}
