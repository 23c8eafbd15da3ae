import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { rootKey } from '../../../src/core/paths.ts'
import { sortKey } from '../../../src/core/key-order.ts'
import { confinedByDescriptors } from '../../../src/storage/drivers/disk/confine/confined.ts'
import { confinedByPath } from '../../../src/storage/drivers/disk/confine/confined-by-path.ts'
import { body, key, listed, put, refused, staged, text } from '../../contract/clause.ts'
import { openDisk } from '../../helpers/storages.ts'
import { swapping } from '../../helpers/swapping.ts'

test('a root that was removed is no empty folder, and one that is put in its place is used', async (t) => {
  const { storage, directory } = await openDisk(t, { hold: confinedByDescriptors })
  await storage.makeDirectory(key('d'))
  await put(storage, 'd/f', 'old')
  await put(storage, 'large', 'x'.repeat(100_000))
  fs.rmSync(directory, { recursive: true })
  const gone = { code: 'unavailable' }
  await assert.rejects(storage.list(rootKey), gone)
  await assert.rejects(storage.list(key('d')), gone)
  await assert.rejects(storage.stat(key('d/f')), gone)
  await assert.rejects(put(storage, 'f', 'new'), gone)
  await assert.rejects(storage.makeDirectory(key('e')), gone)
  await assert.rejects(storage.remove(key('d/f')), gone)
  fs.mkdirSync(directory)
  assert.deepEqual(await listed(storage, rootKey), [])
  assert.equal(await storage.stat(key('d/f')), null)
  await put(storage, 'large', 'y'.repeat(100_000))
  assert.equal((await text(storage, 'large')).length, 100_000)
  assert.deepEqual((await listed(storage, rootKey)).map(sortKey), ['large'])
})

test('after its end a storage reaches no folder that has been opened since', async (t) => {
  const { storage, directory } = await openDisk(t, { hold: confinedByDescriptors })
  await storage.close()
  const opened = Array.from({ length: 8 }, () => fs.openSync(join(directory, '..'), 'r'))
  for (const call of [() => storage.list(rootKey), () => storage.stat(rootKey), () => storage.makeDirectory(key('d'))])
    await assert.rejects(call, { code: 'unavailable' })
  for (const descriptor of opened) fs.closeSync(descriptor)
})

const ways = { descriptors: confinedByDescriptors, paths: confinedByPath }

