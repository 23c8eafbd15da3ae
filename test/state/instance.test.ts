import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openState } from '../../src/state/database.ts'
import { instanceId, lockState } from '../../src/state/instance.ts'
import { openSqlite } from '../../src/state/sqlite.ts'
import { childProgram } from '../helpers/child-program.ts'
import { testOnEngines } from '../helpers/state-engines.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

const program = new URL('hold-lock.ts', import.meta.url)
const sentence = 'Another Sluice is using the state directory.'

testOnEngines('an instance keeps its id as long as its state directory', async (t, engine) => {
  const options = await engine.empty(t)
  const first = await openState(options)
  assert.equal(await instanceId(options, first, () => 'one'), 'one')
  assert.equal(await instanceId(options, first, () => 'two'), 'one')
  await first.close()
  const second = await openState(options)
  assert.equal(await instanceId(options, second), 'one')
  const elsewhere = { ...options, directory: temporaryFolder(t) }
  const other = await openState(elsewhere)
  assert.match(await instanceId(elsewhere, other), /^[0-9a-f-]{36}$/)
  await second.close()
  await other.close()
})

test('one gateway has a state directory, until it lets go', async (t) => {
  const directory = temporaryFolder(t)
  const lock = lockState(directory)
  assert.throws(() => lockState(directory), { code: 'conflict', message: sentence })
  lockState(temporaryFolder(t)).release()
  await openSqlite(directory).close()
  lock.release()
  lockState(directory).release()
})

test('another process is refused too, and a killed one holds nothing', async (t) => {
  const directory = temporaryFolder(t)
  const holder = childProgram(t, program, [directory])
  assert.equal((await holder.lines.next()).value, 'mine')
  assert.throws(() => lockState(directory), { code: 'conflict' })
  const second = childProgram(t, program, [directory])
  assert.equal((await second.lines.next()).value, sentence)
  await holder.kill()
  lockState(directory).release()
})
