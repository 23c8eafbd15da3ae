import assert from 'node:assert/strict'
import fs, { type BigIntStats } from 'node:fs'
import { test } from 'node:test'
import { parseKey } from '../../../src/core/paths.ts'
import { diskEntries } from '../../../src/storage/drivers/disk/entries.ts'
import { fstat, lstat, type FileStats } from '../../../src/storage/drivers/disk/io/stats.ts'

const huge = 2n ** 63n + 1n

test('an inode that no number holds is told as a big integer, by name and by descriptor', (t) => {
  const { lstatSync, fstatSync } = fs
  const exact = { ino: huge } as BigIntStats
  const numbers = (stats: fs.Stats) => Object.assign(stats, { ino: Number(huge) })
  const isBig = (options: unknown) => (options as { bigint?: boolean } | undefined)?.bigint === true
  t.mock.method(fs, 'lstatSync', (path: string, options: unknown) =>
    isBig(options) ? exact : numbers(lstatSync(path)),
  )
  t.mock.method(fs, 'fstatSync', (fd: number, options: unknown) => (isBig(options) ? exact : numbers(fstatSync(fd))))
  assert.equal(lstat(import.meta.filename)?.ino, huge)
  assert.equal(fstat(0).ino, huge)
})

test('what is not there has no stats', () => {
  assert.equal(lstat(`${import.meta.filename}.missing`), null)
})

test('the unique facts of neighbouring inodes differ, small and huge, and so do those of two devices and two storages', () => {
  const stats = fs.statSync(import.meta.filename)
  const fact = (ino: number | bigint, dev = 7, salt = 'one') =>
    diskEntries(salt).file(parseKey('f'), Object.assign(Object.create(stats) as FileStats, { ino, dev })).unique
  const inodes = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n, huge, huge + 1n]
  const facts = [...inodes.map((ino) => fact(ino)), fact(1, 8), fact(1, 7, 'other')]
  assert.equal(new Set(facts).size, facts.length)
  for (const text of facts) assert.match(text, /^[0-9a-f]{16}$/)
  assert.equal(fact(5), fact(5n))
})
