import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import fc from 'fast-check'
import type { Credentials, UnsignedRequest } from '../../../src/storage/object-http/signing/signer.ts'
import { emptyHash, presignedQuery, sigV4Signer } from '../../../src/storage/object-http/signing/sigv4.ts'

const credentials: Credentials = {
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  token: null,
  expires: null,
}
const now = new Date('2013-05-24T00:00:00Z')
const host = 'examplebucket.s3.amazonaws.com'

/** The examples of "Signature Calculations for the Authorization Header" in the S3 API reference. */
const published: readonly { readonly name: string; readonly request: UnsignedRequest; readonly signature: string }[] = [
  {
    name: 'GET of a range',
    request: {
      method: 'GET',
      path: '/test.txt',
      query: {},
      headers: { host, range: 'bytes=0-9' },
      bodyHash: emptyHash,
    },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    name: 'PUT with a storage class and a hashed body',
    request: {
      method: 'PUT',
      path: '/test%24file.text',
      query: {},
      headers: { host, date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      bodyHash: createHash('sha256').update('Welcome to Amazon S3.').digest('hex'),
    },
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    name: 'GET of a parameter without a value',
    request: { method: 'GET', path: '/', query: { lifecycle: '' }, headers: { host }, bodyHash: emptyHash },
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    name: 'GET of a listing',
    request: {
      method: 'GET',
      path: '/',
      query: { prefix: 'J', 'max-keys': '2' },
      headers: { host },
      bodyHash: emptyHash,
    },
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
]

describe('Signature Version 4', () => {
  for (const { name, request, signature } of published) {
    test(`the published example: ${name}`, () => {
      const { authorization } = sigV4Signer({ region: 'us-east-1' })(request, credentials, now)
      assert.ok(authorization?.endsWith(`Signature=${signature}`), String(authorization))
      assert.ok(authorization?.includes('Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'))
    })
  }

  test('the published example: a presigned GET', () => {
    const query = presignedQuery(
      { method: 'GET', path: '/test.txt', query: {}, headers: { host } },
      { credentials, now, seconds: 86_400, region: 'us-east-1', service: 's3' },
    )
    assert.ok(query.endsWith('X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'))
  })

  test('the key of the day is made anew for another day, and for another secret', () => {
    const sign = sigV4Signer({ region: 'us-east-1' })
    const { request, signature } = published[0] ?? assert.fail()
    sign(request, credentials, new Date('2013-05-25T00:00:00Z'))
    sign(request, { ...credentials, secretKey: 'other' }, now)
    assert.ok(sign(request, credentials, now)['authorization']?.endsWith(signature))
  })

  test('proxies may change what they change: those headers are not signed', () => {
    const headers = { host, 'user-agent': 'x', expect: '100-continue', connection: 'close', 'x-amz-meta-a': '1' }
    const signed = sigV4Signer({ region: 'r' })(
      { method: 'PUT', path: '/', query: {}, headers, bodyHash: null },
      credentials,
      now,
    )
    assert.match(signed['authorization'] ?? '', /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a,/)
    assert.equal(signed['x-amz-content-sha256'], 'UNSIGNED-PAYLOAD')
  })
})

interface Captured {
  readonly method: string
  readonly path: string
  readonly query: Record<string, string>
  readonly headers: Record<string, string>
}

/** What the AWS SDK would send. */
async function captured(command: (client: S3Client) => Promise<unknown>, token: string | null): Promise<Captured> {
  let request: Captured | null = null
  const client = new S3Client({
    region: 'eu-central-1',
    credentials: {
      accessKeyId: credentials.accessKey,
      secretAccessKey: credentials.secretKey,
      ...(token !== null && { sessionToken: token }),
    },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    requestHandler: {
      handle: async (sent: unknown) => {
        request = sent as Captured
        throw new TypeError('captured')
      },
    },
  })
  await command(client).catch(() => {})
  return request ?? assert.fail('nothing was sent')
}

test("our signature is the AWS SDK's, on random requests", async () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    .filter((value) => !/^\.{1,2}$|\/\.{1,2}(\/|$)|\/\/|^\//.test(value))
  const ascii = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)
  const commands = fc.oneof(
    fc
      .record({ Key: text, Range: fc.constant('bytes=3-9') })
      .map((input) => (client: S3Client) => client.send(new GetObjectCommand({ Bucket: 'bucket', ...input }))),
    fc
      .record({ Prefix: text, Delimiter: text, StartAfter: text })
      .map((input) => (client: S3Client) => client.send(new ListObjectsV2Command({ Bucket: 'bucket', ...input }))),
    fc
      .record({ Key: text, Body: fc.string(), Metadata: fc.record({ note: ascii, time: ascii }) })
      .map((input) => (client: S3Client) => client.send(new PutObjectCommand({ Bucket: 'bucket', ...input }))),
    fc
      .record({ Key: text, UploadId: text, PartNumber: fc.integer({ min: 1, max: 10_000 }) })
      .map(
        (input) => (client: S3Client) => client.send(new UploadPartCommand({ Bucket: 'bucket', Body: 'x', ...input })),
      ),
  )
  const sign = sigV4Signer({ region: 'eu-central-1' })
  await fc.assert(
    fc.asyncProperty(commands, fc.option(ascii), async (command, token) => {
      const sent = await captured(command, token)
      const time = (sent.headers['x-amz-date'] ?? '').replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')
      const theirs = sent.headers['authorization'] ?? ''
      const names = /SignedHeaders=([^,]+)/.exec(theirs)?.[1]?.split(';') ?? []
      const added = /^(x-amz-date|x-amz-content-sha256|x-amz-security-token)$/
      const headers = Object.fromEntries(
        names.filter((name) => !added.test(name)).map((name) => [name, sent.headers[name] ?? '']),
      )
      const hash = sent.headers['x-amz-content-sha256'] ?? ''
      const request = {
        method: sent.method,
        path: sent.path,
        query: sent.query,
        headers,
        bodyHash: hash === 'UNSIGNED-PAYLOAD' ? null : hash,
      }
      const ours = sign(request, { ...credentials, token }, new Date(time))['authorization'] ?? ''
      assert.equal(/Signature=(\w+)/.exec(ours)?.[1], /Signature=(\w+)/.exec(theirs)?.[1])
    }),
    { numRuns: 80 },
  )
})
