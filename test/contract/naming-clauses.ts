import assert from 'node:assert/strict'
import type { GatewayError } from '../../src/core/errors.ts'
import { rootKey } from '../../src/core/paths.ts'
import { sortKey } from '../../src/core/key-order.ts'
import { patternBytes } from '../helpers/lending-body.ts'
import { body, content, key, listed, put, refused, staged, text, type Clauses } from './clause.ts'

export const namingClauses: Clauses = {
  async 'a directory is made, empty, and stays when its last file goes'({ storage }) {
    await storage.makeDirectory(key('d'))
    assert.equal((await storage.stat(key('d')))?.kind, 'directory')
    assert.deepEqual(await listed(storage, key('d')), [])
    await put(storage, 'd/f')
    await storage.remove(key('d/f'))
    assert.equal((await storage.stat(key('d')))?.kind, 'directory')
    assert.deepEqual((await listed(storage, rootKey)).map(sortKey), ['d/'])
  },
  async 'a directory cannot be made where something is'({ storage }) {
    await storage.makeDirectory(key('d'))
    await put(storage, 'f')
    await refused(storage.makeDirectory(key('d')), 'already-exists')
    await refused(storage.makeDirectory(key('f')), 'already-exists')
    await refused(storage.makeDirectory(rootKey), 'already-exists')
  },
  async 'a directory needs a parent that is a directory'({ storage }) {
    await put(storage, 'f')
    await refused(storage.makeDirectory(key('x/y')), 'not-found')
    await refused(storage.makeDirectory(key('f/d')), 'not-directory')
  },
  async 'an empty directory is removed, and it alone'({ storage }) {
    for (const at of ['d', 'dd', 'd/e']) await storage.makeDirectory(key(at))
    await refused(storage.removeDirectory(key('d')), 'directory-not-empty')
    await storage.removeDirectory(key('d/e'))
    await storage.removeDirectory(key('d'))
    assert.deepEqual((await listed(storage, rootKey)).map(sortKey), ['dd/'])
  },
  async 'a directory with a file in it is not removed'({ storage }) {
    await storage.makeDirectory(key('d'))
    await put(storage, 'd/f')
    await refused(storage.removeDirectory(key('d')), 'directory-not-empty')
    assert.equal(await text(storage, 'd/f'), 'd/f')
  },
  async 'what is no directory cannot be removed as one'({ storage }) {
    await put(storage, 'f')
    await refused(storage.removeDirectory(key('x')), 'not-found')
    await refused(storage.removeDirectory(key('f')), 'not-directory')
    assert.equal(await text(storage, 'f'), 'f')
  },
  async 'the root cannot be removed'({ storage }) {
    await assert.rejects(storage.removeDirectory(rootKey))
    await refused(storage.remove(rootKey), 'is-directory')
    assert.equal((await storage.stat(rootKey))?.kind, 'directory')
  },
  async 'a file is removed, and it alone'({ storage }) {
    for (const at of ['a', 'ab', 'abc']) await put(storage, at)
    await storage.remove(key('ab'))
    assert.deepEqual((await listed(storage, rootKey)).map(sortKey), ['a', 'abc'])
    assert.equal(await storage.stat(key('ab')), null)
  },
  async 'what is no file cannot be removed as one'({ storage }) {
    await storage.makeDirectory(key('d'))
    await put(storage, 'f')
    await refused(storage.remove(key('x')), 'not-found')
    await refused(storage.remove(key('d')), 'is-directory')
    await refused(storage.remove(key('f/x')), 'not-found', 'not-directory')
  },
  async 'names are kept as they are, byte for byte'({ storage }) {
    const names = [
      ' a',
      'a ',
      '%2e%2e',
      '-v',
      '~',
      '*',
      'ä',
      'a\u0308',
      '"q"',
      '#?&+',
      '...',
      '.hidden',
      "it's",
      '日本語',
      '\u{1f600}',
    ]
    for (const name of names) await put(storage, name)
    assert.deepEqual(new Set((await listed(storage, rootKey)).map((entry) => entry.key)), new Set(names))
    for (const name of names) assert.equal(await text(storage, name), name)
  },
  async 'a name that is too long is refused before a byte is sent, or it is not too long'({ storage }) {
    const long = 'x'.repeat(5000)
    try {
      await (await storage.stage(key(long))).discard()
    } catch (error) {
      assert.equal((error as GatewayError).code, 'invalid-path')
      return
    }
    await put(storage, long, 'long')
    assert.equal(await text(storage, long), 'long')
  },
  async 'a copy has the content and leaves its source'({ storage }) {
    const whole = patternBytes(1_300_000)
    await put(storage, 'a', whole)
    await storage.makeDirectory(key('d'))
    const entry = await storage.copy(key('a'), key('d/b'))
    assert.equal(entry.key, 'd/b')
    assert.equal(entry.bytes, whole.length)
    assert.ok((await content(storage, 'd/b')).equals(whole))
    assert.ok((await content(storage, 'a')).equals(whole))
  },
  async 'a copy replaces a file, but not with ifAbsent'({ storage }) {
    await put(storage, 'a')
    await put(storage, 'b')
    await refused(storage.copy(key('a'), key('b'), { ifAbsent: true }), 'already-exists')
    assert.equal(await text(storage, 'b'), 'b')
    await storage.copy(key('a'), key('b'))
    assert.equal(await text(storage, 'b'), 'a')
  },
  async 'a copy is refused where reading or staging would be'({ storage }) {
    await put(storage, 'a')
    await storage.makeDirectory(key('d'))
    await refused(storage.copy(key('x'), key('b')), 'not-found')
    await refused(storage.copy(key('d'), key('b')), 'is-directory')
    await refused(storage.copy(key('a'), key('d')), 'is-directory')
    await refused(storage.copy(key('a'), key('x/b')), 'not-found')
    await refused(storage.copy(key('a'), key('a/b')), 'not-directory')
  },
  async 'a file that is renamed moves, and replaces a file'({ storage }) {
    const { rename } = storage
    if (rename === undefined) return
    await storage.makeDirectory(key('d'))
    await put(storage, 'a')
    await put(storage, 'd/b')
    await rename(key('a'), key('d/b'))
    assert.equal(await storage.stat(key('a')), null)
    assert.equal(await text(storage, 'd/b'), 'a')
  },
  async 'a directory that is renamed takes all it holds along'({ storage }) {
    const { rename } = storage
    if (rename === undefined || storage.pieces !== undefined) return
    for (const at of ['d', 'd/e', 'z']) await storage.makeDirectory(key(at))
    await put(storage, 'd/e/f')
    await rename(key('d'), key('z/y'))
    assert.equal(await text(storage, 'z/y/e/f'), 'd/e/f')
    assert.equal(await storage.stat(key('d')), null)
  },
  async 'a rename replaces no directory, and none by a file'({ storage }) {
    const { rename } = storage
    if (rename === undefined) return
    for (const at of ['d', 'e', 'full']) await storage.makeDirectory(key(at))
    await put(storage, 'full/g')
    await put(storage, 'f')
    await refused(rename(key('f'), key('d')), 'is-directory')
    const codes = storage.pieces === undefined ? (['already-exists'] as const) : (['unsupported'] as const)
    for (const at of ['e', 'full', 'f']) await refused(rename(key('d'), key(at)), ...codes)
    await assert.rejects(rename(key('full'), key('full/inner')))
    assert.equal(await text(storage, 'full/g'), 'full/g')
    assert.deepEqual((await listed(storage, rootKey)).map(sortKey), ['d/', 'e/', 'f', 'full/'])
  },
  async 'a rename of nothing, or into nothing, is refused'({ storage }) {
    const { rename } = storage
    if (rename === undefined) return
    await put(storage, 'f')
    await refused(rename(key('x'), key('y')), 'not-found')
    await refused(rename(key('f'), key('x/f')), 'not-found')
    assert.equal(await text(storage, 'f'), 'f')
  },
  async 'a rename with ifAbsent replaces nothing'({ storage }) {
    const { rename } = storage
    if (rename === undefined) return
    await put(storage, 'a')
    await put(storage, 'b')
    await refused(rename(key('a'), key('b'), { ifAbsent: true }), 'already-exists')
    assert.equal(await text(storage, 'b'), 'b')
    await rename(key('a'), key('c'), { ifAbsent: true })
    assert.equal(await text(storage, 'c'), 'a')
    assert.equal(await storage.stat(key('a')), null)
  },
  async 'a file renamed onto itself stays'({ storage }) {
    const { rename } = storage
    if (rename === undefined) return
    await put(storage, 'f')
    await rename(key('f'), key('f'))
    assert.equal(await text(storage, 'f'), 'f')
  },
  async 'a time that is set is told, by stat and by listings'({ storage }) {
    const { setModified } = storage
    if (setModified === undefined) return
    const time = new Date('2001-02-03T04:05:06Z')
    await put(storage, 'f')
    await setModified(key('f'), time)
    assert.deepEqual((await storage.stat(key('f')))?.modified, time)
    assert.deepEqual((await listed(storage, rootKey))[0]?.modified, time)
    assert.equal(await text(storage, 'f'), 'f')
    await refused(setModified(key('x'), time), 'not-found')
  },
  async 'a time announced for an upload is the one it bears'({ storage }) {
    if (storage.setModified === undefined) return
    const modified = new Date('2001-02-03T04:05:06Z')
    const upload = await storage.stage(key('f'), { modified })
    await upload.append(body('x'))
    assert.deepEqual((await upload.publish()).modified, modified)
    assert.deepEqual((await storage.stat(key('f')))?.modified, modified)
  },
  async 'permission bits that are set are told, and outlive an overwrite'({ storage }) {
    const { setMode } = storage
    if (setMode === undefined) return
    await put(storage, 'f')
    await setMode(key('f'), 0o640)
    assert.equal((await storage.stat(key('f')))?.mode, 0o640)
    await put(storage, 'f', 'again')
    assert.equal((await storage.stat(key('f')))?.mode, 0o640)
    await refused(setMode(key('x'), 0o640), 'not-found')
  },
  async 'free space, where it is told, is a whole number of bytes'({ storage }) {
    if (storage.availableBytes === undefined) return
    const free = await storage.availableBytes()
    assert.ok(Number.isSafeInteger(free) && free > 0)
  },
  async 'a root is made with its parents, and may be there already'({ storage }) {
    const { makeRoot } = storage
    if (makeRoot === undefined) return
    await makeRoot(key('a/b/c'))
    await makeRoot(key('a/b/c'))
    await makeRoot(key('a/b'))
    assert.equal((await storage.stat(key('a/b/c')))?.kind, 'directory')
    await put(storage, 'f')
    await refused(makeRoot(key('f/d')), 'not-directory')
  },
  async 'an upload whose parent went away is not published'({ storage }) {
    await storage.makeDirectory(key('d'))
    const upload = await staged(storage, 'd/f', 'abc')
    await storage.removeDirectory(key('d'))
    await refused(upload.publish(), 'not-found')
    await upload.discard()
    assert.equal(await storage.stat(key('d')), null)
  },
}
