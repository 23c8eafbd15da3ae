import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import type { VirtualPath } from '../../src/core/paths.ts'
import { openState } from '../../src/state/database.ts'
import { sqlStagedUploads } from '../../src/state/staged-uploads-sql.ts'
import { childProgram } from '../helpers/child-program.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

test('the state directory is made, and closed to others even if it was open', (t) => {
  const directory = join(temporaryFolder(t), 'a', 'state')
  openState(directory).close()
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  chmodSync(directory, 0o755)
  openState(directory).close()
  assert.equal(statSync(directory).mode & 0o777, 0o700)
})

test('facts are there when the database is opened again', (t) => {
  const directory = temporaryFolder(t)
  const first = openState(directory)
  first.prepare('INSERT INTO facts VALUES (?, ?)').run('a', 'b')
  first.close()
  const second = openState(directory)
  assert.equal(second.prepare('SELECT value FROM facts WHERE name = ?').get('a')?.['value'], 'b')
  assert.equal(second.prepare('SELECT value FROM facts WHERE name = ?').get('c'), null)
  second.close()
})

test('a transaction that throws changes nothing', (t) => {
  const database = openState(temporaryFolder(t))
  const insert = database.prepare('INSERT INTO facts VALUES (?, ?)')
  for (const way of ['transaction', 'durably'] as const) {
    assert.throws(
      () =>
        database[way](() => {
          insert.run('a', 'b')
          throw new RangeError('no')
        }),
      RangeError,
    )
    assert.equal(database.prepare('SELECT * FROM facts').all().length, 0)
  }
  assert.equal(
    database.transaction(() => insert.run('a', 'b')),
    1,
  )
  database.close()
})

test('what was promised is there after a kill, and the journal opens', async (t) => {
  const directory = temporaryFolder(t)
  const child = childProgram(t, new URL('write-forever.ts', import.meta.url), [directory, 'alice'])
  let promised = 0
  for await (const line of child.lines) {
    promised = Number(line)
    if (promised === 50) await child.kill()
  }
  const database = openState(directory)
  const uploads = sqlStagedUploads(database, { owner: 'new', clock: systemClock })
  for (let number = 1; number <= promised; number++) {
    const found = uploads.find('alice', `/${number}` as VirtualPath)
    assert.equal(found?.ticket, 'kept', String(number))
  }
  assert.ok(promised >= 50)
  database.close()
})

test('several processes open a new directory and write at the same time', async (t) => {
  const directory = temporaryFolder(t)
  const program = new URL('write-forever.ts', import.meta.url)
  const children = ['a', 'b', 'c'].map((account) => childProgram(t, program, [directory, account]))
  for (const child of children) {
    for await (const line of child.lines) if (line === '20') break
  }
  await Promise.all(children.map((child) => child.kill()))
  const database = openState(directory)
  const uploads = sqlStagedUploads(database, { owner: 'new', clock: systemClock })
  for (const account of ['a', 'b', 'c']) assert.ok(uploads.find(account, '/20' as VirtualPath), account)
  database.close()
})

test('a file that is no database of ours is told apart from a directory that cannot be used', (t) => {
  const directory = temporaryFolder(t)
  writeFileSync(join(directory, 'state.db'), 'no database, and longer than its header would be. '.repeat(10))
  assert.throws(() => openState(directory), { code: 'corrupted' })
  assert.throws(() => openState(join(directory, 'state.db')), { code: 'unavailable' })
  const taken = join(directory, 'taken')
  mkdirSync(join(taken, 'state.db'), { recursive: true })
  assert.throws(() => openState(taken), { code: 'unavailable' })
})

test('tables of a newer program are left alone', (t) => {
  const directory = temporaryFolder(t)
  const database = openState(directory)
  database.prepare('PRAGMA user_version = 999').run()
  database.close()
  assert.throws(() => openState(directory), { code: 'conflict', message: /newer/ })
})
