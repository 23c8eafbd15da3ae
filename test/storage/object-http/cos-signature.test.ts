import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import Cos from 'cos-nodejs-sdk-v5'
import fc from 'fast-check'
import { cosSigner } from '../../../src/storage/object-http/signing/cos-signature.ts'
import type { Credentials, UnsignedRequest } from '../../../src/storage/object-http/signing/signer.ts'
import { encodeKey } from '../../../src/storage/object-http/signing/uri-encoding.ts'

const credentials = { accessKey: 'AKIDexample', secretKey: 'secret', token: null, expires: null }
const now = new Date('2026-11-20T12:00:00Z')

const authorizationOf = (headers: Record<string, string>, query = {}, method = 'GET', key = 'a') =>
  cosSigner()({ method, path: `/${encodeKey(key)}`, query, headers, bodyHash: null }, credentials, now)[
    'authorization'
  ] ?? ''

const sdk = new Cos({ SecretId: 'x', SecretKey: 'y' })

/** One that begins and ends when another did. */
function signerFor(keyTime: string) {
  const [start = 0, end = 0] = keyTime.split(';').map(Number)
  const sign = cosSigner({ validSeconds: end - start - 60 })
  return (request: UnsignedRequest, by: Credentials) => sign(request, by, new Date((start + 60) * 1000))
}

describe('the signature of COS', () => {
  test('the example of the documentation', () => {
    const headers = {
      date: 'Thu, 16 May 2019 06:45:51 GMT',
      host: 'examplebucket-1250000000.cos.ap-beijing.myqcloud.com',
      'content-type': 'text/plain',
      'content-length': '13',
      'content-md5': 'mQ/fVh815F3k6TAUm8m0eg==',
      'x-cos-acl': 'private',
      'x-cos-grant-read': 'uin="100000000011"',
    }
    const request = {
      method: 'PUT',
      path: `/${encodeKey('exampleobject(腾讯云)')}`,
      query: {},
      headers,
      bodyHash: null,
    }
    const published = {
      accessKey: 'AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q',
      secretKey: 'BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz',
      token: null,
      expires: null,
    }
    const { authorization } = signerFor('1557989151;1557996351')(request, published)
    assert.match(authorization ?? '', /q-signature=3b8851a11a569213c17ba8fa7dcf2abec6935172$/)
  })

  test('ours is the one of the official SDK, on random requests', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((value) => !value.startsWith('/'))
    const names = ['prefix', 'marker', 'uploads', 'uploadId', 'max-keys', 'encoding-type', 'Response-Content-Type']
    const query = fc.dictionary(fc.constantFrom(...names), text, { noNullPrototype: true })
    const headerNames = [
      'x-cos-meta-note',
      'x-cos-storage-class',
      'content-type',
      'range',
      'content-md5',
      'content-length',
    ]
    const headers = fc.dictionary(fc.constantFrom(...headerNames), fc.stringMatching(/^[!-~]{1,20}$/), {
      noNullPrototype: true,
    })
    const method = fc.constantFrom('GET', 'PUT', 'POST', 'HEAD', 'DELETE')
    fc.assert(
      fc.property(method, text, query, headers, (method, key, query, headers) => {
        const all = { ...headers, host: 'bucket-1.cos.ap-test.myqcloud.com' }
        const input = {
          SecretId: 'AKIDexample',
          SecretKey: 'secret',
          Method: method as 'GET',
          Key: key,
          Query: query,
          Headers: all,
        }
        const theirs = sdk.getAuth(input)
        const request = { method, path: `/${encodeKey(key)}`, query, headers: all, bodyHash: null }
        const sign = signerFor(/q-key-time=([\d;]+)/.exec(theirs)?.[1] ?? '')
        assert.equal(sign(request, credentials)['authorization'], theirs)
      }),
      { numRuns: 200 },
    )
  })

  test('everything that matters is signed: host, parameters, x-cos-, length, type, MD5 and range', () => {
    const headers = {
      host: 'h',
      'x-cos-acl': 'a',
      'content-length': '1',
      'content-type': 't',
      'content-md5': 'm',
      range: 'r',
      'user-agent': 'u',
    }
    const authorization = authorizationOf(headers, { uploadId: '1', partNumber: '2' })
    assert.match(authorization, /q-header-list=content-length;content-md5;content-type;host;range;x-cos-acl&/)
    assert.match(authorization, /q-url-param-list=partnumber;uploadid&/)
  })

  test('a token goes as a header, and is signed', () => {
    const request = { method: 'GET', path: '/a', query: {}, headers: { host: 'h' }, bodyHash: null }
    const headers = cosSigner()(request, { ...credentials, token: 'T' }, now)
    assert.equal(headers['x-cos-security-token'], 'T')
    assert.match(headers['authorization'] ?? '', /q-header-list=host;x-cos-security-token&/)
  })

  test('it begins a minute ago, and is valid for as long as asked', () => {
    const seconds = now.getTime() / 1000
    assert.match(authorizationOf({ host: 'h' }), new RegExp(`q-sign-time=${seconds - 60};${seconds + 900}&`))
  })
})
