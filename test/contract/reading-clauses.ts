import assert from 'node:assert/strict'
import { isGatewayError } from '../../src/core/errors.ts'
import { rootKey } from '../../src/core/paths.ts'
import { compareEntries, sortKey } from '../../src/core/key-order.ts'
import type { Entry, FileEntry } from '../../src/storage/contract.ts'
import { listAll } from '../../src/storage/walk.ts'
import { collect, patternBytes } from '../helpers/lending-body.ts'
import { content, key, listed, put, refused, text, type Clauses } from './clause.ts'

export const readingClauses: Clauses = {
  async 'the root is a directory, and an empty one at first'({ storage }) {
    assert.equal((await storage.stat(rootKey))?.kind, 'directory')
    assert.deepEqual(await listed(storage, rootKey), [])
  },
  async 'stat says null for what is not there, and for what would lie below a file'({ storage }) {
    await put(storage, 'f')
    for (const at of ['x', 'x/y', 'f/x', 'f/x/y', 'ff']) assert.equal(await storage.stat(key(at)), null, at)
  },
  async 'stat, list, read and publish tell of the same entry'({ storage }) {
    const published = await put(storage, 'f', 'hello')
    const file = await storage.read(key('f'))
    await file.close()
    const stated = await storage.stat(key('f'))
    assert.ok(stated)
    assert.deepEqual(withoutHashes(file.entry), withoutHashes(stated))
    assert.deepEqual((await listed(storage, rootKey)).map(withoutHashes), [withoutHashes(stated)])
    const { kind, bytes, version } = published
    assert.deepEqual({ kind, key: published.key, bytes }, { kind: 'file', key: 'f', bytes: 5 })
    assert.equal(version, file.entry.version)
  },
  async 'every hash that is told of a file is that of its content, whoever tells it'({ storage }) {
    const published = await put(storage, 'f', '123456789')
    const file = await storage.read(key('f'))
    await file.close()
    for (const entry of [published, file.entry, await storage.stat(key('f')), ...(await listed(storage, rootKey))]) {
      for (const [name, hex] of Object.entries((entry?.kind === 'file' && entry.hashes) || {})) {
        assert.equal(hex, hashesOf123456789[name], name)
      }
    }
    const { proof } = published
    if (proof !== undefined) assert.equal(proof.hex, hashesOf123456789[proof.name])
  },
  async 'two entries have two unique facts, and each keeps its own'({ storage }) {
    await put(storage, 'a')
    await put(storage, 'b')
    await storage.makeDirectory(key('d'))
    const facts = async () => (await listed(storage, rootKey)).map(({ unique }) => unique)
    const first = await facts()
    assert.equal(new Set(first).size, 3)
    assert.deepEqual(await facts(), first)
  },
  async 'the version changes when the content does'({ storage }) {
    const versions = new Set<string>()
    for (const each of ['one', 'two', 'three', 'tow']) versions.add((await put(storage, 'f', each)).version)
    assert.equal(versions.size, 4)
  },
  async 'a listing holds the children of a directory, and nothing of what is below them or beside'({ storage }) {
    for (const at of ['d', 'd/e']) await storage.makeDirectory(key(at))
    for (const at of ['d/e/deep', 'd/f', 'dd', 'd.txt']) await put(storage, at)
    assert.deepEqual((await listed(storage, key('d'))).map(sortKey), ['d/e/', 'd/f'])
    assert.deepEqual((await listed(storage, rootKey)).map(sortKey), ['d.txt', 'd/', 'dd'])
  },
  async 'listings come in UTF-8 byte order, with a slash behind directories'({ storage }) {
    const files = ['a', 'a-', 'b', '0', 'ä', '\u{fffd}', '\u{1f600}', 'a0', 'é', 'e\u0301x', '~', 'c.txt']
    const directories = ['a.d', 'b-', 'a b', 'c']
    for (const name of files) await put(storage, name)
    for (const name of directories) await storage.makeDirectory(key(name))
    const wanted = [...files, ...directories.map((name) => `${name}/`)]
    wanted.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.deepEqual((await listed(storage, rootKey)).map(sortKey), wanted)
  },
  async 'pages follow each other in order, with each entry once'({ storage }) {
    const names = Array.from({ length: 57 }, (_, i) => `n${String((i * 37) % 57).padStart(2, '0')}`)
    for (const name of names) await put(storage, name)
    const found = await listed(storage, rootKey)
    assert.deepEqual(
      found.map((entry) => entry.key),
      names.toSorted(),
    )
    assert.deepEqual(found, found.toSorted(compareEntries))
  },
  async 'what is removed while it is listed does not disturb the rest'({ storage }) {
    const names = Array.from({ length: 20 }, (_, i) => `n${String(i).padStart(2, '0')}`)
    for (const name of names) await put(storage, name)
    const found: Entry[] = []
    for await (const page of listAll(storage, rootKey)) {
      found.push(...page)
      for (const entry of page) await storage.remove(entry.key)
    }
    assert.deepEqual(
      found.map((entry) => entry.key),
      names,
    )
    assert.deepEqual(await listed(storage, rootKey), [])
  },
  async 'a new listing shows what was just stored, also while another is under way'({ storage }) {
    for (let i = 0; i < 20; i++) await put(storage, `n${String(i).padStart(2, '0')}`)
    const first = await storage.list(rootKey)
    await put(storage, 'n99')
    assert.ok((await listed(storage, rootKey)).some((entry) => entry.key === 'n99'))
    const rest =
      first.next === null ? [] : await storage.list(rootKey, { cursor: first.next }).then((page) => page.entries)
    const keys = [...first.entries, ...rest].map((entry) => entry.key)
    assert.equal(new Set(keys).size, keys.length)
  },
  async 'a file or nothing cannot be listed'({ storage }) {
    await put(storage, 'f')
    await refused(storage.list(key('x')), 'not-found')
    await refused(storage.list(key('f')), 'not-directory')
    await refused(storage.list(key('f/x')), 'not-directory', 'not-found')
  },
  async 'what is no file cannot be read'({ storage }) {
    await storage.makeDirectory(key('d'))
    await put(storage, 'f')
    await refused(storage.read(key('x')), 'not-found')
    await refused(storage.read(key('d/x')), 'not-found')
    await refused(storage.read(key('d')), 'is-directory')
    await refused(storage.read(rootKey), 'is-directory')
    await refused(storage.read(key('f/x')), 'not-found', 'not-directory')
  },
  async 'a range is read from its start to before its end'({ storage }) {
    const whole = patternBytes(1_500_000)
    await put(storage, 'f', whole)
    const ranges = [
      [0, 0],
      [0, 1],
      [1, 70_000],
      [65_536, 1_400_000],
      [1_499_999, 9_999_999],
      [1_500_000, 1_500_000],
    ] as const
    for (const [start, end] of ranges) {
      const file = await storage.read(key('f'), { start, end })
      assert.equal(file.entry.bytes, whole.length)
      assert.ok((await collect(file.body)).equals(whole.subarray(start, end)), `${start} to ${end}`)
      await file.close()
    }
    const tail = await storage.read(key('f'), { start: 1_499_990 })
    assert.ok((await collect(tail.body)).equals(whole.subarray(1_499_990)))
    await tail.close()
  },
  async 'a start beyond the end is refused, at the end nothing is read'({ storage }) {
    await put(storage, 'f', 'abc')
    await refused(storage.read(key('f'), { start: 4 }), 'invalid-restart')
    const file = await storage.read(key('f'), { start: 3 })
    assert.equal((await collect(file.body)).length, 0)
    await file.close()
  },
  async 'a version that is no longer the present one is a conflict'({ storage }) {
    const { version } = await put(storage, 'f', 'one')
    const same = await storage.read(key('f'), { ifVersion: version })
    assert.equal((await collect(same.body)).toString(), 'one')
    await same.close()
    await put(storage, 'f', 'two')
    await refused(storage.read(key('f'), { ifVersion: version }), 'conflict')
  },
  async 'an open file may be closed unread, half read, read, and twice'({ storage }) {
    await put(storage, 'f', patternBytes(2_000_000))
    const unread = await storage.read(key('f'))
    await unread.close()
    const half = await storage.read(key('f'))
    for await (const chunk of half.body) {
      assert.ok(chunk.length > 0)
      break
    }
    await half.close()
    await half.close()
    assert.equal((await content(storage, 'f')).length, 2_000_000)
  },
  async 'a reader may overwrite what it is lent, the content stays'({ storage }) {
    const whole = patternBytes(1_200_000)
    await put(storage, 'f', whole)
    await content(storage, 'f')
    assert.ok((await content(storage, 'f')).equals(whole))
  },
  async 'an aborted call fails, and an aborted read stops'({ storage }) {
    const whole = patternBytes(3_000_000)
    await put(storage, 'f', whole)
    const over = AbortSignal.abort()
    await refused(storage.read(key('f'), { signal: over }), 'aborted')
    await refused(storage.list(rootKey, { signal: over }), 'aborted')
    const controller = new AbortController()
    const file = await storage.read(key('f'), { signal: controller.signal })
    const reading = (async () => {
      for await (const chunk of file.body) if (chunk.length > 0) controller.abort()
    })()
    await refused(reading, 'aborted')
    await file.close()
  },
  async 'what lies in no archive can be read without being asked for'({ storage }) {
    const { restore } = storage
    if (restore === undefined) return
    await storage.makeDirectory(key('d'))
    await put(storage, 'f')
    const told = await restore(key('f')).catch((error: unknown) => error)
    if (told !== 'readable') assert.ok(isGatewayError(told, 'unsupported'))
    await refused(restore(key('x')), 'not-found')
    await refused(restore(key('d')), 'is-directory')
    assert.equal(await text(storage, 'f'), 'f')
  },
}

/** What may be known of a file to one who asks and not to another. */
function withoutHashes(entry: Entry): unknown {
  const { hashes: _, proof: __, ...rest } = entry as FileEntry
  return rest
}

/** Published check values. */
const hashesOf123456789: Readonly<Record<string, string>> = {
  'SHA-256': '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  MD5: '25f9e794323b453885f5181f1b624d0b',
  CRC32: 'cbf43926',
  CRC64NVME: 'ae8b14860a799888',
  CRC64ECMA: '995dc9bbdf1939fa',
}
