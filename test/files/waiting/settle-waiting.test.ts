import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { settleWaiting } from '../../../src/files/waiting/settle-waiting.ts'
import { finalKeyOf } from '../../../src/files/waiting/temporary-names.ts'
import { waitingContext } from '../../../src/files/waiting/context.ts'
import { waitingStorage } from '../../../src/files/waiting/waiting-storage.ts'
import type { LogFields, Logger } from '../../../src/core/logger.ts'
import { write } from '../../../src/storage/write.ts'
import { key, refused } from '../../contract/clause.ts'
import { held } from '../../helpers/bucket-storage.ts'
import { turnedClock } from '../../helpers/turned-clock.ts'
import { waitingUploads } from '../../helpers/waiting-uploads.ts'
import { openBucket } from '../../storage/object-storage/open-bucket.ts'
import { lent, put, textOf } from '../fixture.ts'

async function open(t: TestContext) {
  const { double, storage } = await openBucket(t)
  const clock = turnedClock()
  const waiting = waitingUploads(clock)
  const lines: string[] = []
  const note = (message: string, fields?: LogFields) => void lines.push(`${message} ${String(fields?.['key'])}`)
  const logger: Logger = { debug: note, info: note, warn: note, error: note, with: () => logger }
  const shared = {
    account: 'ann',
    storage: 'bucket',
    waiting,
    finalKeyOf: finalKeyOf(['*.tmp']),
    most: 3,
    logger,
    clock,
  }
  const own = waitingStorage(waitingContext(storage, shared) ?? assert.fail('nothing can wait there'))
  return {
    ...{ double, storage, own, waiting, clock, lines },
    settle: () => settleWaiting({ storages: new Map([['bucket', storage]]), waiting, logger, before: clock.now() }),
    text: async (name: string) => textOf((await storage.read(key(name))).body),
  }
}

const brokenCopy = { op: 'CopyObject', fault: { kind: 'error', status: 500, code: 'InternalError' } } as const

test('an upload that nobody renames in time becomes a file under its temporary name, and the log says so', async (t) => {
  const { double, own, waiting, clock, lines, settle, text } = await open(t)
  await write(own, key('a.tmp'), lent('content'))
  await settle()
  assert.deepEqual(held(double), { objects: {}, unfinished: ['a'] })
  clock.turn(1)
  await settle()
  assert.deepEqual(held(double), { objects: { 'a.tmp': 7 }, unfinished: [] })
  assert.equal(await text('a.tmp'), 'content')
  assert.deepEqual(await waiting.all(), [])
  assert.deepEqual(lines, ['an upload was not renamed in time, and has its temporary name now a.tmp'])
})

test('it waits on where that would touch another file, and is never discarded', async (t) => {
  const { double, own, storage, waiting, clock, lines, settle, text } = await open(t)
  await put(storage, 'a', 'old')
  await write(own, key('a.tmp'), lent('content'))
  clock.turn(1)
  await settle()
  await settle()
  assert.deepEqual(held(double), { objects: { a: 3 }, unfinished: ['a'] })
  assert.equal(await text('a'), 'old')
  assert.equal((await waiting.all()).length, 1)
  assert.match(lines.join(), /a waiting upload stays as it is for now a\.tmp/)
  await own.rename?.(key('a.tmp'), key('a'))
  assert.equal(await text('a'), 'content')
})

test('where as many wait as may, one more is stored under its temporary name at once', async (t) => {
  const { double, own } = await open(t)
  for (const name of ['a.tmp', 'b.tmp', 'c.tmp', 'd.tmp', 'a.tmp']) await write(own, key(name), lent('content'))
  assert.deepEqual(held(double), { objects: { 'd.tmp': 7, 'a.tmp': 7 }, unfinished: ['b', 'c'] })
  for (const name of ['a', 'b', 'c', 'd']) await own.rename?.(key(`${name}.tmp`), key(name))
  assert.deepEqual(held(double), { objects: { a: 7, b: 7, c: 7, d: 7 }, unfinished: [] })
})

test('a folder that is gone comes back with the file', async (t) => {
  const { double, own, storage, clock, settle } = await open(t)
  await storage.makeDirectory(key('d'))
  await write(own, key('d/a.tmp'), lent('content'))
  await storage.removeDirectory(key('d'))
  assert.equal((await own.stat(key('d')))?.kind, 'directory')
  clock.turn(1)
  await settle()
  assert.equal(held(double).objects['d/a.tmp'], 7)
})

