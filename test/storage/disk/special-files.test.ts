import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger, type LogFields } from '../../../src/core/logger.ts'
import { rootKey } from '../../../src/core/paths.ts'
import { decodeName, folderNames, readFolderByStat } from '../../../src/storage/drivers/disk/list/names.ts'
import { key, listed, put, refused } from '../../contract/clause.ts'
import { openDisk } from '../../helpers/storages.ts'

test('pipes and sockets are left out, and reading them fails at once', async (t) => {
  const { storage, directory } = await openDisk(t)
  execFileSync('mkfifo', [join(directory, 'pipe')])
  const server = net.createServer().listen(join(directory, 'socket'))
  await once(server, 'listening')
  t.after(() => server.close())
  fs.symlinkSync('pipe', join(directory, 'link'))
  await put(storage, 'file')
  assert.deepEqual(
    (await listed(storage, rootKey)).map((entry) => entry.key),
    ['file'],
  )
  for (const at of ['pipe', 'socket', 'link']) {
    assert.equal(await storage.stat(key(at)), null)
    await refused(storage.read(key(at)), 'not-found')
    await refused(storage.list(key(at)), 'not-found')
    await refused(storage.remove(key(at)), 'not-found')
    await refused(storage.copy(key(at), key('mine')), 'not-found')
    await refused(storage.stage(key(at)), 'permission-denied')
    await refused(storage.removeDirectory(key(at)), 'not-found')
  }
})

test('names that would forge lines or are no UTF-8 are left out, and counted once for each listing', async (t) => {
  const warnings: (LogFields | undefined)[] = []
  const logger = { ...silentLogger, warn: (_: string, fields?: LogFields) => void warnings.push(fields) }
  const { storage, directory } = await openDisk(t, { pageEntries: 2, services: { logger } })
  const bad = [Buffer.from('a\nb'), Buffer.from('c\x7f'), Buffer.from([0xff, 0x61]), Buffer.from([0xed, 0xa0, 0x80])]
  for (const name of bad) fs.writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), name]), 'x')
  const good = ['\u{fffd}', 'ä', 'z', '0', '日本']
  for (const name of good) await put(storage, name)
  assert.deepEqual(new Set((await listed(storage, rootKey)).map((entry) => entry.key)), new Set(good))
  assert.deepEqual(warnings, [{ unshowable: 4 }])
})

test('a name is decoded as it stands, and never repaired', () => {
  const bytes = (text: string) => Buffer.from(text).toString('latin1')
  for (const name of ['a', 'ä', '\u{feff}x', '\u{fffd}', '\u{1f600}', ' ']) assert.equal(decodeName(bytes(name)), name)
  for (const name of ['\xff', '\xc0\xaf', 'a\0', '\x1b[1m', '\xf0\x9f']) assert.equal(decodeName(name), null)
})

test('a folder on a disk that tells no types is read alike', async (t) => {
  const { directory } = await openDisk(t)
  fs.mkdirSync(join(directory, 'dä'))
  fs.writeFileSync(join(directory, 'fä'), 'x')
  fs.symlinkSync('fä', join(directory, 'l'))
  const kinds = readFolderByStat(directory).map((entry) => {
    return [decodeName(entry.name), entry.isDirectory(), entry.isFile(), entry.isSymbolicLink()]
  })
  const wanted = [
    ['dä', true, false, false],
    ['fä', false, true, false],
    ['l', false, false, true],
  ]
  assert.deepEqual(new Set(kinds), new Set(wanted))
  t.mock.method(fs, 'readdirSync', readdirWithoutTypes(fs.readdirSync))
  assert.equal(folderNames(directory, () => 'file').sorted.length, 3)
})

/** What Node does where a type is unknown: it asks for a name that was not decoded. */
function readdirWithoutTypes(readdir: typeof fs.readdirSync) {
  return (path: string, options: { withFileTypes?: boolean } | 'latin1') => {
    if (typeof options === 'object' && options.withFileTypes === true)
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return readdir(path, 'latin1')
  }
}
