import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError, isGatewayError, type ErrorCode } from '../../../src/core/errors.ts'
import { parseKey } from '../../../src/core/paths.ts'
import type { UploadSpec } from '../../../src/storage/multipart/engine.ts'
import { fakeObjectStore, type FakeObjectStore, type FakeOptions } from '../../helpers/fake-object-store.ts'
import { lendingBody, patternBytes } from '../../helpers/lending-body.ts'
import { stagedUpload, uploadEngine } from '../../helpers/uploads.ts'

const key = 'in/file'
const old = patternBytes(35_000, 99)

interface Scene {
  readonly name: string
  readonly bytes: number
  readonly spec: Partial<UploadSpec>
  /** How many bytes of the old content stay. */
  readonly startBytes: number
}

const scenes: readonly Scene[] = [
  { name: 'small', bytes: 500, spec: {}, startBytes: 0 },
  { name: 'of parts', bytes: 65_000, spec: {}, startBytes: 0 },
  { name: 'behind a copied beginning', bytes: 25_000, spec: {}, startBytes: 35_000 },
  { name: 'behind a beginning too small to copy', bytes: 25_000, spec: {}, startBytes: 900 },
  { name: 'of long parts', bytes: 260_000, spec: { declaredBytes: 260_000, bufferBytes: 3000 }, startBytes: 0 },
]

interface Run {
  readonly fake: FakeObjectStore
  readonly isPublished: boolean
  readonly error: unknown
  readonly leasedBytes: number
}

/** Stage, append and publish, and discard when anything throws: as `write` does. */
async function run({ bytes, spec, startBytes }: Scene, options: FakeOptions): Promise<Run> {
  const fake = fakeObjectStore({ rules: { maxParts: 100, maxPartBytes: 30_000 }, ...options })
  const { version } = fake.place(key, old)
  const engine = uploadEngine(fake.store, { parallelParts: 2 })
  const base = startBytes === 0 ? null : { key: parseKey(key), version, bytes: startBytes, checksum: null }
  const upload = stagedUpload(engine, { bufferBytes: 10_000, ...spec, base })
  let error: unknown = null
  try {
    await upload.append(lendingBody(patternBytes(bytes, 5), 2000))
    await upload.publish()
  } catch (thrown) {
    error = thrown
    await upload.discard()
  }
  return { fake, isPublished: error === null, error, leasedBytes: engine.budget.statistics().leasedBytes }
}

function wanted({ bytes, startBytes }: Scene): Buffer {
  return Buffer.concat([old.subarray(0, startBytes), patternBytes(bytes, 5)])
}

/** Everything but the object itself is gone: no parts, no hidden objects, no memory. */
function assertClean({ fake, leasedBytes }: Run, what: string): void {
  assert.deepEqual([...fake.uploads.keys()], [], `${what}: unfinished uploads`)
  assert.deepEqual([...fake.objects.keys()], [key], `${what}: objects`)
  assert.equal(leasedBytes, 0, `${what}: memory`)
}

for (const scene of scenes) {
  test(`content ${scene.name} is stored whole, and leaves nothing else`, async () => {
    const clean = await run(scene, {})
    assert.equal(clean.error, null)
    assert.ok(clean.fake.objects.get(key)?.content.equals(wanted(scene)))
    assertClean(clean, scene.name)
  })

  test(`content ${scene.name}: whichever call fails, the old content stays and nothing else does`, async () => {
    const calls = (await run(scene, {})).fake.calls.length
    for (const code of ['unavailable', 'permission-denied'] as const) {
      for (let n = 1; n <= calls; n++) {
        const failing = await run(scene, { before: failAt(n, code) })
        const what = `call ${n} (${failing.fake.calls[n - 1]?.name})`
        if (!failing.isPublished) {
          assert.ok(isGatewayError(failing.error, code), `${what}: ${String(failing.error)}`)
          assert.ok(failing.fake.objects.get(key)?.content.equals(old), what)
        } else {
          assert.ok(['abort', 'remove'].includes(failing.fake.calls[n - 1]?.name ?? ''), `${what} does not matter`)
        }
        if (!isCleaning(failing, n)) assertClean(failing, what)
      }
    }
  })

  test(`content ${scene.name}: whichever answer is lost, the truth is told`, async () => {
    const calls = (await run(scene, {})).fake.calls.length
    for (let n = 1; n <= calls; n++) {
      const failing = await run(scene, { after: failAt(n, 'unavailable') })
      const name = failing.fake.calls[n - 1]?.name
      const what = `answer ${n} (${name})`
      const present = failing.fake.objects.get(key)?.content
      assert.ok(present?.equals(failing.isPublished ? wanted(scene) : old), what)
      // An upload whose id never came can only be found by its age.
      if (name !== 'begin') assertClean(failing, what)
    }
  })
}

test('when the store goes away for good, an upload ends with what went wrong first', async () => {
  for (const scene of scenes) {
    const calls = (await run(scene, {})).fake.calls.length
    for (let n = 1; n <= calls; n++) {
      const gone = await run(scene, { before: (_, count) => (count >= n ? fail('unavailable') : undefined) })
      const name = gone.fake.calls[n - 1]?.name ?? ''
      if (gone.isPublished) assert.ok(['abort', 'remove'].includes(name), `${scene.name} ${n} ${name}`)
      else assert.ok(gone.fake.objects.get(key)?.content.equals(old), `${scene.name} ${n} ${name}`)
      assert.equal(gone.leasedBytes, 0)
    }
  }
})

/** A failure of the cleaning itself leaves what it was to remove. */
function isCleaning({ fake }: Run, n: number): boolean {
  return ['abort', 'remove'].includes(fake.calls[n - 1]?.name ?? '')
}

function failAt(n: number, code: ErrorCode) {
  return (_: unknown, count: number): void => {
    if (count === n) fail(code)
  }
}

function fail(code: ErrorCode): void {
  throw new GatewayError(code, 'Injected.')
}
