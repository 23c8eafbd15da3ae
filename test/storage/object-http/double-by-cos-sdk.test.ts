import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import Cos from 'cos-nodejs-sdk-v5'
import { crc64ecma } from '../../helpers/object-store-double/checksums.ts'
import { objectStoreDouble, type DoubleOptions } from '../../helpers/object-store-double/object-store-double.ts'

/** The COS double, and Tencent's own SDK as its client: names are not resolved, the double stands in as its proxy. */
async function sdkPair(t: TestContext, options: DoubleOptions = {}) {
  const double = await objectStoreDouble(t, { kind: 'cos', strictSignature: false, ...options })
  const cos = new Cos({
    SecretId: double.secrets.accessKey,
    SecretKey: double.secrets.secretKey,
    Protocol: 'http:',
    Domain: '{Bucket}.cos.{Region}.double.test',
    Proxy: `http://127.0.0.1:${double.port}`,
    KeepAlive: false,
    AutoSwitchHost: false,
  })
  return { double, cos, where: { Bucket: double.bucketName, Region: 'ap-test' } }
}

const coded = (code: string) => (error: unknown) => (error as { readonly code?: string }).code === code

describe('the COS double, asked by the official SDK', () => {
  test('puts, gets, heads, copies and deletes, with the CRC64 it computes', async (t) => {
    const { cos, where, double } = await sdkPair(t)
    const Key = 'ordner/ü b+1.txt'
    const put = await cos.putObject({ ...where, Key, Body: Buffer.from('hello'), Headers: { 'x-cos-meta-a': '1' } })
    assert.equal(put.headers?.['x-cos-hash-crc64ecma'], String(crc64ecma(Buffer.from('hello'))))
    const got = await cos.getObject({ ...where, Key, Range: 'bytes=1-3' })
    assert.equal(got.Body.toString(), 'ell')
    const head = await cos.headObject({ ...where, Key })
    assert.equal(head.headers?.['x-cos-meta-a'], '1')
    const CopySource = `${where.Bucket}.cos.${where.Region}.myqcloud.com/${encodeURIComponent(Key)}`
    await cos.putObjectCopy({ ...where, Key: 'copy', CopySource })
    assert.equal(double.bucket.objects.get('copy')?.body.toString(), 'hello')
    await cos.deleteObject({ ...where, Key })
    await assert.rejects(cos.getObject({ ...where, Key }), coded('NoSuchKey'))
  })

  test('makes one object of parts, whose CRC64 stands in the header', async (t) => {
    const { cos, where, double } = await sdkPair(t, { leastPartBytes: 10 })
    const { UploadId } = await cos.multipartInit({ ...where, Key: 'big' })
    const upload = { ...where, Key: 'big', UploadId }
    const parts = [
      await cos.multipartUpload({ ...upload, PartNumber: 1, Body: Buffer.alloc(10, 1) }),
      await cos.multipartUpload({ ...upload, PartNumber: 2, Body: Buffer.from('end') }),
    ]
    const listed = await cos.multipartListPart(upload)
    assert.deepEqual(
      listed.Part.map(({ PartNumber, Size }) => [PartNumber, Size]),
      [
        ['1', '10'],
        ['2', '3'],
      ],
    )
    const unfinished: Cos.MultipartListResult = await cos.multipartList({
      ...where,
      Prefix: 'b',
      Delimiter: '',
      EncodingType: 'url',
    })
    assert.equal(unfinished.Upload.length, 1)
    const Parts = parts.map(({ ETag }, index) => ({ PartNumber: index + 1, ETag }))
    const done = await cos.multipartComplete({ ...upload, Parts })
    const whole = Buffer.concat([Buffer.alloc(10, 1), Buffer.from('end')])
    assert.equal(done.headers?.['x-cos-hash-crc64ecma'], String(crc64ecma(whole)))
    assert.deepEqual(double.bucket.objects.get('big')?.body, whole)
    await assert.rejects(cos.multipartAbort(upload), coded('NoSuchUpload'))
  })

  test('lists in pages by marker, and deletes many with the MD5 of the list', async (t) => {
    const { cos, where, double } = await sdkPair(t)
    for (const Key of ['a', 'b/1', 'b/2', 'c']) await cos.putObject({ ...where, Key, Body: Buffer.from(Key) })
    const page = await cos.getBucket({ ...where, MaxKeys: 2, Delimiter: '/' })
    assert.deepEqual(
      [page.Contents.map(({ Key }) => Key), page.CommonPrefixes.map(({ Prefix }) => Prefix)],
      [['a'], ['b/']],
    )
    const rest = await cos.getBucket({ ...where, Delimiter: '/', Marker: page.NextMarker ?? '' })
    assert.deepEqual(
      rest.Contents.map(({ Key }) => Key),
      ['c'],
    )
    await cos.deleteMultipleObject({ ...where, Objects: [{ Key: 'a' }, { Key: 'b/1' }] })
    assert.deepEqual([...double.bucket.objects.keys()], ['b/2', 'c'])
  })

  test('forbids overwriting when asked, and refuses wrong secrets', async (t) => {
    const { cos, where, double } = await sdkPair(t)
    const put = { ...where, Key: 'k', Body: Buffer.from('1'), Headers: { 'x-cos-forbid-overwrite': 'true' } }
    await cos.putObject(put)
    await assert.rejects(cos.putObject(put), coded('FileAlreadyExists'))
    double.changeSecrets({ ...double.secrets, secretKey: 'x' })
    await assert.rejects(
      cos.headObject({ ...where, Key: 'k' }),
      (error: unknown) => (error as { statusCode?: number }).statusCode === 403,
    )
  })
})
