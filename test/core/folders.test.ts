import assert from 'node:assert/strict'
import fs, { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolders, type FolderSystem } from '../../src/core/folders.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

test('all missing folders are made, with the mode; those that are there stay as they are', (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'a'), { mode: 0o755 })
  makeFolders(fs, join(folder, 'a/b/c'), { mode: 0o700 })
  makeFolders(fs, join(folder, 'a/b/c'), { mode: 0o700 })
  makeFolders(fs, `${join(folder, 'a/b/d')}/`)
  const modes = ['a', 'a/b', 'a/b/c'].map((name) => statSync(join(folder, name)).mode & 0o777)
  assert.deepEqual(modes, [0o755, 0o700, 0o700])
  assert.ok(existsSync(join(folder, 'a/b/d')))
})

test('a link to a folder is one; a file in its place, or above, is an error', (t) => {
  const folder = temporaryFolder(t)
  symlinkSync(folder, join(folder, 'link'))
  makeFolders(fs, join(folder, 'link/a'))
  assert.ok(existsSync(join(folder, 'a')))
  writeFileSync(join(folder, 'file'), '')
  assert.throws(() => makeFolders(fs, join(folder, 'file')), { code: 'EEXIST' })
  assert.throws(() => makeFolders(fs, join(folder, 'file/a/b')), { code: 'ENOTDIR' })
})

test('a folder that takes no other is an error at once, as procfs has them', () => {
  let calls = 0
  const procfs: FolderSystem = {
    mkdirSync(path) {
      calls++
      throw Object.assign(new Error(path), { code: path === '/proc' || path === '/' ? 'EEXIST' : 'ENOENT', path })
    },
    statSync: (path) => (path === '/proc' || path === '/' ? { isDirectory: () => true } : undefined),
  }
  assert.throws(() => makeFolders(procfs, '/proc/nothing/at/all'), { code: 'ENOENT', path: '/proc/nothing' })
  assert.ok(calls < 10)
})

test('a folder that someone else makes at the same moment is as good as ours', (t) => {
  const folder = join(temporaryFolder(t), 'a/b')
  const system: FolderSystem = {
    ...fs,
    mkdirSync(path, options) {
      fs.mkdirSync(path, options)
      if (path === folder) throw Object.assign(new Error('too late'), { code: 'EEXIST' })
    },
  }
  makeFolders(system, folder)
  assert.ok(existsSync(folder))
})