for (const [way, hold] of Object.entries(ways)) {
  test(`by ${way}: links that stay inside are followed, and appear as what they lead to`, async (t) => {
    const { storage, directory } = await openDisk(t, { hold })
    for (const at of ['d', 'd/e', 'x']) await storage.makeDirectory(key(at))
    await put(storage, 'd/e/f', 'inside')
    fs.symlinkSync('d/e/f', join(directory, 'file'))
    fs.symlinkSync('../d/./e', join(directory, 'x', 'up'))
    fs.symlinkSync(join(directory, 'd'), join(directory, 'absolute'))
    fs.symlinkSync('absolute/e/..//e/f', join(directory, 'chain'))
    for (const at of ['file', 'x/up/f', 'absolute/e/f', 'chain']) assert.equal(await text(storage, at), 'inside', at)
    assert.deepEqual((await listed(storage, rootKey)).map(sortKey), ['absolute/', 'chain', 'd/', 'file', 'x/'])
    assert.deepEqual((await listed(storage, key('x'))).map(sortKey), ['x/up/'])
    assert.deepEqual((await listed(storage, key('x/up'))).map(sortKey), ['x/up/f'])
    assert.equal((await storage.stat(key('x/up')))?.kind, 'directory')
  })

  test(`by ${way}: an upload to a link changes what it leads to, and the link stays`, async (t) => {
    const { storage, directory } = await openDisk(t, { hold })
    await storage.makeDirectory(key('d'))
    await put(storage, 'd/f', 'old')
    fs.symlinkSync('d/f', join(directory, 'link'))
    await put(storage, 'link', 'new')
    assert.equal(await text(storage, 'd/f'), 'new')
    assert.ok(fs.lstatSync(join(directory, 'link')).isSymbolicLink())
  })

  test(`by ${way}: links that lead out or nowhere look missing, to every verb`, async (t) => {
    const { storage, directory, outside } = await openDisk(t, { hold })
    fs.mkdirSync(join(outside, 'secrets'))
    fs.writeFileSync(join(outside, 'secrets', 'f'), 'secret')
    const targets = {
      file: '../secrets/f',
      folder: '../secrets',
      absolute: join(outside, 'secrets'),
      // The name of the root is the beginning of this one's.
      sibling: `${directory}-two`,
      around: '../root/../secrets',
      dangling: 'nothing/here',
      itself: 'itself',
      parent: '..',
      etc: '/etc',
    }
    fs.mkdirSync(`${directory}-two`)
    for (const [name, target] of Object.entries(targets)) fs.symlinkSync(target, join(directory, name))
    assert.deepEqual(await listed(storage, rootKey), [])
    for (const name of Object.keys(targets)) {
      assert.equal(await storage.stat(key(name)), null, name)
      assert.equal(await storage.stat(key(`${name}/f`)), null, name)
      await refused(storage.read(key(name)), 'not-found')
      await refused(storage.read(key(`${name}/f`)), 'not-found')
      await refused(storage.list(key(name)), 'not-found')
      await refused(storage.stage(key(name)), 'permission-denied')
      await refused(storage.stage(key(`${name}/new`)), 'not-found')
      await refused(storage.remove(key(name)), 'not-found')
      await refused(storage.remove(key(`${name}/f`)), 'not-found')
      await refused(storage.makeDirectory(key(`${name}/d`)), 'not-found')
      await refused(storage.removeDirectory(key(name)), 'not-found')
      await refused(storage.setMode?.(key(name), 0o777) ?? Promise.resolve(), 'not-found')
      await refused(storage.setModified?.(key(name), new Date(0)) ?? Promise.resolve(), 'not-found')
      await refused(storage.rename?.(key(name), key('mine')) ?? Promise.resolve(), 'not-found')
      await refused(storage.rename?.(key(`${name}/f`), key('mine')) ?? Promise.resolve(), 'not-found')
      await refused(storage.makeRoot?.(key(name)) ?? Promise.resolve(), 'permission-denied')
    }
    assert.deepEqual(fs.readdirSync(join(outside, 'secrets')), ['f'])
    assert.equal(fs.readFileSync(join(outside, 'secrets', 'f'), 'utf8'), 'secret')
    assert.equal(fs.statSync(join(outside, 'secrets')).mode & 0o777, 0o777 & ~process.umask())
  })

  test(`by ${way}: a link put in the place of a target after staging is not written through`, async (t) => {
    const { storage, directory, outside } = await openDisk(t, { hold })
    fs.writeFileSync(join(outside, 'secret'), 'secret')
    const upload = await staged(storage, 'f', 'mine')
    fs.symlinkSync('../secret', join(directory, 'f'))
    await refused(upload.publish(), 'permission-denied')
    await upload.discard()
    assert.equal(fs.readFileSync(join(outside, 'secret'), 'utf8'), 'secret')
  })

  test(`by ${way}: a link is removed and moved itself, and what it leads to stays`, async (t) => {
    const { storage, directory } = await openDisk(t, { hold })
    await storage.makeDirectory(key('d'))
    await put(storage, 'd/f', 'kept')
    for (const [name, target] of [
      ['one', 'd/f'],
      ['two', 'd/f'],
      ['folder', 'd'],
    ] as const)
      fs.symlinkSync(target, join(directory, name))
    await storage.remove(key('one'))
    await storage.rename?.(key('two'), key('three'))
    await refused(storage.remove(key('folder')), 'is-directory')
    await storage.removeDirectory(key('folder'))
    assert.equal(await text(storage, 'd/f'), 'kept')
    assert.deepEqual((await listed(storage, rootKey)).map(sortKey), ['d/', 'three'])
    assert.ok(fs.lstatSync(join(directory, 'three')).isSymbolicLink())
  })

  test(`by ${way}: our own folder is hidden, and no key or link reaches it`, async (t) => {
    const { storage, directory } = await openDisk(t, { hold })
    const upload = await staged(storage, 'f', new Uint8Array(300_000))
    assert.ok(fs.existsSync(join(directory, '.sluice', 'staged')))
    fs.symlinkSync('.sluice', join(directory, 'link'))
    fs.symlinkSync('.', join(directory, 'again'))
    for (const at of ['.sluice', '.SLUICE', '.sluice/staged', '.Sluice/x']) {
      await refused(storage.list(key(at)), 'permission-denied')
      await refused(storage.read(key(at)), 'permission-denied')
      await refused(storage.stage(key(at)), 'permission-denied')
      await refused(storage.makeDirectory(key(at)), 'permission-denied')
      await refused(storage.removeDirectory(key(at)), 'permission-denied')
      await refused(storage.rename?.(key(at), key('mine')) ?? Promise.resolve(), 'permission-denied')
      await refused(storage.rename?.(key('again'), key(at)) ?? Promise.resolve(), 'permission-denied')
    }
    for (const at of ['link', 'link/staged', 'again/.sluice']) assert.equal(await storage.stat(key(at)), null, at)
    assert.deepEqual((await listed(storage, rootKey)).map(sortKey), ['again/'])
    assert.deepEqual((await listed(storage, key('again'))).map(sortKey), ['again/again/'])
    await upload.discard()
    await storage.makeDirectory(key('d'))
    await storage.makeDirectory(key('d/.sluice'))
    assert.equal((await storage.stat(key('d/.sluice')))?.kind, 'directory')
  })

  test(`by ${way}: a root that is itself reached by a link is one like any other`, async (t) => {
    const { directory, outside } = await openDisk(t, { hold })
    fs.symlinkSync('root', join(outside, 'alias'))
    const confined = hold(join(outside, 'alias'))
    t.after(() => confined.close())
    fs.writeFileSync(join(directory, 'f'), 'x')
    fs.symlinkSync(join(outside, 'alias', 'f'), join(directory, 'link'))
    assert.ok(confined.at(key('link'), 'follow', ({ stats }) => stats?.isFile()))
  })

  test(`by ${way}: more than forty links in a row lead nowhere`, async (t) => {
    const { storage, directory } = await openDisk(t, { hold })
    await put(storage, 'l0', 'end')
    for (let i = 1; i <= 41; i++) fs.symlinkSync(`l${i - 1}`, join(directory, `l${i}`))
    assert.equal(await text(storage, 'l39'), 'end')
    assert.equal(await storage.stat(key('l41')), null)
  })
}

