import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { rootKey } from '../../../src/core/paths.ts'
import { patternBytes } from '../../helpers/lending-body.ts'
import { body, content, key, listed, put, refused, text } from '../../contract/clause.ts'
import { openDisk, type OpenedDisk } from '../../helpers/storages.ts'

const MiB = 1_048_576
const large = patternBytes(2 * MiB + 5)

/** Everything that lies in the folders for staged files. */
function left({ directory }: OpenedDisk): string[] {
  const staged = join(directory, '.sluice', 'staged')
  return fs.readdirSync(staged).flatMap((instance) => fs.readdirSync(join(staged, instance)))
}

async function append(disk: OpenedDisk, start: number, tail: Uint8Array | string) {
  const upload = await disk.storage.stage(key('f'), { start })
  try {
    await upload.append(body(tail))
    return await upload.publish()
  } catch (error) {
    await upload.discard()
    throw error
  }
}

/** Lets the n-th write from now on fail, as a full disk does: with a part of it written. */
function failWrites(t: TestContext, nth: number, code = 'ENOSPC') {
  let count = 0
  const failure = () => Object.assign(new Error(code), { code })
  const { write, writeSync } = fs
  t.mock.method(fs, 'writeSync', (...given: [number, Buffer, number, number, number]) => {
    if (++count < nth) return writeSync(...given)
    writeSync(given[0], given[1], given[2], Math.floor(given[3] / 2), given[4])
    throw failure()
  })
  t.mock.method(fs, 'write', (...given: [number, Buffer, number, number, number, (error: Error | null) => void]) => {
    if (++count < nth) write(...given)
    else queueMicrotask(() => given[5](failure()))
  })
}

test('a small file that grows is replaced at once, by a new one', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f', 'old')
  const before = fs.statSync(join(disk.directory, 'f')).ino
  const open = await disk.storage.read(key('f'))
  await append(disk, 3, ' and new')
  assert.equal(await text(disk.storage, 'f'), 'old and new')
  assert.notEqual(fs.statSync(join(disk.directory, 'f')).ino, before)
  await open.close()
})

test('a large file grows in its place, and nothing is left of the record', async (t) => {
  for (const sync of [true, false]) {
    const disk = await openDisk(t, { sync })
    await put(disk.storage, 'f', large)
    await disk.storage.setMode?.(key('f'), 0o600)
    const before = fs.statSync(join(disk.directory, 'f')).ino
    for (const tail of ['small', patternBytes(MiB, 7)]) {
      const present = await content(disk.storage, 'f')
      const entry = await append(disk, present.length, tail)
      assert.equal(entry.bytes, present.length + tail.length)
      assert.deepEqual(await disk.storage.stat(key('f')), entry)
      assert.ok((await content(disk.storage, 'f')).equals(Buffer.concat([present, Buffer.from(tail)])))
    }
    assert.equal(fs.statSync(join(disk.directory, 'f')).ino, before)
    assert.equal(fs.statSync(join(disk.directory, 'f')).mode & 0o777, 0o600)
    assert.deepEqual(left(disk), [])
  }
})

test('a tail longer than what stands before it is not appended but replaces at once', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f', large)
  const before = fs.statSync(join(disk.directory, 'f')).ino
  const tail = patternBytes(large.length + 1, 3)
  await append(disk, large.length, tail)
  assert.ok((await content(disk.storage, 'f')).equals(Buffer.concat([large, tail])))
  assert.notEqual(fs.statSync(join(disk.directory, 'f')).ino, before)
})

test('a large file that goes on before its end is cut only when it is published', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f', large)
  const upload = await disk.storage.stage(key('f'), { start: MiB + 3 })
  await upload.append(body('tail'))
  assert.ok((await content(disk.storage, 'f')).equals(large))
  await upload.publish()
  assert.ok((await content(disk.storage, 'f')).equals(Buffer.concat([large.subarray(0, MiB + 3), Buffer.from('tail')])))
})

