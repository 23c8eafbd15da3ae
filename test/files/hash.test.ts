import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { GatewayError } from '../../src/core/errors.ts'
import type { HashAlgorithm } from '../../src/files/file-tree.ts'
import { hashCache } from '../../src/files/hash-cache.ts'
import { at, key, newStorage, put, scene, upload } from './fixture.ts'

const checkValues: Record<HashAlgorithm, string> = {
  'SHA-256': '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  'SHA-512':
    'd9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85',
  'SHA-1': 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  MD5: '25f9e794323b453885f5181f1b624d0b',
  CRC32: 'cbf43926',
  CRC64NVME: 'ae8b14860a799888',
  CRC64ECMA: '995dc9bbdf1939fa',
}

test('each algorithm gives its published value of 123456789', async () => {
  const { tree } = scene()
  await upload(tree, '/f', { text: '123456789' })
  for (const [algorithm, hex] of Object.entries(checkValues)) {
    assert.deepEqual(await tree.hash(at('/f'), algorithm as HashAlgorithm), { hex, start: 0, end: 9 })
  }
})

test('a hash that cannot be kept is told all the same', async () => {
  const full = () => Promise.reject(new GatewayError('unavailable', 'The state directory cannot be used.'))
  const { tree } = scene({ hashes: { ...hashCache(2), add: full } })
  await upload(tree, '/f', { text: '123456789' })
  assert.equal((await tree.hash(at('/f'), 'CRC32')).hex, 'cbf43926')
})

test('a range has the hash of its bytes, and an end beyond the file means its end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 20 }), fc.nat(25), fc.nat(25), async (text, start, end) => {
      const bytes = Buffer.from(text)
      const { tree } = scene()
      await upload(tree, '/f', { text })
      const last = Math.min(end, bytes.length)
      const asked = tree.hash(at('/f'), 'SHA-256', { start, end })
      if (start > last) return assert.rejects(asked, { code: 'invalid-restart' })
      const hex = createHash('sha256').update(bytes.subarray(start, last)).digest('hex')
      assert.deepEqual(await asked, { hex, start, end: last })
    }),
  )
})

test('a hash the store keeps is used for the whole file, not for a part of it', async () => {
  const inner = newStorage()
  await put(inner, 'f', 'abc')
  let reads = 0
  const hashing: typeof inner = {
    ...inner,
    stat: async (...call) => {
      const entry = await inner.stat(...call)
      return entry?.kind === 'file' ? { ...entry, hashes: { 'SHA-256': 'stored' } } : entry
    },
    read: (...call) => {
      reads++
      return inner.read(...call)
    },
  }
  const { tree } = scene({ storages: { main: hashing } })
  assert.equal((await tree.hash(at('/f'), 'SHA-256')).hex, 'stored')
  assert.equal(reads, 0)
  assert.notEqual((await tree.hash(at('/f'), 'SHA-256', { end: 2 })).hex, 'stored')
  assert.notEqual((await tree.hash(at('/f'), 'MD5')).hex, 'stored')
  assert.equal(reads, 2)
  await tree.hash(at('/f'), 'MD5')
  assert.equal(reads, 2)
})

test('after a change the old hash is gone', async () => {
  const { tree } = scene()
  await upload(tree, '/f', { text: 'one' })
  const first = await tree.hash(at('/f'), 'MD5')
  await upload(tree, '/f', { text: 'two' })
  assert.notEqual((await tree.hash(at('/f'), 'MD5')).hex, first.hex)
  assert.equal((await tree.hash(at('/f'), 'MD5')).hex, createHash('md5').update('two').digest('hex'))
})

test('a long computation ends when it is aborted, and its file is closed', async () => {
  const inner = newStorage()
  await put(inner, 'f', 'abc')
  let isClosed = false
  const stop = new AbortController()
  const endless: typeof inner = {
    ...inner,
    read: async () => ({
      entry: (await inner.read(key('f'))).entry,
      body: (async function* () {
        for (let count = 0; ; count++) {
          if (count === 200) stop.abort()
          yield new Uint8Array(65_536)
        }
      })(),
      close: async () => void (isClosed = true),
    }),
  }
  const { tree } = scene({ storages: { main: endless } })
  await assert.rejects(tree.hash(at('/f'), 'CRC32', { signal: stop.signal }), { code: 'aborted' })
  assert.ok(isClosed)
})

test('while a large file is hashed, others get their turn', async () => {
  const inner = newStorage()
  await put(inner, 'f', '')
  const bytes = 64 * 1024 * 1024
  const large: typeof inner = {
    ...inner,
    stat: async (...call) => {
      const entry = await inner.stat(...call)
      return entry?.kind === 'file' ? { ...entry, bytes } : entry
    },
    read: async () => ({
      entry: (await inner.read(key('f'))).entry,
      body: (async function* () {
        for (let sent = 0; sent < bytes; sent += 1024 * 1024) yield new Uint8Array(1024 * 1024)
      })(),
      close: async () => {},
    }),
  }
  let turns = 0
  const counting = setInterval(() => turns++, 0)
  try {
    await scene({ storages: { main: large } }).tree.hash(at('/f'), 'SHA-512')
  } finally {
    clearInterval(counting)
  }
  assert.ok(turns > 0)
})

test('long files take turns to be hashed, and one whose client has gone gives its turn up', async () => {
  const inner = newStorage()
  await put(inner, 'f', '')
  const bytes = 8 * 1024 * 1024
  let reading = 0
  const open: (() => void)[] = []
  const slow: typeof inner = {
    ...inner,
    stat: async (...call) => {
      const entry = await inner.stat(...call)
      return entry?.kind === 'file' ? { ...entry, bytes } : entry
    },
    read: async () => {
      reading++
      await new Promise<void>((resolve) => open.push(resolve))
      const { entry } = await inner.read(key('f'))
      return { entry, body: (async function* () {})(), close: async () => {} }
    },
  }
  const { tree } = scene({ storages: { main: slow } })
  const gone = new AbortController()
  const asked = Array.from({ length: 6 }, (_, i) =>
    tree.hash(at('/f'), 'SHA-256', i === 4 ? { signal: gone.signal } : {}).catch((error: unknown) => error),
  )
  while (open.length < 4) await new Promise((resolve) => setImmediate(resolve))
  gone.abort(new GatewayError('aborted', 'Gone.'))
  assert.equal((await asked[4]) instanceof GatewayError, true)
  assert.equal(reading, 4)
  open.shift()?.()
  while (open.length < 4) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(reading, 5)
  for (const finish of open) finish()
  await Promise.all(asked)
})

test('a file that ends early has no hash', async () => {
  const inner = newStorage()
  await put(inner, 'f', 'abcdef')
  const short: typeof inner = { ...inner, read: () => inner.read(key('f'), { end: 3 }) }
  await assert.rejects(scene({ storages: { main: short } }).tree.hash(at('/f'), 'MD5'), { code: 'unavailable' })
})

test('the cache forgets the oldest', () => {
  const cache = hashCache(2)
  for (const name of ['a', 'b', 'a', 'c']) cache.add(name, name)
  assert.deepEqual([cache.find('a'), cache.find('b'), cache.find('c')], ['a', null, 'c'])
})
