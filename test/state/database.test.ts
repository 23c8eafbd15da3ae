import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { systemClock } from '../../src/core/clock.ts'
import type { VirtualPath } from '../../src/core/paths.ts'
import { openState } from '../../src/state/database.ts'
import { call } from '../../src/state/sql.ts'
import { openSqlite } from '../../src/state/sqlite.ts'
import { sqlStagedUploads } from '../../src/state/staged-uploads-sql.ts'
import { childProgram } from '../helpers/child-program.ts'
import { emptyDatabase, hasPostgresql } from '../helpers/postgresql.ts'
import { testOnEngines } from '../helpers/state-engines.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { until } from '../helpers/until.ts'

const insert = (name: string, value: string) => call('INSERT INTO facts VALUES (?, ?)', name, value)

test('the state directory is made, and closed to others even if it was open', async (t) => {
  const directory = join(temporaryFolder(t), 'a', 'state')
  await openSqlite(directory).close()
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  chmodSync(directory, 0o755)
  await openSqlite(directory).close()
  assert.equal(statSync(directory).mode & 0o777, 0o700)
})

testOnEngines('what was written is there when the state is opened again', async (t, engine) => {
  const options = await engine.empty(t)
  const first = await openState(options)
  await first.run('INSERT INTO facts VALUES (?, ?)', 'a', 'b')
  await first.close()
  const second = await openState(options)
  assert.equal((await second.get('SELECT value FROM facts WHERE name = ?', 'a'))?.['value'], 'b')
  assert.equal(await second.get('SELECT value FROM facts WHERE name = ?', 'c'), null)
  await second.close()
})

testOnEngines('a transaction of which one part fails changes nothing', async (t, engine) => {
  const database = await openState(await engine.empty(t))
  for (const way of ['transaction', 'durably'] as const) {
    await assert.rejects(database[way](insert('a', 'b'), insert('a', 'twice')), { code: 'unavailable' })
    assert.deepEqual(await database.all('SELECT * FROM facts'), [])
  }
  const results = await database.durably(insert('a', 'b'), call('SELECT value FROM facts'))
  assert.deepEqual(
    results.map(({ count, rows }) => [count, rows.map((row) => row['value'])]),
    [
      [1, []],
      [1, ['b']],
    ],
  )
  await database.close()
})

testOnEngines(
  'texts and whole numbers come back as they were, and texts in the order of their bytes',
  async (t, engine) => {
    const database = await openState(await engine.empty(t))
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''))),
        async (names) => {
          await database.run('DELETE FROM facts')
          for (const name of names) await database.run('INSERT INTO facts VALUES (?, ?)', name, name)
          const found = await database.all('SELECT * FROM facts ORDER BY name')
          assert.deepEqual(
            found.map((row) => row['value']),
            names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
          )
        },
      ),
      { numRuns: 20 },
    )
    await fc.assert(
      fc.asyncProperty(fc.maxSafeInteger(), async (bytes) => {
        await database.run(
          'INSERT INTO quotas VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET used_bytes = ?2',
          'a',
          bytes,
        )
        assert.equal((await database.get('SELECT used_bytes FROM quotas'))?.['used_bytes'], bytes)
      }),
      { numRuns: 20 },
    )
    await database.close()
  },
)

testOnEngines('what was promised is there after a kill, and the journal opens', async (t, engine) => {
  const options = await engine.empty(t)
  const child = childProgram(t, new URL('write-forever.ts', import.meta.url), [JSON.stringify(options), 'alice'])
  let promised = 0
  for await (const line of child.lines) {
    promised = Number(line)
    if (promised === 50) await child.kill()
  }
  const database = await openState(options)
  const uploads = sqlStagedUploads(database, { owner: 'new', clock: systemClock })
  for (let number = 1; number <= promised; number++) {
    const found = await uploads.find('alice', `/${number}` as VirtualPath)
    assert.equal(found?.ticket, 'kept', String(number))
  }
  assert.ok(promised >= 50)
  await database.close()
})

testOnEngines('several processes open a new state and write at the same time', async (t, engine) => {
  const options = await engine.empty(t)
  const program = new URL('write-forever.ts', import.meta.url)
  const children = ['a', 'b', 'c'].map((account) => childProgram(t, program, [JSON.stringify(options), account]))
  for (const child of children) {
    for await (const line of child.lines) if (line === '20') break
  }
  await Promise.all(children.map((child) => child.kill()))
  const database = await openState(options)
  const uploads = sqlStagedUploads(database, { owner: 'new', clock: systemClock })
  for (const account of ['a', 'b', 'c']) assert.ok(await uploads.find(account, '/20' as VirtualPath), account)
  await database.close()
})

test('a file that is no database of ours is told apart from a directory that cannot be used', async (t) => {
  const directory = temporaryFolder(t)
  writeFileSync(join(directory, 'state.db'), 'no database, and longer than its header would be. '.repeat(10))
  await assert.rejects(openState({ directory }), { code: 'corrupted' })
  await assert.rejects(openState({ directory: join(directory, 'state.db') }), { code: 'unavailable' })
  const taken = join(directory, 'taken')
  mkdirSync(join(taken, 'state.db'), { recursive: true })
  await assert.rejects(openState({ directory: taken }), { code: 'unavailable' })
})

if (hasPostgresql())
  test('connections that the server ends are replaced, and what runs at that moment is told to be tried again', async (t) => {
    const options = { directory: temporaryFolder(t), database: await emptyDatabase() }
    const [database, other] = [await openState(options), await openState(options)]
    await database.run('INSERT INTO facts VALUES (?, ?)', 'a', 'b')
    const sleeping = assert.rejects(database.all('SELECT pg_sleep(60)'), { code: 'unavailable' })
    const ended =
      'SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
    await until('it sleeps', async () => {
      const busy = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
      return (await other.all(busy)).length > 0
    })
    assert.ok(Number((await other.get(ended))?.['ended']) >= 1)
    await sleeping
    await until('it works again', async () => {
      try {
        return (await database.get('SELECT value FROM facts'))?.['value'] === 'b'
      } catch {
        // The end of an idle connection is noticed a moment later.
        return false
      }
    })
    await database.close()
    await other.close()
  })

if (hasPostgresql())
  test('what a server refuses at the start is told in its words', async (t) => {
    const database = (await emptyDatabase()).replace('/sluice_test_', '/no_such_')
    await assert.rejects(openState({ directory: temporaryFolder(t), database }), {
      code: 'unavailable',
      message: /^The state database cannot be used: database "no_such_\w+" does not exist\.$/,
    })
  })

test('a server that is not there is told, and nothing of its address', async (t) => {
  const database = 'postgresql://bob:secret@127.0.0.1:1/nowhere'
  await assert.rejects(openState({ directory: temporaryFolder(t), database }), {
    code: 'unavailable',
    message: 'The state database cannot be used.',
  })
})

testOnEngines('tables of a newer program are left alone', async (t, engine) => {
  const options = await engine.empty(t)
  const database = await openState(options)
  const raise = engine.name === 'SQLite' ? 'PRAGMA user_version = 999' : 'UPDATE sluice_schema SET version = 999'
  await database.run(raise)
  await database.close()
  await assert.rejects(openState(options), { code: 'conflict', message: /newer/ })
})
