import assert from 'node:assert/strict'
import { deliver } from '../../helpers/object-store-double/archive.ts'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isGatewayError } from '../../../src/core/errors.ts'
import { storeErrorOf } from '../../../src/storage/object-http/errors.ts'
import { crc64ecma, crc64nvme } from '../../helpers/object-store-double/checksums.ts'
import { byBytes } from '../../helpers/object-store-double/protocol.ts'
import { bodyOf, pair } from './double-client.ts'

const part = (fill: number) => Buffer.alloc(1024, fill)

for (const kind of ['s3', 'cos'] as const) {
  const crcOf = kind === 'cos' ? crc64ecma : crc64nvme

  describe(`the client on the ${kind} double`, () => {
    test('an object comes back as it was put, with its type, metadata and checksum', async (t) => {
      const { client } = await pair(t, { kind })
      const body = Buffer.from('hello world')
      const settings = { contentType: 'text/plain', metadata: { mtime: '12.5' } }
      const put = await client.putObject('a/b.txt', [body.subarray(0, 4), body.subarray(4)], settings)
      const head = await client.headObject('a/b.txt')
      assert.equal(put.checksum, crcOf(body))
      assert.equal(head?.bytes, 11)
      assert.equal(head?.etag, put.etag)
      assert.equal(head?.contentType, 'text/plain')
      assert.deepEqual(head?.metadata, { mtime: '12.5' })
      const got = await client.getObject('a/b.txt')
      assert.equal(got.facts.checksum, crcOf(body))
      assert.deepEqual(await bodyOf(got.body), body)
    })

    test('an empty object is put and read', async (t) => {
      const { client } = await pair(t, { kind })
      await client.putObject('empty', [])
      const got = await client.getObject('empty')
      assert.equal(got.facts.bytes, 0)
      assert.equal((await bodyOf(got.body)).length, 0)
    })

    test('every key that UTF-8 and the store allow survives put, head, get, list, copy and delete', async (t) => {
      const { client, double } = await pair(t, { kind })
      const key = fc
        .string({ unit: 'binary', minLength: 1, maxLength: 60 })
        .filter((text) => Buffer.byteLength(text) <= 800 && !/^[/\\]|[\u0018-\u001b]|^\.\.?$|\/\.\.?(\/|$)/.test(text))
      await fc.assert(
        fc.asyncProperty(key, async (text) => {
          double.bucket.objects.clear()
          await client.putObject(text, [Buffer.from(text)])
          assert.deepEqual([...double.bucket.objects.keys()], [text])
          assert.equal((await client.headObject(text))?.bytes, Buffer.byteLength(text))
          assert.equal((await bodyOf((await client.getObject(text)).body)).toString(), text)
          assert.deepEqual(
            (await client.listObjects()).objects.map((object) => object.key),
            [text],
          )
          await client.copyObject({ key: text }, `${text}2`)
          assert.deepEqual(await client.deleteObjects([text, `${text}2`]), [])
          assert.equal(double.bucket.objects.size, 0)
        }),
        { numRuns: 25 },
      )
    })

    test('a name that is no Unicode is refused before anything is sent', async (t) => {
      const { client, double } = await pair(t, { kind })
      await assert.rejects(client.putObject('a\ud800', [part(1)]), (error) => isGatewayError(error, 'invalid-path'))
      assert.equal(double.requests.length, 0)
    })

    test('a range is read, also to the end and beyond it', async (t) => {
      const { client } = await pair(t, { kind })
      await client.putObject('ten', [Buffer.from('0123456789')])
      const text = async (start: number, end: number | null) =>
        (await bodyOf((await client.getObject('ten', { start, end })).body)).toString()
      assert.equal(await text(2, 5), '234')
      assert.equal(await text(7, null), '789')
      assert.equal(await text(7, 100), '789')
      await assert.rejects(text(10, null), (error) => isGatewayError(error, 'invalid-restart'))
    })

    test('a changed object is a conflict for who read another one', async (t) => {
      const { client } = await pair(t, { kind })
      const { etag } = await client.putObject('file', [part(1)])
      await client.putObject('file', [part(2)])
      const read = client.getObject('file', { start: 5, ifMatch: etag })
      await assert.rejects(read, (error) => isGatewayError(error, 'conflict'))
    })

    test('"nothing may be there" is kept by PUT and by Complete', async (t) => {
      const { client, double } = await pair(t, { kind, leastPartBytes: 1 })
      await client.putObject('file', [part(1)], { ifAbsent: true })
      const second = client.putObject('file', [part(2)], { ifAbsent: true })
      await assert.rejects(second, (error) => isGatewayError(error, 'already-exists'))
      const uploadId = await client.createMultipartUpload('file')
      const one = await client.uploadPart({ key: 'file', uploadId, number: 1 }, [part(3)])
      const complete = client.completeMultipartUpload({ key: 'file', uploadId }, [one], { ifAbsent: true })
      await assert.rejects(complete, (error) => isGatewayError(error, 'already-exists'))
      assert.deepEqual(double.bucket.objects.get('file')?.body, part(1))
    })

    test('parts become one object, whose checksum is that of the whole', async (t) => {
      const { client, double } = await pair(t, { kind, leastPartBytes: 1 })
      const uploadId = await client.createMultipartUpload('big', { metadata: { token: 'x' } })
      const address = (number: number) => ({ key: 'big', uploadId, number })
      await client.putObject('source', [part(7)])
      const parts = [
        await client.uploadPart(address(1), [part(1), part(2)], {
          md5: createHash('md5').update(part(1)).update(part(2)).digest(),
        }),
        await client.uploadPartCopy(address(2), { key: 'source', range: { start: 10, end: 1000 } }),
        await client.uploadPart(address(3), [part(3)]),
      ]
      const { parts: listed } = await client.listParts({ key: 'big', uploadId })
      assert.deepEqual(
        listed.map(({ number, bytes }) => [number, bytes]),
        [
          [1, 2048],
          [2, 990],
          [3, 1024],
        ],
      )
      const whole = Buffer.concat([part(1), part(2), part(7).subarray(10, 1000), part(3)])
      const done = await client.completeMultipartUpload({ key: 'big', uploadId }, parts, {
        checksum: crcOf(whole),
        bytes: whole.length,
      })
      assert.equal(done.checksum, crcOf(whole))
      assert.equal((await client.headObject('big'))?.etag, done.etag)
      assert.deepEqual(double.bucket.objects.get('big')?.body, whole)
      assert.deepEqual((await client.headObject('big'))?.metadata, { token: 'x' })
      await assert.rejects(client.listParts({ key: 'big', uploadId }), (error) => isGatewayError(error, 'not-found'))
      await client.abortMultipartUpload({ key: 'big', uploadId })
    })

    test('a body that was changed on the way is refused by the store, and sent again', async (t) => {
      const { client, double } = await pair(t, { kind })
      double.rules.add({ op: 'PutObject', nth: 1, fault: { kind: 'corrupt-request' } })
      await client.putObject('file', [part(1)], { md5: createHash('md5').update(part(1)).digest() })
      assert.deepEqual(
        double.requests.map(({ status }) => status),
        [400, 200],
      )
      double.rules.clear()
      double.rules.add({ op: 'PutObject', fault: { kind: 'corrupt-request' } })
      const always = client.putObject('file', [part(2)], { md5: createHash('md5').update(part(2)).digest() })
      await assert.rejects(always, (error) => isGatewayError(error, 'corrupted'))
      assert.deepEqual(double.bucket.objects.get('file')?.body, part(1))
    })

    test('a listing goes on from page to page, by keys and by folders', async (t) => {
      const { client } = await pair(t, {
        kind,
        virtualKeys: { count: 2500, keyAt: (i) => `d${Math.floor(i / 5) + 1000}/f${i % 5}` },
      })
      const pages = async (options: { delimiter?: string; prefix?: string }) => {
        const names: string[] = []
        let requests = 0
        let cursor: string | null = null
        do {
          const page = await client.listObjects({ ...options, cursor })
          names.push(...page.objects.map((object) => object.key), ...page.prefixes)
          cursor = page.next
          requests++
        } while (cursor !== null)
        return { names, requests }
      }
      const flat = await pages({})
      assert.equal(flat.names.length, 2500)
      assert.equal(new Set(flat.names).size, 2500)
      assert.equal(flat.requests, 3)
      const folders = await pages({ delimiter: '/' })
      assert.equal(folders.names.length, 500)
      assert.deepEqual(folders.names, folders.names.toSorted(byBytes))
      assert.deepEqual(
        (await pages({ prefix: 'd1003/', delimiter: '/' })).names,
        [0, 1, 2, 3, 4].map((i) => `d1003/f${i}`),
      )
    })

    test('a listing is the same in pages of any length', async (t) => {
      const { client, double } = await pair(t, { kind })
      const keys = ['a', 'a b', 'a+b', 'a-b/x', 'a/', 'a/1', 'a/2/x', 'a/2/y', 'b%41', '\ue000/x', '\u{10000}', 'ü/ö']
      for (const key of keys) await client.putObject(key, [])
      for (const [delimiter, expected] of [
        [undefined, keys],
        ['/', ['a', 'a b', 'a+b', 'a-b/', 'a/', 'b%41', '\ue000/', '\u{10000}', 'ü/']],
      ] as const) {
        for (const mostKeys of [1, 2, 3, 1000]) {
          const names: string[] = []
          let cursor: string | null = null
          do {
            const page = await client.listObjects({ cursor, mostKeys, ...(delimiter && { delimiter }) })
            assert.ok(page.objects.length + page.prefixes.length <= mostKeys)
            names.push(...page.objects.map((object) => object.key), ...page.prefixes)
            cursor = page.next
          } while (cursor !== null)
          assert.deepEqual(names.toSorted(byBytes), expected.toSorted(byBytes))
        }
      }
      assert.ok(double.requests.every(({ status }) => status === 200))
    })

    test('unfinished uploads are listed, over pages', async (t) => {
      const { client, double } = await pair(t, { kind })
      for (const key of ['x/1', 'x/1', 'x/2', 'y']) await client.createMultipartUpload(key)
      const { uploads, next } = await client.listMultipartUploads({ prefix: 'x/' })
      assert.deepEqual(
        uploads.map(({ key }) => key),
        ['x/1', 'x/1', 'x/2'],
      )
      assert.ok(uploads.every(({ uploadId }) => double.bucket.uploads.has(uploadId)))
      assert.equal(next, null)
      const rest = await client.listMultipartUploads({ prefix: 'x/', after: uploads[0] ?? null })
      assert.deepEqual(rest.uploads, uploads.slice(1))
    })

    test('what was not deleted of many is named with its reason', async (t) => {
      const { client, double } = await pair(t, { kind })
      const xml =
        '<DeleteResult><Error><Key>a&amp;b</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>'
      await client.putObject('a&b', [])
      assert.deepEqual(await client.deleteObjects(['a&b', 'not-there', 'tab\tand\rreturn']), [])
      assert.equal(double.bucket.objects.size, 0)
      double.rules.add({ op: 'DeleteObjects', fault: { kind: 'answer', body: xml } })
      const failed = await client.deleteObjects(['a&b', 'c'])
      assert.deepEqual(
        failed.map(({ key, error }) => [key, error.code]),
        [['a&b', 'permission-denied']],
      )
    })

    test('a copy keeps the metadata, or gets other; its class is stated again', async (t) => {
      const { client } = await pair(t, { kind })
      await client.putObject('from', [part(1)], {
        metadata: { a: '1' },
        contentType: 'text/x',
        storageClass: 'STANDARD_IA',
      })
      await client.copyObject({ key: 'from' }, 'kept')
      await client.copyObject({ key: 'from' }, 'other', {
        replacesMetadata: true,
        metadata: { b: '2' },
        storageClass: 'STANDARD_IA',
      })
      const [kept, other] = [await client.headObject('kept'), await client.headObject('other')]
      assert.deepEqual([kept?.metadata, kept?.contentType, kept?.storageClass], [{ a: '1' }, 'text/x', null])
      assert.deepEqual([other?.metadata, other?.storageClass], [{ b: '2' }, 'STANDARD_IA'])
      await assert.rejects(client.copyObject({ key: 'none' }, 'x'), (error) => isGatewayError(error, 'not-found'))
    })

    test('a 200 with an error inside is a failure, tried again', async (t) => {
      const { client, double } = await pair(t, { kind, leastPartBytes: 1 })
      const error = { kind: 'error', status: 200, code: 'InternalError', spaces: 20 } as const
      await client.putObject('from', [part(1)])
      double.rules.add({ op: 'CopyObject', nth: 1, fault: error })
      await client.copyObject({ key: 'from' }, 'to')
      assert.equal(double.bucket.objects.has('to'), true)
      const uploadId = await client.createMultipartUpload('big')
      const one = await client.uploadPart({ key: 'big', uploadId, number: 1 }, [part(3)])
      double.rules.add({ op: 'CompleteMultipartUpload', fault: error })
      const complete = client.completeMultipartUpload({ key: 'big', uploadId }, [one])
      await assert.rejects(
        complete,
        (error) => storeErrorOf(error)?.code === 'InternalError' && isGatewayError(error, 'unavailable'),
      )
      assert.equal(double.bucket.objects.has('big'), false)
    })

    test('an archived object says so, and can be restored', async (t) => {
      const { client, double } = await pair(t, { kind })
      await client.putObject('old', [part(1)], { storageClass: 'ARCHIVE' })
      await assert.rejects(
        client.getObject('old'),
        (error) => isGatewayError(error, 'conflict') && /archive/.test(error.message),
      )
      await client.restoreObject('old', { days: 1, tier: 'Standard' })
      assert.equal((await client.headObject('old'))?.restore, 'ongoing-request="true"')
      await assert.rejects(client.restoreObject('old', { days: 1, tier: 'Standard' }), (error) =>
        isGatewayError(error, 'conflict'),
      )
      deliver(double, 'old')
      assert.deepEqual(await bodyOf((await client.getObject('old')).body), part(1))
    })

    test('a wrong secret is refused, and no sentence tells why', async (t) => {
      const { client, double } = await pair(t, { kind })
      double.changeSecrets({ ...double.secrets, secretKey: 'other' })
      await assert.rejects(client.getObject('x'), (error) => {
        assert.ok(isGatewayError(error, 'permission-denied'))
        assert.equal(storeErrorOf(error)?.code, 'SignatureDoesNotMatch')
        assert.doesNotMatch(error.message, /files|127|x-/)
        return true
      })
    })
  })
}

test('a path as bucket name is refused by COS, and is no way of ours', async (t) => {
  const { client } = await pair(t, { kind: 'cos' }, { addressing: 'path' })
  await assert.rejects(client.getObject('x'), (error) => storeErrorOf(error)?.code === 'PathStyleDomainForbidden')
})

test('content signed by its hash is taken too', async (t) => {
  const { client, double } = await pair(t, {}, { signsContent: true })
  await client.putObject('file', [part(1)])
  assert.match(double.requests[0]?.headers['x-amz-content-sha256'] ?? '', /^[0-9a-f]{64}$/)
})

test('content is not hashed for its signature unless asked', async (t) => {
  const { client, double } = await pair(t)
  await client.putObject('file', [part(1)])
  assert.equal(double.requests[0]?.headers['x-amz-content-sha256'], 'UNSIGNED-PAYLOAD')
})