for (const [how, present, start] of [
  ['small', patternBytes(1000), 1000],
  ['large', large, large.length],
  ['large and goes on before its end', large, MiB + 3],
] as const) {
  test(`a disk that fills up in the middle leaves the old file as it was: it is ${how}`, async (t) => {
    const disk = await openDisk(t)
    await put(disk.storage, 'f', present)
    for (const tail of ['tail', patternBytes(MiB, 9)])
      for (let nth = 1; nth <= 3; nth++) {
        failWrites(t, nth)
        const outcome = await append(disk, start, tail).then(
          () => 'published',
          (error: { code: string }) => error.code,
        )
        t.mock.restoreAll()
        if (outcome === 'published') await put(disk.storage, 'f', present)
        else assert.equal(outcome, 'storage-full')
        assert.ok((await content(disk.storage, 'f')).equals(present), `write ${nth}`)
        assert.deepEqual(left(disk), [])
      }
    failWrites(t, 1)
    await refused(append(disk, start, 'tail'), 'storage-full')
  })
}

test('what a kill left half appended is cut back at the next start', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f', large)
  const upload = await disk.storage.stage(key('f'), { start: large.length })
  await upload.append(body('half of the tail'))
  // A process that dies can cut nothing back: neither can this one.
  failWrites(t, 2)
  t.mock.method(fs, 'ftruncateSync', () => {
    throw Object.assign(new Error('killed'), { code: 'EIO' })
  })
  await refused(upload.publish(), 'storage-full', 'unavailable')
  t.mock.restoreAll()
  assert.ok(fs.statSync(join(disk.directory, 'f')).size > large.length)
  assert.equal(left(disk).length, 1)

  const later = await disk.reopen()
  assert.equal(await later.sweep?.([]), 1)
  assert.ok((await content(later, 'f')).equals(large))
  assert.deepEqual(left(disk), [])
})

test('what a worker that died was at is cut back and removed, and nothing of the others', async (t) => {
  const disk = await openDisk(t)
  for (const name of ['f', 'g']) await put(disk.storage, name, large)
  const running = await disk.storage.stage(key('h'))
  await running.append(body(large))
  const [instance = ''] = fs.readdirSync(join(disk.directory, '.sluice', 'staged'))
  const staged = join(disk.directory, '.sluice', 'staged', instance)
  const record = (name: string, process: number) => {
    const { dev, ino } = fs.statSync(join(disk.directory, name))
    const fields = { v: 1, key: name, dev: `${dev}`, ino: `${ino}`, bytes: 2 * MiB, process }
    fs.writeFileSync(join(staged, `${dev}-${ino}.undo`), JSON.stringify(fields))
  }
  record('f', 4242)
  record('g', 4243)
  for (const name of ['4242-a', '4242-kept', '4243-b', '42429-c']) fs.writeFileSync(join(staged, name), 'half')
  const kept = JSON.stringify({ ...JSON.parse(running.ticket), id: '4242-kept' })
  assert.equal(await disk.storage.sweep?.([], { othersWork: true }), 0)
  assert.equal(await disk.storage.sweep?.([kept], { othersWork: true, goneProcess: 4242 }), 2)
  assert.equal((await content(disk.storage, 'f')).length, 2 * MiB)
  assert.equal((await content(disk.storage, 'g')).length, large.length)
  assert.deepEqual(
    left(disk)
      .filter((name) => !name.endsWith('.undo') && !name.startsWith(`${process.pid}-`))
      .toSorted(),
    ['4242-kept', '42429-c', '4243-b'],
  )
  await running.publish()
  assert.ok((await content(disk.storage, 'h')).equals(large))
})

test('a record about a file that is another now, or about nothing, cuts nothing', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f', 'whole')
  const upload = await disk.storage.stage(key('g'))
  await upload.suspend()
  const [instance = ''] = fs.readdirSync(join(disk.directory, '.sluice', 'staged'))
  const { dev, ino } = fs.statSync(join(disk.directory, 'f'))
  const records = [
    JSON.stringify({ v: 1, key: 'f', dev: `${dev}`, ino: `${ino + 1}`, bytes: 1 }),
    JSON.stringify({ v: 1, key: 'x/y', dev: `${dev}`, ino: `${ino}`, bytes: 1 }),
    JSON.stringify({ v: 1, key: '../f', dev: `${dev}`, ino: `${ino}`, bytes: 1 }),
    '{"v":1',
  ]
  for (const [i, record] of records.entries())
    fs.writeFileSync(join(disk.directory, '.sluice', 'staged', instance, `${i}.undo`), record)
  await disk.storage.sweep?.([])
  assert.equal(await text(disk.storage, 'f'), 'whole')
})

