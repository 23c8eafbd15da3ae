import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { GatewayError } from '../../src/core/errors.ts'
import { rootKey, type ObjectKey } from '../../src/core/paths.ts'
import { sortKey } from '../../src/core/key-order.ts'
import type { Storage } from '../../src/storage/contract.ts'
import { memoryStorage } from '../../src/storage/drivers/memory/index.ts'
import { listAhead, walk, type WalkOptions } from '../../src/storage/walk.ts'
import { key, put } from '../contract/clause.ts'

async function tree(): Promise<Storage> {
  const storage = memoryStorage(systemClock, { pageEntries: 2 })
  for (const at of ['a', 'a/x', 'a/x/y', 'b', 'b.d']) await storage.makeDirectory(key(at))
  for (const at of ['0', 'a/1', 'a/x/2', 'a/x/y/3', 'a/z', 'b.d/4', 'c']) await put(storage, at)
  return storage
}

async function walked(storage: Storage, directory: ObjectKey, options: WalkOptions = {}): Promise<string[]> {
  const found: string[] = []
  for await (const entry of walk(storage, directory, options)) found.push(sortKey(entry))
  return found
}

test('a walk names everything below a directory, each directory before what it holds', async () => {
  const storage = await tree()
  const below = ['a/1', 'a/x/', 'a/x/2', 'a/x/y/', 'a/x/y/3', 'a/z']
  assert.deepEqual(await walked(storage, rootKey), ['0', 'a/', ...below, 'b.d/', 'b.d/4', 'b/', 'c'])
  assert.deepEqual(await walked(storage, key('a')), below)
})

test('a walk into the depth lets others have their turns', async () => {
  const storage = memoryStorage(systemClock)
  for (let depth = 1; depth <= 150; depth++) await storage.makeDirectory(key(Array(depth).fill('d').join('/')))
  let turns = 0
  let next = setImmediate(function count() {
    turns++
    next = setImmediate(count)
  })
  assert.equal((await walked(storage, rootKey)).length, 150)
  clearImmediate(next)
  assert.ok(turns > 5, `${turns} turns`)
})

test('a walk for removing names each directory after what it holds', async () => {
  const storage = await tree()
  const found = await walked(storage, key('a'), { directories: 'last' })
  assert.deepEqual(found, ['a/1', 'a/x/2', 'a/x/y/3', 'a/x/y/', 'a/x/', 'a/z'])
  for await (const entry of walk(storage, rootKey, { directories: 'last' })) {
    if (entry.kind === 'file') await storage.remove(entry.key)
    else await storage.removeDirectory(entry.key)
  }
  assert.deepEqual(await walked(storage, rootKey), [])
})

test('a walk asks for a page only when it is needed', async () => {
  const inner = await tree()
  let pages = 0
  const storage = { ...inner, list: (...given: Parameters<Storage['list']>) => (pages++, inner.list(...given)) }
  for await (const entry of walk(storage, rootKey)) if (entry.key === 'a/1') break
  assert.equal(pages, 2)
})

test('a listing asks for one page more than is read, and gives that up when nobody wants it', async () => {
  const inner = await tree()
  let pages = 0
  let last: AbortSignal | undefined
  const storage: Storage = {
    ...inner,
    async list(directory, options) {
      pages++
      last = options?.signal
      return await inner.list(directory, options)
    },
  }
  for await (const page of listAhead(storage, rootKey)) {
    assert.equal(page.length, 2)
    assert.equal(pages, 2)
    assert.equal(last?.aborted, false)
    break
  }
  assert.equal(pages, 2)
  assert.equal(last?.aborted, true)
})

test('a listing gives the pages of a directory in their order, and ends with the error of one that fails', async () => {
  const inner = await tree()
  const given: string[][] = []
  for await (const page of listAhead(inner, rootKey)) given.push(page.map(sortKey))
  assert.deepEqual(given, [['0', 'a/'], ['b.d/', 'b/'], ['c']])
  const failing: Storage = {
    ...inner,
    async list(directory, options) {
      if (options?.cursor !== undefined) throw new GatewayError('unavailable', 'The store is gone.')
      return await inner.list(directory, options)
    },
  }
  const seen: number[] = []
  await assert.rejects(
    async () => {
      for await (const page of listAhead(failing, rootKey)) seen.push(page.length)
    },
    { code: 'unavailable' },
  )
  assert.deepEqual(seen, [2])
})

test('a directory that leads back to one above it is named, and not entered', async () => {
  const inner = await tree()
  const root = await inner.stat(rootKey)
  const storage: Storage = {
    ...inner,
    async list(directory, options) {
      const page = await inner.list(directory, options)
      const entries = page.entries.map((entry) =>
        entry.key === 'a/x' ? { ...entry, unique: root?.unique ?? '' } : entry,
      )
      return { ...page, entries }
    },
  }
  assert.deepEqual(await walked(storage, key('a')), ['a/1', 'a/x/', 'a/x/2', 'a/x/y/', 'a/x/y/3', 'a/z'])
  assert.ok(!(await walked(storage, rootKey)).includes('a/x/2'))
})

test('a page that fails ends the walk with its error', async () => {
  const storage = await tree()
  await assert.rejects(walked(storage, key('x')), { code: 'not-found' })
  await assert.rejects(walked(storage, rootKey, { signal: AbortSignal.abort() }), { code: 'aborted' })
})