test('a folder swapped for a link to the outside, again and again, is never followed', async (t) => {
  const { storage, directory, outside } = await openDisk(t)
  fs.mkdirSync(join(outside, 'secrets'))
  fs.writeFileSync(join(outside, 'secrets', 'f'), 'secret')
  fs.chmodSync(join(outside, 'secrets', 'f'), 0o600)
  fs.mkdirSync(join(directory, 'd'))
  fs.writeFileSync(join(directory, 'd', 'f'), 'inside')
  const swapper = await swapping(t, directory)
  const outcomes = new Set<string>()
  for (let i = 0; i < 3000; i++) {
    const at = i % 2 === 0 ? 'd/f' : 's/f'
    outcomes.add(await text(storage, at).catch((error: { code: string }) => error.code))
    await storage.setMode?.(key('d/f'), 0o644).catch(() => {})
    if (i % 10 !== 0) continue
    const upload = await storage.stage(key('d/new')).catch(() => null)
    await upload?.append(body('new'))
    await upload?.publish().catch(() => {})
    await upload?.discard()
    for (const entry of await listed(storage, key('d')).catch(() => [])) outcomes.add(`listed ${entry.key}`)
  }
  assert.ok((await swapper()) > 100, 'nothing was swapped')
  assert.ok(outcomes.has('inside'))
  assert.deepEqual(fs.readdirSync(join(outside, 'secrets')), ['f'])
  assert.equal(fs.readFileSync(join(outside, 'secrets', 'f'), 'utf8'), 'secret')
  assert.equal(fs.statSync(join(outside, 'secrets', 'f')).mode & 0o777, 0o600)
  const allowed = ['inside', 'not-found', 'not-directory', 'listed d/f', 'listed d/new']
  assert.deepEqual(
    [...outcomes].filter((outcome) => !allowed.includes(outcome)),
    [],
  )
})
