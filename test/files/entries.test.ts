import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { permissions } from '../../src/accounts/account.ts'
import { entryStyle } from '../../src/files/entries.ts'
import { at, key, newStorage, put, scene } from './fixture.ts'

test('the perm facts are letters of RFC 3659 in alphabetical order, one for each right', () => {
  const all = entryStyle(new Set(permissions))
  assert.deepEqual([all.filePerm, all.folderPerm], ['adfrw', 'cdeflmp'])
  const none = entryStyle(new Set())
  assert.deepEqual([none.filePerm, none.folderPerm], ['', 'e'])
  const box = entryStyle(new Set(['write']))
  assert.deepEqual([box.filePerm, box.folderPerm], ['', 'ce'])
  fc.assert(
    fc.property(fc.subarray([...permissions]), (subset) => {
      const style = entryStyle(new Set(subset))
      for (const perm of [style.filePerm, style.folderPerm]) assert.equal(perm.split('').toSorted().join(''), perm)
      assert.equal(style.filePerm.includes('w'), subset.includes('overwrite'))
      assert.equal(style.folderPerm.includes('c'), subset.includes('write'))
    }),
  )
})

test('modes are the store’s where it has them, else made from the rights', async () => {
  const inner = newStorage()
  await put(inner, 'f', '')
  const modeless: typeof inner = {
    ...inner,
    stat: async (...call) => {
      const entry = await inner.stat(...call)
      if (entry === null) return null
      const { mode: _, ...rest } = entry
      return rest
    },
  }
  const modes = async (granted: readonly (typeof permissions)[number][]) => {
    const { tree } = scene({ permissions: granted, storages: { main: modeless } })
    return [(await tree.stat(at('/f'))).mode, (await tree.stat(at('/'))).mode]
  }
  assert.deepEqual(await modes(permissions), [0o644, 0o755])
  assert.deepEqual(await modes(['list', 'read']), [0o444, 0o555])
  await inner.setMode?.(key('f'), 0o640)
  assert.equal((await scene({ storages: { main: inner } }).tree.stat(at('/f'))).mode, 0o640)
})
