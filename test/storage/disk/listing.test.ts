import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { rootKey } from '../../../src/core/paths.ts'
import { indexAfter, listingSnapshots } from '../../../src/storage/drivers/disk/list/snapshots.ts'
import { key, listed } from '../../contract/clause.ts'
import { openDisk } from '../../helpers/storages.ts'
import { turnedClock } from '../../helpers/turned-clock.ts'

function fill(directory: string, count: number): string[] {
  const names = Array.from({ length: count }, (_, i) => `n${String(i).padStart(4, '0')}`)
  for (const name of names) fs.writeFileSync(join(directory, name), 'x')
  return names
}

test('a folder is read once for all pages of a listing, and anew for the next listing', async (t) => {
  const { storage, directory } = await openDisk(t, { pageEntries: 10 })
  const names = fill(directory, 95)
  const readdir = t.mock.method(fs, 'readdirSync')
  const keys = async () => (await listed(storage, rootKey)).map((entry) => entry.key)
  assert.deepEqual(await keys(), names)
  assert.equal(readdir.mock.callCount(), 1)
  assert.deepEqual(await keys(), names)
  assert.equal(readdir.mock.callCount(), 2)
})

test('a listing goes on rightly when its names were forgotten in between', async (t) => {
  const clock = turnedClock()
  const { storage, directory } = await openDisk(t, { pageEntries: 10, services: { clock } })
  const names = fill(directory, 25)
  const first = await storage.list(rootKey)
  clock.turn(60_000)
  await storage.list(rootKey)
  fs.rmSync(join(directory, 'n0009'))
  fs.writeFileSync(join(directory, 'n0009a'), 'x')
  const second = await storage.list(rootKey, { cursor: first.next ?? '' })
  assert.deepEqual(
    second.entries.map((entry) => entry.key),
    ['n0009a', ...names.slice(10, 19)],
  )
})

test('a folder put in the place of another is read anew', async (t) => {
  const { storage, directory } = await openDisk(t, { pageEntries: 2 })
  fs.mkdirSync(join(directory, 'd'))
  fill(join(directory, 'd'), 4)
  const first = await storage.list(key('d'))
  fs.renameSync(join(directory, 'd'), join(directory, 'old'))
  fs.mkdirSync(join(directory, 'd'))
  fs.writeFileSync(join(directory, 'd', 'z'), 'x')
  const second = await storage.list(key('d'), { cursor: first.next ?? '' })
  assert.deepEqual(
    second.entries.map((entry) => entry.key),
    ['d/z'],
  )
})

test('a file that became a folder while it was being listed is told as what it is', async (t) => {
  const { storage, directory } = await openDisk(t, { pageEntries: 1 })
  fill(directory, 2)
  const first = await storage.list(rootKey)
  fs.rmSync(join(directory, 'n0001'))
  fs.mkdirSync(join(directory, 'n0001'))
  const second = await storage.list(rootKey, { cursor: first.next ?? '' })
  assert.equal(second.entries[0]?.kind, 'directory')
})

test('others get their turn while a long page is made', async (t) => {
  const { storage, directory } = await openDisk(t)
  fill(directory, 1000)
  let turns = 0
  let isDone = false
  const count = () => {
    turns++
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  await storage.list(rootKey)
  isDone = true
  assert.ok(turns >= 10, `${turns} turns`)
})

test('names kept for listings are forgotten when they are too many, or too old', () => {
  const clock = turnedClock()
  const snapshots = listingSnapshots({ maxNames: 10, maxMilliseconds: 1000, now: () => clock.monotonic() })
  const names = (count: number) => Array.from({ length: count }, String)
  const first = snapshots.keep({ folder: 'a', names: names(4) })
  const second = snapshots.keep({ folder: 'a', names: names(4) })
  assert.equal(snapshots.find(first, 'a')?.length, 4)
  assert.equal(snapshots.find(first, 'b'), null)
  const third = snapshots.keep({ folder: 'a', names: names(6) })
  assert.equal(snapshots.find(first, 'a'), null)
  assert.equal(snapshots.find(second, 'a')?.length, 4)
  clock.turn(1001)
  snapshots.keep({ folder: 'a', names: [] })
  assert.equal(snapshots.find(second, 'a'), null)
  assert.equal(snapshots.find(third, 'a'), null)
})

test('a page begins behind the name before, whether that still stands there or not', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.string(), (names, name) => {
      const sorted = names.toSorted()
      const wanted = sorted.findIndex((each) => each > name)
      assert.equal(indexAfter(sorted, name), wanted < 0 ? sorted.length : wanted)
    }),
  )
})
