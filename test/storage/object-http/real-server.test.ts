import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { isGatewayError } from '../../../src/core/errors.ts'
import { staticCredentials } from '../../../src/storage/object-http/credentials/credential-source.ts'
import type { DialectName } from '../../../src/storage/object-http/dialects.ts'
import { objectClient, type ObjectClient } from '../../../src/storage/object-http/object-client.ts'
import { crc64nvme } from '../../helpers/object-store-double/checksums.ts'
import { byBytes } from '../../helpers/object-store-double/protocol.ts'
import { hasRealS3, realS3 } from '../../helpers/real-s3.ts'
import { bodyOf } from './double-client.ts'

const mib = 1024 ** 2

if (hasRealS3()) {
  const server = await realS3()
  const client: ObjectClient = objectClient({
    ...server,
    dialect: server.dialect as DialectName,
    credentials: staticCredentials({ ...server, token: null }),
    expectContinueBytes: mib,
  })
  after(() => client.close())
  const named = (key: string) => `${server.prefix}${key}`

  describe('the client on a real S3 server', () => {
    test('an object comes back as it was put', async () => {
      const key = named('a b/+ü%41&<ø>.txt')
      const put = await client.putObject(key, [Buffer.from('hello '), Buffer.from('world')], {
        metadata: { mtime: '12.5' },
      })
      const head = await client.headObject(key)
      assert.deepEqual([head?.bytes, head?.etag, head?.metadata['mtime']], [11, put.etag, '12.5'])
      const { body } = await client.getObject(key, { start: 3, end: 8, ifMatch: put.etag })
      assert.equal((await bodyOf(body)).toString(), 'lo wo')
      const stale = client.getObject(key, { ifMatch: '0'.repeat(32) })
      await assert.rejects(stale, (error) => isGatewayError(error, 'conflict'))
    })

    test('what is not there is not found', async () => {
      assert.equal(await client.headObject(named('none')), null)
      await assert.rejects(client.getObject(named('none')), (error) => isGatewayError(error, 'not-found'))
      await client.deleteObject(named('none'))
    })

    test('parts, one of them a copy, become one object with the right bytes', async () => {
      const key = named('big')
      const [source, end] = [Buffer.alloc(6 * mib, 3), Buffer.from('the end')]
      await client.putObject(named('source'), [source])
      const { copiedPartChecksums: declaresChecksum } = client.dialect
      const uploadId = await client.createMultipartUpload(key, { declaresChecksum, metadata: { token: 'x' } })
      const range = { start: 0, end: 5 * mib }
      const parts = [
        await client.uploadPartCopy({ key, uploadId, number: 1 }, { key: named('source'), range }),
        await client.uploadPart({ key, uploadId, number: 2 }, [end]),
      ]
      const listed = await client.listParts({ key, uploadId })
      assert.deepEqual(
        listed.parts.map(({ number, bytes }) => [number, bytes]),
        [
          [1, 5 * mib],
          [2, 7],
        ],
      )
      await client.completeMultipartUpload({ key, uploadId }, parts, { declaresChecksum })
      const whole = Buffer.concat([source.subarray(0, 5 * mib), end])
      const { facts, body } = await client.getObject(key)
      assert.deepEqual(await bodyOf(body), whole)
      assert.equal(facts.metadata['token'], 'x')
      // Swift goes on listing the parts of an upload that is complete.
      if (client.dialect.name === 'swift') return
      await assert.rejects(client.listParts({ key, uploadId }), (error) => isGatewayError(error, 'not-found'))
    })

    test('the checksum of the whole is checked when parts are joined', async () => {
      if (client.dialect.checksum !== 'crc64nvme') return
      const key = named('checked')
      const [one, two] = [Buffer.alloc(5 * mib, 1), Buffer.from('two')]
      const uploadId = await client.createMultipartUpload(key)
      const upload = { key, uploadId }
      const parts = [
        await client.uploadPart({ ...upload, number: 1 }, [one], { checksum: crc64nvme(one) }),
        await client.uploadPart({ ...upload, number: 2 }, [two], { checksum: crc64nvme(two) }),
      ]
      assert.deepEqual(
        parts.map(({ checksum }) => checksum),
        [crc64nvme(one), crc64nvme(two)],
      )
      const whole = crc64nvme(Buffer.concat([one, two]))
      await assert.rejects(client.completeMultipartUpload(upload, parts, { checksum: whole ^ 1n, bytes: 5 * mib + 3 }))
      const done = await client.completeMultipartUpload(upload, parts, { checksum: whole, bytes: 5 * mib + 3 })
      assert.equal(done.checksum, whole)
      assert.equal((await client.headObject(key))?.checksum, whole)
    })

    test('a body that is not what its checksum says is refused', async () => {
      if (client.dialect.checksum === null) return
      const put = client.putObject(named('wrong'), [Buffer.from('abc')], { checksum: 1n })
      await assert.rejects(put, (error) => isGatewayError(error, 'corrupted'))
      assert.equal(await client.headObject(named('wrong')), null)
    })

    test('an upload that is given up leaves nothing', async () => {
      const key = named('given-up')
      const uploadId = await client.createMultipartUpload(key)
      const isListed = async () =>
        (await client.listMultipartUploads({ prefix: server.prefix })).uploads.some(
          (upload) => upload.uploadId === uploadId,
        )
      assert.equal(await isListed(), true)
      await client.abortMultipartUpload({ key, uploadId })
      await client.abortMultipartUpload({ key, uploadId })
      assert.equal(await isListed(), false)
    })

    test('"nothing may be there" is kept, where the dialect says so', async () => {
      if (client.dialect.ifAbsent === null) return
      await client.putObject(named('once'), [Buffer.from('1')], { ifAbsent: true })
      const second = client.putObject(named('once'), [Buffer.from('2')], { ifAbsent: true })
      await assert.rejects(second, (error) => isGatewayError(error, 'already-exists'))
    })

    test('a listing is whole and in order over its pages, and what is deleted is gone', async () => {
      const keys = ['l/a b', 'l/a+b', 'l/a-b/x', 'l/a/1', 'l/a/2', 'l/b%41', 'l/ü/ö', 'l/\u{1f600}'].map(named)
      for (const key of keys) await client.putObject(key, [])
      const collect = async (delimiter?: string) => {
        const names: string[] = []
        let cursor: string | null = null
        do {
          const page = await client.listObjects({
            prefix: named('l/'),
            cursor,
            mostKeys: 3,
            ...(delimiter && { delimiter }),
          })
          names.push(...page.objects.map(({ key }) => key), ...page.prefixes)
          cursor = page.next
        } while (cursor !== null)
        return names
      }
      assert.deepEqual((await collect()).toSorted(byBytes), keys.toSorted(byBytes))
      const level = ['l/a b', 'l/a+b', 'l/a-b/', 'l/a/', 'l/b%41', 'l/ü/', 'l/\u{1f600}'].map(named)
      assert.deepEqual((await collect('/')).toSorted(byBytes), level.toSorted(byBytes))
      assert.deepEqual(await client.deleteObjects(keys), [])
      assert.deepEqual(await collect(), [])
    })
  })
} else {
  test('without a real S3 server the client is tested on the double only', () => {
    assert.equal(hasRealS3(), false)
  })
}
