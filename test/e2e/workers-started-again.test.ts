import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loggedIn } from '../helpers/raw-client.ts'
import { served } from '../helpers/served.ts'
import { until } from '../helpers/until.ts'

test('a worker that cannot be started again is tried until it can', async (t) => {
  const place = served(t, { kinds: ['none'], log: { level: 'info', format: 'json' }, workers: 2 })
  const server = await place.start()
  const running = join(place.folder, 'state', 'running')
  fs.renameSync(running, `${running}-away`)
  fs.writeFileSync(running, 'no folder')
  for (const pid of fs.readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' '))
    process.kill(Number(pid), 'SIGKILL')
  const count = () => server.lines.filter((line) => line.includes('it is tried again')).length
  await until('both have failed', () => count() >= 2)
  fs.rmSync(running)
  await until('a worker serves clients', () =>
    loggedIn(server).then(
      () => true,
      () => false,
    ),
  )
  server.signal('SIGTERM')
  assert.equal(await server.exited, 0)
})
