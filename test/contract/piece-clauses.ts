import assert from 'node:assert/strict'
import type { ObjectKey } from '../../src/core/paths.ts'
import { isCopyOf, type Piece, type Pieces } from '../../src/storage/pieces.ts'
import { key, put, refused, text, type Clauses } from './clause.ts'

const namesOf = (pieces: readonly Piece[]) => pieces.map(({ name }) => name)

/** The only object of that name. */
async function one(pieces: Pieces, directory: ObjectKey, name: string): Promise<Piece> {
  const piece = await pieces.find(directory, name)
  assert.ok(piece, name)
  return piece
}

/** For storages that move and remove directories object by object. */
export const pieceClauses: Clauses = {
  async 'all below a directory is listed, at any depth, with its marker, and nothing beside it'({ storage }) {
    const { pieces } = storage
    if (pieces === undefined) return
    for (const at of ['d', 'd/e', 'd/empty', 'dd']) await storage.makeDirectory(key(at))
    for (const at of ['d/a', 'd/e/b', 'd.txt', 'dd/c']) await put(storage, at, 'four')
    const { pieces: found, isLast } = await pieces.list(key('d'))
    assert.equal(isLast, true)
    assert.deepEqual(namesOf(found), ['', 'a', 'e/', 'e/b', 'empty/'])
    assert.deepEqual(namesOf((await pieces.list(key('d'), { after: 'a' })).pieces), ['e/', 'e/b', 'empty/'])
    assert.deepEqual(namesOf((await pieces.list(key('d'), { after: '' })).pieces), namesOf(found).slice(1))
    assert.deepEqual((await pieces.list(key('missing'))).pieces, [])
    const [, a] = found
    assert.equal(a?.bytes, 4)
    const { bytes, version } = await one(pieces, key('d'), 'a')
    assert.deepEqual({ bytes, version }, { bytes: a?.bytes, version: a?.version })
    assert.equal(await pieces.find(key('d'), 'x'), null)
  },
  async 'an object that is copied is proved by what the directory holds then'({ storage }) {
    const { pieces } = storage
    if (pieces === undefined) return
    for (const at of ['d', 'd/e', 'z']) await storage.makeDirectory(key(at))
    await put(storage, 'd/e/f', 'content')
    for (const piece of (await pieces.list(key('d'))).pieces)
      await pieces.copy({ from: key('d'), to: key('z/y') }, piece)
    assert.deepEqual(namesOf((await pieces.list(key('z/y'))).pieces), ['', 'e/', 'e/f'])
    assert.equal(await text(storage, 'z/y/e/f'), 'content')
    assert.equal((await storage.stat(key('z/y/e')))?.kind, 'directory')
    const original = await one(pieces, key('d'), 'e/f')
    assert.equal(isCopyOf(original, await one(pieces, key('z/y'), 'e/f')), true)
    await put(storage, 'd/e/f', 'another')
    const changed = await one(pieces, key('d'), 'e/f')
    assert.equal(isCopyOf(changed, await one(pieces, key('z/y'), 'e/f')), false)
    await refused(pieces.copy({ from: key('d'), to: key('z/y') }, original), 'conflict')
    await refused(pieces.copy({ from: key('d'), to: key('z/y') }, { ...original, name: 'x' }), 'not-found')
  },
  async 'objects are removed together, and those alone; what has gone fails at most with conflict'({ storage }) {
    const { pieces } = storage
    if (pieces === undefined) return
    for (const at of ['d', 'd/e', 'dd']) await storage.makeDirectory(key(at))
    for (const at of ['d/a', 'd/b', 'd/e/c', 'dd/a']) await put(storage, at)
    const { pieces: found } = await pieces.list(key('d'))
    const gone = found.filter(({ name }) => name !== 'b')
    assert.deepEqual(await pieces.remove(key('d'), gone), [])
    assert.deepEqual(namesOf((await pieces.list(key('d'))).pieces), ['b'])
    assert.equal(await storage.stat(key('d/e')), null)
    const failed = await pieces.remove(key('d'), gone)
    for (const { error } of failed) assert.equal('code' in error && error.code, 'conflict')
    await pieces.remove(key('d'), [await one(pieces, key('d'), 'b')])
    assert.equal(await storage.stat(key('d')), null)
    assert.equal(await text(storage, 'dd/a'), 'dd/a')
  },
}
