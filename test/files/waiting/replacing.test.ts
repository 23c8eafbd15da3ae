import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { held } from '../../helpers/bucket-storage.ts'
import { openBucket } from '../../storage/object-storage/open-bucket.ts'
import { at, scene, textOf, upload } from '../fixture.ts'

async function open(t: TestContext, quotaBytes: number | null = null) {
  const { double, storage } = await openBucket(t)
  const account = { temporaryNames: ['*.tmp'], quotaBytes }
  return { double, storage, ...scene({ account, storages: { main: storage } }) }
}

test('what stood under the temporary name is replaced by the upload, and does not come back after its rename', async (t) => {
  const { double, tree } = await open(t)
  await upload(tree, '/a.tmp', { text: 'older' })
  assert.equal(await textOf((await tree.read(at('/a.tmp'))).body), 'older')
  assert.deepEqual(held(double), { objects: { 'a.tmp': 5 }, unfinished: [] })
  await upload(tree, '/a.tmp', { text: 'new' })
  await tree.rename(at('/a.tmp'), at('/a'))
  assert.deepEqual(held(double), { objects: { a: 3 }, unfinished: [] })
})

test('nothing is stored beyond the quota by way of temporary names', async (t) => {
  const { double, tree } = await open(t, 100)
  for (let round = 0; round < 20; round++) {
    const name = `/${round}.tmp`
    try {
      await upload(tree, name, { text: 'x'.repeat(50) })
      await tree.read(at(name))
      await upload(tree, name, { text: '' })
      await tree.rename(at(name), at(`/${round}`))
    } catch {
      // Refused, as it should be sooner or later.
    }
  }
  const stored = Object.values(held(double).objects).reduce<number>((sum, bytes) => sum + bytes, 0)
  assert.ok(stored <= 100, `${stored} bytes are stored`)
})
