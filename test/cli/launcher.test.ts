import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { uncovered } from '../helpers/uncovered.ts'

test('a server whose launcher was killed ends at once, for nobody passes signals on any more', async (t) => {
  const main = new URL('../../src/main.ts', import.meta.url)
  const cwd = temporaryFolder(t)
  const args = ['serve', '--address', '127.0.0.1', '--port', '0', '--implicit-port', '0', '--workers', '1']
  const child = fork(main, args, { cwd, stdio: ['ignore', 'pipe', 'ignore', 'ipc'], env: uncovered() })
  t.after(() => child.kill('SIGKILL'))
  for await (const chunk of child.stdout ?? []) if (String(chunk).includes('Sluice is ready.')) break
  child.disconnect()
  const [status, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.deepEqual([status, signal], [null, 'SIGKILL'])
})
