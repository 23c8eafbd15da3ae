import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test, type TestContext } from 'node:test'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { objectStoreDouble } from '../../helpers/object-store-double/object-store-double.ts'

/** The double, and the AWS SDK as its client: so that our own client is not its only witness. */
async function sdkPair(t: TestContext, leastPartBytes?: number) {
  const double = await objectStoreDouble(t, leastPartBytes === undefined ? {} : { leastPartBytes })
  const s3 = new S3Client({
    endpoint: double.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: double.secrets.accessKey, secretAccessKey: double.secrets.secretKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
  })
  t.after(() => s3.destroy())
  return { double, s3, Bucket: double.bucketName }
}

const named = (name: string) => (error: unknown) => error instanceof Error && error.name === name

describe('the S3 double, asked by the AWS SDK', () => {
  test('puts, gets, heads, copies and deletes', async (t) => {
    const { s3, Bucket } = await sdkPair(t)
    const Key = "a b/+ü%41 (1)!*'.txt"
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'hello', Metadata: { a: '1' }, ContentType: 'text/plain' }))
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=1-3' }))
    assert.equal(await got.Body?.transformToString(), 'ell')
    assert.equal(got.ContentRange, 'bytes 1-3/5')
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
    assert.deepEqual(
      [head.ContentLength, head.Metadata, head.ETag],
      [5, { a: '1' }, '"5d41402abc4b2a76b9719d911017c592"'],
    )
    const CopySource = `${Bucket}/${encodeURIComponent(Key)}`
    const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }))
    assert.equal(copied.CopyObjectResult?.ETag, head.ETag)
    await s3.send(new DeleteObjectCommand({ Bucket, Key }))
    await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key })), named('NoSuchKey'))
    await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key })), named('NotFound'))
    assert.equal((await s3.send(new GetObjectCommand({ Bucket, Key: 'copy' }))).Metadata?.['a'], '1')
  })

  test('keeps conditions', async (t) => {
    const { s3, Bucket } = await sdkPair(t)
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '1', IfNoneMatch: '*' }))
    await assert.rejects(
      s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '2', IfNoneMatch: '*' })),
      named('PreconditionFailed'),
    )
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '3', IfMatch: put.ETag }))
    await assert.rejects(
      s3.send(new GetObjectCommand({ Bucket, Key: 'k', IfMatch: put.ETag })),
      named('PreconditionFailed'),
    )
    const wrong = s3.send(
      new PutObjectCommand({ Bucket, Key: 'k', Body: '4', ContentMD5: createHash('md5').digest('base64') }),
    )
    await assert.rejects(wrong, named('BadDigest'))
  })

  test('keeps the rules of parts, and lists what is unfinished', async (t) => {
    const { s3, Bucket, double } = await sdkPair(t, 10)
    const Key = 'big'
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' }),
    )
    const upload = { Bucket, Key, UploadId }
    await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: '0123456789abcdef' }))
    const one = await s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x'.repeat(10) }))
    const two = await s3.send(
      new UploadPartCopyCommand({
        ...upload,
        PartNumber: 2,
        CopySource: `${Bucket}/source`,
        CopySourceRange: 'bytes=2-4',
      }),
    )
    const three = await s3.send(new UploadPartCommand({ ...upload, PartNumber: 3, Body: 'end' }))
    const listed = await s3.send(new ListPartsCommand(upload))
    assert.deepEqual(
      listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]),
      [
        [1, 10],
        [2, 3],
        [3, 3],
      ],
    )
    const uploads = await s3.send(new ListMultipartUploadsCommand({ Bucket }))
    assert.deepEqual(
      uploads.Uploads?.map((listed) => listed.UploadId),
      [UploadId],
    )
    const etags = [one.ETag, two.CopyPartResult?.ETag, three.ETag]
    const complete = (numbers: readonly number[]) => {
      const Parts = numbers.map((PartNumber) => ({ PartNumber, ETag: etags[PartNumber - 1] }))
      return s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }))
    }
    await assert.rejects(complete([2, 1]), named('InvalidPartOrder'))
    await assert.rejects(complete([1, 2, 3]), named('EntityTooSmall'))
    await assert.rejects(complete([1, 4]), named('InvalidPart'))
    const done = await complete([1, 3])
    assert.match(done.ETag ?? '', /-2"$/)
    assert.equal(double.bucket.objects.get(Key)?.body.toString(), 'xxxxxxxxxxend')
    await assert.rejects(complete([1, 3]), named('NoSuchUpload'))
    await assert.rejects(s3.send(new AbortMultipartUploadCommand(upload)), named('NoSuchUpload'))
  })

  test('lists by both versions, in pages and by folders', async (t) => {
    const { s3, Bucket } = await sdkPair(t)
    const keys = ['a', 'a b', 'a+b', 'a/1', 'a/2', 'b/1', '\ue000', '\u{10000}']
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
    const second = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 3 }))
    const rest = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: second.NextContinuationToken }))
    assert.deepEqual(
      [...(second.Contents ?? []), ...(rest.Contents ?? [])].map(({ Key }) => Key),
      keys,
    )
    const folders = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', StartAfter: 'a b' }))
    assert.deepEqual(
      folders.CommonPrefixes?.map(({ Prefix }) => Prefix),
      ['a/', 'b/'],
    )
    assert.deepEqual(
      folders.Contents?.map(({ Key }) => Key),
      ['a+b', '\ue000', '\u{10000}'],
    )
    const first = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 4, Delimiter: '/' }))
    assert.deepEqual([first.IsTruncated, first.NextMarker], [true, 'a/'])
    const next = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: '/', Marker: first.NextMarker }))
    assert.deepEqual(
      next.CommonPrefixes?.map(({ Prefix }) => Prefix),
      ['b/'],
    )
  })

  test('wants Content-MD5 on multi-delete, which this SDK does not send', async (t) => {
    const { s3, Bucket } = await sdkPair(t)
    const remove = s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a' }] } }))
    await assert.rejects(remove, named('InvalidRequest'))
  })

  test('refuses wrong secrets, unknown buckets and a clock that is wrong', async (t) => {
    const { s3, double } = await sdkPair(t)
    await assert.rejects(s3.send(new GetObjectCommand({ Bucket: 'other', Key: 'k' })), named('NoSuchBucket'))
    double.changeSecrets({ ...double.secrets, secretKey: 'x' })
    await assert.rejects(
      s3.send(new GetObjectCommand({ Bucket: double.bucketName, Key: 'k' })),
      named('SignatureDoesNotMatch'),
    )
  })
})
