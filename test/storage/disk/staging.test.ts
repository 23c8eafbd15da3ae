import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseTicket } from '../../../src/storage/drivers/disk/upload/ticket.ts'
import { patternBytes } from '../../helpers/lending-body.ts'
import { body, content, key, put, staged, text } from '../../contract/clause.ts'
import { openDisk, type OpenedDisk } from '../../helpers/storages.ts'
import { turnedClock } from '../../helpers/turned-clock.ts'

const day = 24 * 3_600_000

function staging({ directory }: OpenedDisk): string[] {
  const folder = join(directory, '.sluice', 'staged')
  if (!fs.existsSync(folder)) return []
  return fs.readdirSync(folder).flatMap((instance) => fs.readdirSync(join(folder, instance)))
}

test('staging a small upload costs no file until it is published or kept', async (t) => {
  const disk = await openDisk(t)
  const upload = await staged(disk.storage, 'f', patternBytes(65_536))
  assert.deepEqual(staging(disk), [])
  assert.equal(upload.durableBytes, 65_536)
  await upload.suspend()
  assert.equal(staging(disk).length, 1)
  const again = await disk.storage.restage(upload.ticket)
  assert.equal(again?.durableBytes, 65_536)
  await again?.publish()
  assert.deepEqual(staging(disk), [])
})

test('a large upload lies under the root, where nobody sees it, until it is published', async (t) => {
  const disk = await openDisk(t)
  const upload = await staged(disk.storage, 'f', patternBytes(70_000))
  assert.deepEqual(staging(disk), [parseTicket(upload.ticket)?.id])
  assert.equal(fs.statSync(join(disk.directory, '.sluice')).mode & 0o777, 0o700)
  await upload.publish()
  assert.deepEqual(staging(disk), [])
})

test('the folder for staged files is made again when somebody has removed it', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f', 'one')
  fs.rmSync(join(disk.directory, '.sluice'), { recursive: true })
  await put(disk.storage, 'f', 'two')
  assert.equal(await text(disk.storage, 'f'), 'two')
})

test('a new file can be read by all and written by us, and an overwrite keeps what was set', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f')
  const mode = () => fs.statSync(join(disk.directory, 'f')).mode & 0o7777
  assert.equal(mode(), 0o644 & ~process.umask())
  fs.chmodSync(join(disk.directory, 'f'), 0o4750)
  await put(disk.storage, 'f', patternBytes(100_000))
  assert.equal(mode(), 0o750, 'other content is not run with rights of its owner')
})

test('a copy keeps time and permission bits', async (t) => {
  const { storage } = await openDisk(t)
  await put(storage, 'a')
  await storage.setMode?.(key('a'), 0o600)
  await storage.setModified?.(key('a'), new Date('2001-02-03T04:05:06Z'))
  const { modified, mode } = await storage.copy(key('a'), key('b'))
  assert.deepEqual([modified, mode], [new Date('2001-02-03T04:05:06Z'), 0o600])
})

test('no journal is asked: what a dead process left is found by looking', async (t) => {
  const disk = await openDisk(t)
  const tickets: string[] = []
  const upload = await disk.storage.stage(key('f'), { journal: async (ticket) => void tickets.push(ticket) })
  await upload.append(body(patternBytes(2_000_000)))
  assert.deepEqual(tickets, [])
  assert.equal(await (await disk.reopen()).sweep?.([]), 1)
  assert.deepEqual(staging(disk), [])
  await upload.discard()
})

test('an upload truncated before its start goes on from less of the old file', async (t) => {
  const disk = await openDisk(t)
  const old = patternBytes(2_000_000)
  await put(disk.storage, 'f', old)
  const upload = await disk.storage.stage(key('f'), { start: old.length })
  await upload.append(body(patternBytes(100_000)))
  await upload.truncate(1_500_000)
  assert.equal(upload.durableBytes, 1_500_000)
  await upload.suspend()
  const again = await disk.storage.restage(upload.ticket)
  await again?.append(body('tail'))
  await again?.publish()
  const wanted = Buffer.concat([old.subarray(0, 1_500_000), Buffer.from('tail')])
  assert.ok((await content(disk.storage, 'f')).equals(wanted))
})

test('an upload that is over does nothing more', async (t) => {
  const disk = await openDisk(t)
  const upload = await staged(disk.storage, 'f', 'x')
  await upload.publish()
  await assert.rejects(upload.append(body('y')), { code: 'not-found' })
  await assert.rejects(upload.publish(), { code: 'not-found' })
  await upload.suspend()
  await upload.discard()
  assert.equal(await text(disk.storage, 'f'), 'x')
})

test('a sweep leaves other gateways alone for a week, and their running uploads for longer', async (t) => {
  const clock = turnedClock(new Date())
  const disk = await openDisk(t, { services: { clock } })
  const folder = join(disk.directory, '.sluice', 'staged', 'another')
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(join(folder, 'old'), 'x')
  fs.writeFileSync(join(folder, 'running'), 'x')
  assert.equal(await disk.storage.sweep?.([]), 0)
  clock.turn(6 * day)
  assert.equal(await disk.storage.sweep?.([]), 0)
  clock.turn(2 * day)
  const touched = new Date(Date.now() + 7 * day)
  fs.utimesSync(join(folder, 'running'), touched, touched)
  assert.equal(await disk.storage.sweep?.([]), 1)
  assert.deepEqual(fs.readdirSync(folder), ['running'])
})

test('a ticket is understood only when it is one', () => {
  const ticket = { v: 1, id: 'abc', key: 'f', start: 0, base: null, ifAbsent: false, modified: null }
  assert.equal(parseTicket(JSON.stringify(ticket))?.key, 'f')
  for (const bad of [{ v: 2 }, { id: '../x' }, { id: '' }, { start: -1 }, { start: 0.5 }, { base: 7 }, { more: 1 }])
    assert.equal(parseTicket(JSON.stringify({ ...ticket, ...bad })), null)
})
