import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IncompleteUploads } from '../../src/accounts/account.ts'
import type { Verdict } from '../../src/core/verdict.ts'
import { at, broken, contentOf, leftStaged, newStorage, put, scene } from './fixture.ts'

const verdicts: readonly Verdict[] = ['clean', 'presumed', 'cut', 'aborted', 'rejected']
const policies: readonly IncompleteUploads[] = ['discard', 'resume', 'publish']

function expectedOutcome(verdict: Verdict, policy: IncompleteUploads): 'published' | 'kept' | 'discarded' {
  if (verdict === 'clean' || verdict === 'presumed') return 'published'
  if (verdict === 'rejected' || policy === 'discard') return 'discarded'
  return policy === 'resume' ? 'kept' : 'published'
}

for (const policy of policies) {
  for (const verdict of verdicts) {
    const outcome = expectedOutcome(verdict, policy)
    for (const [kind, old] of [
      ['a new file', null],
      ['an old file', 'old content'],
    ] as const) {
      test(`an upload to ${kind} that ends ${verdict} under ${policy} is ${outcome}`, async () => {
        const main = newStorage()
        if (old !== null) await put(main, 'f', old)
        const { tree, staged } = scene({ account: { incompleteUploads: policy }, storages: { main } })
        const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
        const isWhole = verdict === 'clean' || verdict === 'presumed'
        if (isWhole) await pending.append(pieces('new'))
        else await assert.rejects(pending.append(broken('new')))
        assert.deepEqual(await pending.settle(verdict), { outcome, bytes: outcome === 'discarded' ? 0 : 3 })

        const untouched = old === null ? {} : { f: old }
        assert.deepEqual(await contentOf(main), outcome === 'published' ? { f: 'new' } : untouched)
        assert.equal(staged.all().length, outcome === 'kept' ? 1 : 0)
        assert.equal(await leftStaged(main, staged), 0)
      })
    }
  }
}

test('an upload whose first byte was never asked for leaves things as they are, unless it ended well', async () => {
  for (const policy of policies) {
    for (const verdict of verdicts) {
      const main = newStorage()
      await put(main, 'f', 'old')
      const { tree, staged } = scene({ account: { incompleteUploads: policy }, storages: { main } })
      const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
      await pending.settle(verdict)
      const isWhole = verdict === 'clean' || verdict === 'presumed'
      assert.deepEqual(await contentOf(main), { f: isWhole ? '' : 'old' })
      assert.equal(staged.all().length, 0)
      assert.equal(await leftStaged(main, staged), 0)
    }
  }
})

test('a cut upload that cannot be published says so by its outcome, not by throwing', async () => {
  const inner = newStorage()
  const main: typeof inner = {
    ...inner,
    stage: async (...call) => {
      const staged = await inner.stage(...call)
      staged.publish = () => Promise.reject(new Error('away'))
      return staged
    },
  }
  const { tree, staged } = scene({ account: { incompleteUploads: 'publish' }, storages: { main } })
  const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
  await assert.rejects(pending.append(broken('x')))
  assert.deepEqual(await pending.settle('cut'), { outcome: 'discarded', bytes: 0 })
  assert.equal(await leftStaged(inner, staged), 0)
})

async function* pieces(text: string): AsyncGenerator<Uint8Array, void> {
  for (const letter of text) yield Buffer.from(letter)
}
