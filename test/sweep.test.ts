import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../src/core/clock.ts'
import type { ObjectKey } from '../src/core/paths.ts'
import { silentLogger } from '../src/core/logger.ts'
import { uploadOptions } from '../src/files/upload-options.ts'
import { openState } from '../src/state/database.ts'
import { sqlFileTimes } from '../src/state/file-times.ts'
import { sqlQuotaLedger } from '../src/state/quota.ts'
import { sqlStagedUploads } from '../src/state/staged-uploads-sql.ts'
import { diskStorage } from '../src/storage/drivers/disk/storage.ts'
import { sweepStorages } from '../src/sweep.ts'
import { services } from './helpers/storages.ts'
import { temporaryFolder } from './helpers/temporary-folder.ts'
import { until } from './helpers/until.ts'
import { waitingUploads } from './helpers/waiting-uploads.ts'

/** A disk storage with one staged file that nobody has a ticket for, and a state that answers when it is told to. */
async function scene(t: TestContext) {
  const folder = temporaryFolder(t)
  const directory = join(folder, 'files')
  const worker = diskStorage({ directory, sync: false }, { ...services, instance: 'one' })
  t.after(() => worker.close())
  const upload = await worker.stage('f' as ObjectKey)
  await upload.append(lentBytes(100_000))
  const database = await openState({ directory: join(folder, 'state') })
  t.after(() => database.close())
  const lines = sqlStagedUploads(database, { owner: 'main', clock: systemClock })
  const answer = Promise.withResolvers<void>()
  let asked = 0
  const options = {
    storages: { files: { driver: 'disk', options: { directory, sync: false } } },
    staged: {
      ...lines,
      async all(...question: Parameters<typeof lines.all>) {
        asked++
        await answer.promise
        return lines.all(...question)
      },
    },
    waiting: waitingUploads(systemClock),
    quota: sqlQuotaLedger(database, { owner: 'main' }),
    times: sqlFileTimes(database),
    uploads: uploadOptions.parse({}),
    mayResume: () => false,
    ...{ instance: 'one', logger: silentLogger, clock: systemClock },
  }
  const isLeft = () => globSync(join(directory, '.sluice/staged/*/*')).length === 1
  assert.ok(isLeft())
  return { isLeft, answer, options, asked: () => asked }
}

async function* lentBytes(length: number): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(length)
}

test('what an earlier run has left staged is removed before the start is over', async (t) => {
  const { isLeft, answer, options } = await scene(t)
  answer.resolve()
  const sweeper = await sweepStorages(options)
  t.after(() => sweeper.close())
  assert.equal(isLeft(), false)
})

test('a state that answers after the start is over makes nobody remove what may be running by then', async (t) => {
  const { isLeft, answer, options, asked } = await scene(t)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const sweeping = sweepStorages(options)
  while (asked() === 0) await new Promise((resolve) => setImmediate(resolve))
  t.mock.timers.tick(5_000)
  const sweeper = await sweeping
  t.mock.timers.reset()
  answer.resolve()
  // Asked again for what the sweep does behind the storages: they are done with.
  await until('the sweep went on', () => asked() > 2)
  assert.equal(isLeft(), true)
  await sweeper.close()
})
