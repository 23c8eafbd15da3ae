import assert from 'node:assert/strict'
import { GatewayError } from '../../src/core/errors.ts'
import { rootKey } from '../../src/core/paths.ts'
import { write } from '../../src/storage/write.ts'
import { brokenBody, patternBytes } from '../helpers/lending-body.ts'
import { body, content, foundAgain, key, listed, put, refused, staged, text, type Clauses } from './clause.ts'

const lost = new GatewayError('data-connection-lost', 'The data connection was lost.')

export const stagingClauses: Clauses = {
  async 'what is written is read again, whatever its length'({ storage }) {
    for (const length of [0, 1, 999, 4096, 4097, 65_535, 65_536, 65_537, 200_000, 600_000, 1_048_577]) {
      const wanted = patternBytes(length, length + 1)
      assert.equal((await put(storage, 'f', wanted)).bytes, length)
      assert.ok((await content(storage, 'f')).equals(wanted), `${length} bytes`)
    }
  },
  async 'a chunk is used before the next one is asked for, whatever its length'({ storage }) {
    const whole = patternBytes(700_000)
    for (const chunkBytes of [1, 7, 4096, 65_536, 300_000, 700_000]) {
      const wanted = chunkBytes < 100 ? whole.subarray(0, 5000) : whole
      await write(storage, key('f'), body(wanted, chunkBytes))
      assert.ok((await content(storage, 'f')).equals(wanted), `chunks of ${chunkBytes}`)
    }
  },
  async 'empty chunks count for nothing'({ storage }) {
    const pieces = ['', 'a', '', 'b', ''].map((piece) => Buffer.from(piece))
    async function* body() {
      yield* pieces
    }
    await write(storage, key('f'), body())
    assert.equal(await text(storage, 'f'), 'ab')
  },
  async 'nobody sees an upload before it is published'({ storage }) {
    await put(storage, 'old', 'old')
    const fresh = await staged(storage, 'new', patternBytes(300_000))
    const replacing = await staged(storage, 'old', patternBytes(300_000))
    assert.equal(await storage.stat(key('new')), null)
    assert.deepEqual(
      (await listed(storage, rootKey)).map((entry) => entry.key),
      ['old'],
    )
    assert.equal(await text(storage, 'old'), 'old')
    await fresh.discard()
    await replacing.discard()
  },
  async 'a discarded upload leaves nothing, and the old content as it was'({ storage }) {
    await put(storage, 'f', 'old')
    const before = await storage.stat(key('f'))
    const upload = await staged(storage, 'f', patternBytes(300_000))
    await upload.discard()
    await upload.discard()
    assert.deepEqual(await storage.stat(key('f')), before)
    assert.equal(await text(storage, 'f'), 'old')
    assert.equal(await storage.restage(upload.ticket), null)
  },
  async 'a published upload replaces the whole old content'({ storage }) {
    await put(storage, 'f', patternBytes(500_000))
    await put(storage, 'f', 'short')
    assert.equal(await text(storage, 'f'), 'short')
  },
  async 'a body may come in several appends'({ storage }) {
    const upload = await storage.stage(key('f'))
    const whole = patternBytes(400_000)
    await upload.append(body(whole.subarray(0, 10)))
    await upload.append(body(whole.subarray(10, 300_000)))
    await upload.append(body(whole.subarray(300_000, 300_000)))
    await upload.append(body(whole.subarray(300_000)))
    assert.equal((await upload.publish()).bytes, whole.length)
    assert.ok((await content(storage, 'f')).equals(whole))
  },
  async 'durable bytes never exceed what was sent, and all that is durable is published'({ storage }) {
    const whole = patternBytes(300_000)
    const upload = await storage.stage(key('f'))
    assert.equal(upload.durableBytes, 0)
    await refused(upload.append(brokenBody(whole, lost)), 'data-connection-lost')
    const { durableBytes } = upload
    assert.ok(durableBytes <= whole.length)
    await upload.append(body(whole.subarray(durableBytes)))
    assert.equal((await upload.publish()).bytes, whole.length)
    assert.ok((await content(storage, 'f')).equals(whole))
  },
  async 'a body that breaks is thrown on, and write leaves the old content'({ storage }) {
    await put(storage, 'f', 'old')
    for (const sent of ['', 'abc', patternBytes(900_000)]) {
      const broken = brokenBody(Buffer.from(sent), lost)
      await assert.rejects(write(storage, key('f'), broken), (error) => error === lost)
    }
    await refused(write(storage, key('g'), brokenBody(Buffer.from('abc'), lost)), 'data-connection-lost')
    assert.equal(await text(storage, 'f'), 'old')
    assert.equal(await storage.stat(key('g')), null)
  },
  async 'an append whose signal is aborted ends, also when no chunk comes'({ storage }) {
    const controller = new AbortController()
    const upload = await storage.stage(key('f'))
    const silent = Promise.withResolvers<void>()
    async function* body() {
      yield Buffer.from('abc')
      controller.abort()
      await silent.promise
    }
    await refused(upload.append(body(), { signal: controller.signal }), 'aborted')
    silent.resolve()
    await upload.discard()
    assert.equal(await storage.stat(key('f')), null)
  },
  async 'an upload goes on behind what stays of the old content'({ storage }) {
    const old = patternBytes(200_000)
    for (const start of [1, 100_000, 200_000]) {
      await put(storage, 'f', old)
      const upload = await storage.stage(key('f'), { start })
      assert.equal(upload.durableBytes, start)
      await upload.append(body('tail'))
      assert.ok((await content(storage, 'f')).equals(old), 'unseen before it is published')
      assert.equal((await upload.publish()).bytes, start + 4)
      assert.ok((await content(storage, 'f')).equals(Buffer.concat([old.subarray(0, start), Buffer.from('tail')])))
    }
  },
  async 'an upload that goes on with nothing keeps just the beginning'({ storage }) {
    await put(storage, 'f', 'abcdef')
    const upload = await storage.stage(key('f'), { start: 3 })
    await upload.append(body(''))
    await upload.publish()
    assert.equal(await text(storage, 'f'), 'abc')
  },
  async 'a start beyond the present content is refused'({ storage }) {
    await put(storage, 'f', 'abc')
    await refused(storage.stage(key('f'), { start: 4 }), 'invalid-restart')
    await refused(storage.stage(key('x'), { start: 1 }), 'invalid-restart')
    assert.equal(await text(storage, 'f'), 'abc')
  },
  async 'a truncated upload goes on from the offset'({ storage }) {
    const whole = patternBytes(300_000)
    for (const offset of [0, 10, 70_000, 299_999]) {
      const upload = await staged(storage, 'f', whole)
      if (upload.durableBytes < offset) {
        await upload.discard()
        continue
      }
      await upload.truncate(offset)
      assert.equal(upload.durableBytes, offset)
      await upload.append(body('tail'))
      await upload.publish()
      assert.ok((await content(storage, 'f')).equals(Buffer.concat([whole.subarray(0, offset), Buffer.from('tail')])))
    }
  },
  async 'an upload cannot be truncated to more than is durable'({ storage }) {
    const upload = await staged(storage, 'f', 'abc')
    await refused(upload.truncate(4), 'invalid-restart')
    await upload.discard()
  },
  async 'a suspended upload is found again by its ticket'({ storage }) {
    const whole = patternBytes(300_000)
    const second = await foundAgain(storage, await staged(storage, 'f', whole.subarray(0, 200_000)))
    if (second === null) return
    await second.append(body(whole.subarray(second.durableBytes)))
    assert.equal((await second.publish()).key, 'f')
    assert.ok((await content(storage, 'f')).equals(whole))
    assert.equal(await storage.restage(second.ticket), null)
  },
  async 'a suspended upload that goes on from an old file is found again too'({ storage }) {
    const whole = patternBytes(300_000)
    await put(storage, 'f', whole.subarray(0, 100_000))
    const first = await storage.stage(key('f'), { start: 100_000 })
    await first.append(body(whole.subarray(100_000, 200_000)))
    const second = await foundAgain(storage, first)
    assert.ok(second !== null && second.durableBytes >= 100_000)
    await second.append(body(whole.subarray(second.durableBytes)))
    await second.publish()
    assert.ok((await content(storage, 'f')).equals(whole))
  },
  async 'a suspended upload outlives the process'({ storage, reopen }) {
    if (reopen === null) return
    const whole = patternBytes(300_000)
    const first = await staged(storage, 'f', whole.subarray(0, 250_000))
    const later = await reopen()
    const second = await foundAgain(later, first)
    assert.equal(await later.stat(key('f')), null)
    if (second === null) return
    await second.append(body(whole.subarray(second.durableBytes)))
    await second.publish()
    assert.ok((await content(later, 'f')).equals(whole))
  },
  async 'a ticket that nobody gave out leads to nothing'({ storage }) {
    for (const ticket of ['', '{}', 'x', '{"v":1,"id":"../../f"}'])
      assert.equal(await storage.restage(ticket), null, ticket)
  },
  async 'a sweep removes what nobody holds, but for the tickets to keep'({ storage, reopen }) {
    if (storage.sweep === undefined) return
    const [kept, left] = [await staged(storage, 'a', 'kept'), await staged(storage, 'b', 'left')]
    // Where so few bytes wait for more before they are sent, nothing is left to be swept.
    if (kept.durableBytes === 0) return
    const tickets = [kept.ticket, left.ticket] as const
    for (const upload of [kept, left]) await upload.suspend()
    const later = reopen === null ? storage : await reopen()
    assert.equal(await later.sweep?.([tickets[0]]), 1)
    assert.equal(await later.restage(tickets[1]), null)
    const found = await later.restage(tickets[0])
    assert.ok(found !== null)
    await found.publish()
    assert.equal(await text(later, 'a'), 'kept')
  },
  async 'a sweep leaves running uploads alone'({ storage }) {
    if (storage.sweep === undefined) return
    const running = await staged(storage, 'a', patternBytes(200_000))
    await storage.sweep([])
    assert.equal((await running.publish()).bytes, 200_000)
  },
  async 'an upload may be published under another name'({ storage }) {
    await storage.makeDirectory(key('d'))
    const upload = await staged(storage, 'f.part', 'whole')
    const entry = await upload.publish({ as: key('d/f') })
    assert.equal(entry.key, 'd/f')
    assert.equal(await text(storage, 'd/f'), 'whole')
    assert.equal(await storage.stat(key('f.part')), null)
  },
  async 'an upload needs a parent that is a directory'({ storage }) {
    await put(storage, 'f')
    await refused(storage.stage(key('x/y')), 'not-found')
    await refused(storage.stage(key('f/x')), 'not-directory')
  },
  async 'an upload cannot replace a directory'({ storage }) {
    await storage.makeDirectory(key('d'))
    await refused(storage.stage(key('d')), 'is-directory')
    await refused(storage.stage(rootKey), 'is-directory')
  },
  async 'with ifAbsent nothing is replaced, neither at the start nor at the end'({ storage }) {
    await put(storage, 'f', 'first')
    await refused(storage.stage(key('f'), { ifAbsent: true }), 'already-exists')
    const late = await storage.stage(key('g'), { ifAbsent: true })
    await late.append(body('late'))
    await put(storage, 'g', 'early')
    await refused(late.publish(), 'already-exists')
    await late.discard()
    assert.equal(await text(storage, 'g'), 'early')
    await write(storage, key('h'), body('new'), { ifAbsent: true })
    assert.equal(await text(storage, 'h'), 'new')
  },
  async 'of two uploads to one name the one published last stands there, whole'({ storage }) {
    const [one, two] = [patternBytes(300_000, 1), patternBytes(200_000, 2)]
    const [first, second] = [await staged(storage, 'f', one), await staged(storage, 'f', two)]
    assert.equal((await second.publish()).bytes, two.length)
    assert.equal((await first.publish()).bytes, one.length)
    assert.ok((await content(storage, 'f')).equals(one))
  },
  async 'many uploads at once do not mix'({ storage }) {
    const contents = Array.from({ length: 12 }, (_, i) => patternBytes(50_000 * i, i + 1))
    await Promise.all(contents.map((each, i) => put(storage, `f${i}`, each)))
    for (const [i, each] of contents.entries()) assert.ok((await content(storage, `f${i}`)).equals(each), `f${i}`)
  },
  async 'a reader keeps the content it opened, or is told; it never gets a mix'({ storage }) {
    const [old, fresh] = [patternBytes(2_000_000, 1), patternBytes(2_000_000, 2)]
    await put(storage, 'f', old)
    const file = await storage.read(key('f'))
    const seen: Buffer[] = []
    try {
      for await (const chunk of file.body) {
        if (seen.length === 0) await put(storage, 'f', fresh)
        seen.push(Buffer.from(chunk))
      }
      assert.ok(Buffer.concat(seen).equals(old))
    } catch (error) {
      assert.equal((error as GatewayError).code, 'conflict')
    } finally {
      await file.close()
    }
    assert.ok((await content(storage, 'f')).equals(fresh))
  },
  async 'a journal, where it is asked, knows the ticket before the content can be found'({ storage, reopen }) {
    const tickets: string[] = []
    const journal = async (ticket: string) => void tickets.push(ticket)
    const upload = await storage.stage(key('f'), { journal })
    await upload.append(body(patternBytes(2_000_000)))
    await upload.suspend()
    assert.ok(tickets.length <= 1)
    const later = await reopen?.()
    for (const ticket of later === undefined ? [] : tickets) assert.notEqual(await later?.restage(ticket), null)
  },
}