test('a rename that broke when the content was in the open is ended under the temporary name', async (t) => {
  const { double, own, waiting, settle, text } = await open(t)
  await write(own, key('a.tmp'), lent('content'))
  double.rules.add(brokenCopy)
  await refused(own.rename?.(key('a.tmp'), key('b')) ?? assert.fail(), 'unavailable')
  assert.deepEqual(held(double), { objects: { a: 7 }, unfinished: [] })
  assert.equal((await own.stat(key('a.tmp')))?.kind, 'file')
  double.rules.clear()
  await settle()
  assert.deepEqual(held(double), { objects: { 'a.tmp': 7 }, unfinished: [] })
  assert.equal(await text('a.tmp'), 'content')
  assert.deepEqual(await waiting.all(), [])
})

test('or by its client, who renames it again, to this or another name, or removes it', async (t) => {
  const { double, own, waiting } = await open(t)
  for (const name of ['a.tmp', 'b.tmp', 'c.tmp']) {
    await write(own, key(name), lent(name))
    double.rules.add(brokenCopy)
    await refused(own.rename?.(key(name), key('elsewhere')) ?? assert.fail(), 'unavailable')
    double.rules.clear()
  }
  await own.rename?.(key('a.tmp'), key('a'))
  await own.rename?.(key('b.tmp'), key('elsewhere'))
  await own.remove(key('c.tmp'))
  assert.deepEqual(held(double), { objects: { a: 5, elsewhere: 5 }, unfinished: [] })
  assert.deepEqual(await waiting.all(), [])
})

test('a foreseen rename that was killed before its line was taken out is found to have happened', async (t) => {
  const { double, own, storage, waiting, settle, text } = await open(t)
  await write(own, key('a.tmp'), lent('content'))
  await write(own, key('b.tmp'), lent('content'))
  const [a, b] = await waiting.all()
  assert.ok(a && b)
  for (const { id } of [a, b]) await waiting.intend(id, 'publish')
  await storage.sealed?.publish(a.ticket)
  await settle()
  assert.deepEqual(
    (await waiting.all()).map(({ key: name, intent }) => [name, intent]),
    [['b.tmp', null]],
  )
  assert.equal(await text('a'), 'content')
  assert.deepEqual(held(double).unfinished, ['b'])
})

// The end of a rename is not written with full care: a power cut may bring the line back as it was before.
test('what has the name foreseen keeps it, though a power cut has brought its line back', async (t) => {
  const { double, own, storage, waiting, clock, settle, text } = await open(t)
  await write(own, key('a.tmp'), lent('content'))
  await write(own, key('b.tmp'), lent('content'))
  for (const { ticket } of await waiting.all()) await storage.sealed?.publish(ticket)
  await refused(own.read(key('b.tmp')), 'not-found')
  assert.deepEqual(
    (await waiting.all()).map((line) => line.key),
    ['a.tmp'],
  )
  clock.turn(1)
  await settle()
  assert.deepEqual(await waiting.all(), [])
  assert.deepEqual(held(double), { objects: { a: 7, b: 7 }, unfinished: [] })
  assert.equal(await text('a'), 'content')
})

test('nor does such a line hide for ever what has become a file under the temporary name', async (t) => {
  const { own, storage, waiting, settle, text } = await open(t)
  await write(own, key('a.tmp'), lent('content'))
  const [line] = await waiting.all()
  assert.ok(line)
  await storage.sealed?.divert(line.ticket, key('a.tmp'))
  await waiting.intend(line.id, 'divert')
  await put(storage, 'a', 'of somebody else')
  await settle()
  assert.deepEqual(await waiting.all(), [])
  assert.equal(await textOf((await own.read(key('a.tmp'))).body), 'content')
  assert.equal(await text('a'), 'of somebody else')
})

test('one that a session has is left to it', async (t) => {
  const { double, own, waiting, clock, settle } = await open(t)
  await write(own, key('a.tmp'), lent('content'))
  clock.turn(1)
  assert.equal(await waiting.claim((await waiting.all())[0]?.id ?? ''), true)
  await settle()
  assert.deepEqual(held(double), { objects: {}, unfinished: ['a'] })
  for (const call of [
    () => own.remove(key('a.tmp')),
    () => own.read(key('a.tmp')),
    () => own.rename?.(key('a.tmp'), key('a')),
  ])
    await refused(call() ?? assert.fail(), 'conflict')
})

test('of two sessions that read it at once each gets the content, or is told to try again', async (t) => {
  const { double, own, storage } = await open(t)
  await write(own, key('a.tmp'), lent('content'))
  const reads = await Promise.allSettled([1, 2, 3].map(async () => textOf((await own.read(key('a.tmp'))).body)))
  const texts = reads.flatMap((read) => (read.status === 'fulfilled' ? [read.value] : []))
  assert.ok(texts.length > 0 && texts.every((text) => text === 'content'))
  for (const read of reads) if (read.status === 'rejected') await refused(Promise.reject(read.reason), 'conflict')
  assert.equal(await textOf((await storage.read(key('a.tmp'))).body), 'content')
  assert.deepEqual(held(double), { objects: { 'a.tmp': 7 }, unfinished: [] })
})