test('the record is on the disk before the first byte of the tail, and goes after the last is', async (t) => {
  // Whatever the temporary folder stands on, it is treated as a disk.
  t.mock.method(fs, 'statfsSync', () => ({ type: 0 }))
  const { storage } = await openDisk(t, { sync: true })
  await put(storage, 'f', large)
  const steps: string[] = []
  const { writeSync, fsync, rmSync } = fs
  t.mock.method(fs, 'writeSync', (...given: [number, Buffer, number, number, number]) => {
    steps.push(given[4] === large.length ? 'tail' : 'record')
    return writeSync(...given)
  })
  t.mock.method(fs, 'fsync', (descriptor: number, done: (error: Error | null) => void) => {
    steps.push(fs.fstatSync(descriptor).isDirectory() ? 'folder synced' : 'file synced')
    fsync(descriptor, done)
  })
  t.mock.method(fs, 'rmSync', (path: string, options: object) => {
    steps.push('removed')
    rmSync(path, options)
  })
  const upload = await storage.stage(key('f'), { start: large.length })
  await upload.append(body('tail'))
  await upload.publish()
  const synced = ['file synced', 'folder synced']
  assert.deepEqual(steps, ['record', ...synced, 'tail', 'file synced', 'removed', 'folder synced'])
})

test('a file sent in many pieces costs writes in proportion to its length', async (t) => {
  const disk = await openDisk(t)
  const pieces = 80
  const piece = patternBytes(65_536, 5)
  let written = 0
  const { write, writeSync } = fs
  t.mock.method(fs, 'writeSync', (...given: [number, Buffer, number, number, number]) => {
    written += given[3]
    return writeSync(...given)
  })
  t.mock.method(fs, 'write', (...given: [number, Buffer, number, number, number, () => void]) => {
    written += given[3]
    write(...given)
  })
  await put(disk.storage, 'f', piece)
  for (let i = 1; i < pieces; i++) await append(disk, i * piece.length, piece)
  const whole = pieces * piece.length
  assert.equal((await content(disk.storage, 'f')).length, whole)
  // Below 1 MiB each piece copies what stands before it: 16 times half a MiB. Beyond, each is written once, and its record.
  assert.ok(written < whole + 10 * MiB, `${written} bytes written`)
})

test('of two uploads that go on from one large file, neither mixes with the other', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f', large)
  const uploads = await Promise.all([1, 2].map(() => disk.storage.stage(key('f'), { start: large.length })))
  const tails = [patternBytes(MiB, 11), patternBytes(MiB / 2, 12)]
  await Promise.all(uploads.map((upload, i) => upload.append(body(tails[i] ?? ''))))
  await Promise.all(uploads.map((upload) => upload.publish()))
  const found = await content(disk.storage, 'f')
  assert.ok(tails.some((tail) => found.equals(Buffer.concat([large, tail]))))
  assert.deepEqual(left(disk), [])
})

test('an upload kept over a restart is gone when the file it goes on from is another now', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f', large)
  const upload = await disk.storage.stage(key('f'), { start: large.length })
  await upload.append(body('tail'))
  await upload.suspend()
  await put(disk.storage, 'f', 'another')
  assert.equal(await (await disk.reopen()).restage(upload.ticket), null)
})

test('a file with a second name is not changed in its place: the other name keeps the old content', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f', large)
  fs.linkSync(join(disk.directory, 'f'), join(disk.directory, 'backup'))
  await append(disk, large.length, 'tail')
  assert.ok((await content(disk.storage, 'backup')).equals(large))
  assert.equal((await content(disk.storage, 'f')).length, large.length + 4)
  assert.equal((await listed(disk.storage, rootKey)).length, 2)
})
