import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../../src/core/logger.ts'
import { leftUploads, runningUploads } from '../../src/state/running-uploads.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

const file = { account: 'ada', storage: 'files', key: 'a/b', version: '1' }
const { version: _, ...name } = file
const open = (folder: string, owner: string) => runningUploads(folder, { owner, logger: silentLogger })
const filesIn = (folder: string, owner: string | null) => leftUploads(folder, owner).flatMap(({ files }) => files)

test('an upload that runs is known to all processes until it is over', (t) => {
  const folder = join(temporaryFolder(t), 'running')
  const [one, other] = [open(folder, 'worker-1'), open(folder, 'worker-2')]
  const running = one.begin(name)
  for (const process of [one, other]) {
    assert.ok(process.has(file))
    for (const else_ of [{ account: 'bob' }, { storage: 'more' }, { key: 'a' }])
      assert.ok(!process.has({ ...file, ...else_ }), JSON.stringify(else_))
  }
  running.end()
  assert.deepEqual([one.has(file), other.has(file)], [false, false])
  one.close()
  other.close()
  assert.deepEqual(fs.readdirSync(folder), [])
})

test('what a process was at is found when it was killed, and forgotten when it is settled', (t) => {
  const folder = join(temporaryFolder(t), 'running')
  const killed = open(folder, 'worker-1')
  const first = killed.begin(name)
  killed.begin({ ...name, key: 'c'.repeat(1000) })
  first.end()
  killed.begin({ ...name, key: 'd' })
  open(folder, 'worker-11').begin({ ...name, key: 'e' })
  assert.deepEqual(
    filesIn(folder, 'worker-1').map(({ key }) => key),
    ['d', 'c'.repeat(1000)],
  )
  assert.equal(filesIn(folder, null).length, 3)
  for (const left of leftUploads(folder, 'worker-1')) left.forget()
  assert.deepEqual(
    filesIn(folder, null).map(({ key }) => key),
    ['e'],
  )
})

test('of one that broke off where it could not be noted, the version counts', (t) => {
  const folder = join(temporaryFolder(t), 'running')
  const [one, other] = [open(folder, 'worker-1'), open(folder, 'worker-2')]
  one.begin(name).brokeOver('1')
  for (const process of [one, other])
    assert.deepEqual([process.has(file), process.has({ ...file, version: '2' })], [true, false])
})

test('of those that broke off to one file the latest counts, until a new file is there', (t) => {
  const folder = join(temporaryFolder(t), 'running')
  const one = open(folder, 'worker-1')
  for (const version of ['1', null, '2']) one.begin(name).brokeOver(version)
  assert.deepEqual([one.has(file), one.has({ ...file, version: '2' })], [false, true])
  assert.equal(filesIn(folder, 'worker-1').length, 1)
  one.begin(name).brokeOver(null)
  assert.ok(one.has({ ...file, version: 'any' }))
  one.begin(name).end()
  assert.deepEqual(filesIn(folder, 'worker-1'), [])
  one.close()
  assert.deepEqual(fs.readdirSync(folder), [])
})

test('what is not over when its process ends is left for the next start, and writes nothing afterwards', (t) => {
  const folder = join(temporaryFolder(t), 'running')
  const one = open(folder, 'worker-1')
  one.begin(name).brokeOver('1')
  const late = one.begin({ ...name, key: 'c' })
  one.close()
  const next = fs.openSync(join(temporaryFolder(t), 'next'), 'w+')
  late.end()
  assert.equal(fs.fstatSync(next).size, 0)
  fs.closeSync(next)
  assert.deepEqual(
    filesIn(folder, null).map(({ key }) => key),
    ['a/b', 'c'],
  )
})

test('hundreds at once are all found, and their room is used again', (t) => {
  const folder = join(temporaryFolder(t), 'running')
  const [one, other] = [open(folder, 'worker-1'), open(folder, 'worker-2')]
  for (let round = 0; round < 3; round++) {
    const all = Array.from({ length: 600 }, (_, index) => one.begin({ ...name, key: `k${index}` }))
    assert.ok(other.has({ ...file, key: 'k599' }))
    assert.equal(filesIn(folder, null).length, 600)
    for (const upload of all) upload.end()
    assert.equal(filesIn(folder, null).length, 0)
  }
  const [written = ''] = fs.readdirSync(folder)
  assert.ok(fs.statSync(join(folder, written)).size <= 600 * 4096)
})

test('a path that is too long to be written down is known to its own process', (t) => {
  const folder = join(temporaryFolder(t), 'running')
  const one = open(folder, 'worker-1')
  const long = { ...file, key: 'x'.repeat(5000) }
  const running = one.begin(long)
  assert.ok(one.has(long))
  running.end()
  assert.ok(!one.has(long))
})

test('what nobody of ours has written leads to nothing', (t) => {
  const folder = temporaryFolder(t)
  fs.writeFileSync(join(folder, 'main.x'), '{"account":1}\n')
  fs.writeFileSync(join(folder, 'main.y'), '{"account')
  fs.writeFileSync(join(folder, 'main.z'), '')
  assert.deepEqual(filesIn(folder, 'main'), [])
  assert.ok(!open(folder, 'worker-1').has(file))
})
