import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { CliContext } from '../../src/cli/context.ts'
import { promptHidden } from '../../src/cli/prompt.ts'

/** Asks one question of somebody who types. */
async function ask(typed: string | null): Promise<{ readonly answer: string; readonly shown: string }> {
  const stdin = new PassThrough()
  let shown = ''
  const stderr = { write: (text: string) => (shown += text) }
  const asked = promptHidden({ stdin, stderr } as unknown as CliContext, 'Password: ')
  await wait(1)
  if (typed === null) stdin.end()
  else stdin.write(typed)
  return { answer: await asked, shown }
}

test('a password is asked for, and nothing of what is typed is shown', async () => {
  assert.deepEqual(await ask('geheim\r'), { answer: 'geheim', shown: 'Password: \n' })
})

test('what was mistyped can be taken back', async () => {
  assert.equal((await ask('gehim\x7f\x7fei\x7fim\r')).answer, 'geheim')
})

test('no answer is an error', async () => {
  await assert.rejects(ask(null), { name: 'CommandError', message: 'Nothing was typed.' })
})
