import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openState } from '../../src/state/database.ts'
import { instanceId, lockState } from '../../src/state/instance.ts'
import { childProgram } from '../helpers/child-program.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

const program = new URL('hold-lock.ts', import.meta.url)
const sentence = 'Another Sluice is using the state directory.'

test('an instance keeps its id as long as its state directory', (t) => {
  const directory = temporaryFolder(t)
  const first = openState(directory)
  assert.equal(
    instanceId(first, () => 'one'),
    'one',
  )
  assert.equal(
    instanceId(first, () => 'two'),
    'one',
  )
  first.close()
  const second = openState(directory)
  assert.equal(instanceId(second), 'one')
  second.close()
  const other = openState(temporaryFolder(t))
  assert.match(instanceId(other), /^[0-9a-f-]{36}$/)
  other.close()
})

test('one gateway has a state directory, until it lets go', (t) => {
  const directory = temporaryFolder(t)
  const lock = lockState(directory)
  assert.throws(() => lockState(directory), { code: 'conflict', message: sentence })
  lockState(temporaryFolder(t)).release()
  openState(directory).close()
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
