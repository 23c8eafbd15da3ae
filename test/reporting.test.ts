import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gateway } from './helpers/gateway.ts'
import { loggedIn } from './helpers/raw-client.ts'
import { temporaryFolder } from './helpers/temporary-folder.ts'

test('the transfer log has a line for each file that was moved or removed, and none for listings', async (t) => {
  const file = join(temporaryFolder(t), 'transfers.log')
  const server = await gateway(t, { kinds: ['none'], log: { transferLog: file } })
  const client = await loggedIn(server)
  assert.equal((await client.upload('STOR a', 'one')).code, 226)
  assert.equal((await client.upload('APPE a', ' two')).code, 226)
  assert.match((await client.upload('STOU', 'unique')).text, /\S/)
  for (const listing of ['LIST', 'NLST', 'MLSD']) await client.download(listing)
  assert.equal((await client.download('RETR a')).bytes.toString(), 'one two')
  assert.deepEqual(await client.codes('DELE a', 'DELE a'), [250, 550])
  const lines = () => readFileSync(file, 'utf8').trimEnd().split('\n')
  for (let i = 0; i < 500 && lines().length < 5; i++) await sleep(10)
  // Behind the date: seconds, host, bytes, name, type, action, direction.
  const facts = lines().map((line) => line.split(' ').filter((word) => word !== ''))
  assert.deepEqual(
    facts.map((words) => [words[7], words[11]]),
    [
      ['3', 'i'],
      ['4', 'i'],
      ['6', 'i'],
      ['7', 'o'],
      ['0', 'd'],
    ],
  )
  const removed = server.log.filter(({ message }) => message === 'file removed')
  assert.deepEqual(
    removed.map(({ fields }) => [fields['account'], fields['path']]),
    [['ada', '/a']],
  )
})
