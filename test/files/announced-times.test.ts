import assert from 'node:assert/strict'
import { test } from 'node:test'
import { announcedTimes } from '../../src/files/announced-times.ts'
import { at, scene, upload } from './fixture.ts'

const time = new Date('2019-07-04T08:15:00Z')

test('a time named for a file that is missing is refused, and goes with its next upload, once', async () => {
  const { tree } = scene()
  await assert.rejects(tree.setModified(at('/f'), time), { code: 'not-found' })
  await upload(tree, '/g')
  await upload(tree, '/f')
  assert.deepEqual((await tree.stat(at('/f'))).modified, time)
  assert.notDeepEqual((await tree.stat(at('/g'))).modified, time)
  await upload(tree, '/f')
  assert.notDeepEqual((await tree.stat(at('/f'))).modified, time)
})

test('an upload that was cut does not use the time up', async () => {
  const { tree } = scene()
  await assert.rejects(tree.setModified(at('/f'), time), { code: 'not-found' })
  await upload(tree, '/f', { verdict: 'cut' })
  await upload(tree, '/f')
  assert.deepEqual((await tree.stat(at('/f'))).modified, time)
})

test('who may not write announces nothing', async () => {
  const { tree } = scene({ permissions: ['list', 'read'] })
  await assert.rejects(tree.setModified(at('/f'), time), { code: 'permission-denied' })
})

test('the times that were announced last are kept, so many and no more', () => {
  const times = announcedTimes(2)
  for (const path of ['/a', '/b', '/a', '/c']) times.note(at(path), time)
  assert.deepEqual([times.of(at('/a')), times.of(at('/b')), times.of(at('/c'))], [time, null, time])
})
