import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayError, isGatewayError } from '../../../src/core/errors.ts'
import {
  refreshedCredentials,
  staticCredentials,
} from '../../../src/storage/object-http/credentials/credential-source.ts'
import { storeErrorOf } from '../../../src/storage/object-http/errors.ts'
import type { ObjectClientOptions } from '../../../src/storage/object-http/object-client.ts'
import type { Pause } from '../../../src/storage/object-http/requests/brake.ts'
import { turnedClock } from '../../helpers/turned-clock.ts'
import { bodyOf, clientOf, pair } from './double-client.ts'

const body = Buffer.alloc(200_000, 'sluice')
const isUnavailable = (code: string) => (error: unknown) =>
  isGatewayError(error, 'unavailable') && storeErrorOf(error)?.code === code
const quick = { connectMilliseconds: 300, firstByteMilliseconds: 300, noProgressMilliseconds: 300 }

/** Waiting turns the clock instead, and is written down. */
function turnedPause() {
  const clock = turnedClock()
  const slept: number[] = []
  const pause: Pause = {
    random: () => 0.5,
    now: () => clock.monotonic(),
    sleep: async (milliseconds) => {
      slept.push(milliseconds)
      clock.turn(milliseconds)
    },
  }
  return { pause, slept, clock }
}

describe('retries', () => {
  for (const fault of [
    { kind: 'error', status: 500, code: 'InternalError' },
    { kind: 'error', status: 503, code: 'SlowDown' },
    { kind: 'drop-connection' },
    { kind: 'drop-response' },
  ] as const) {
    test(`a request is tried again after ${'code' in fault ? fault.code : fault.kind}`, async (t) => {
      const { client, double } = await pair(t)
      double.rules.add({ op: 'PutObject', count: 2, fault })
      await client.putObject('file', [body])
      assert.equal(double.requests.length, 3)
      assert.deepEqual(double.bucket.objects.get('file')?.body, body)
    })
  }

  test("trouble that stays ends after a bounded number of tries, with the store's reason", async (t) => {
    const { client, double } = await pair(t, {}, { retries: { attempts: 4, firstDelayMilliseconds: 1 } })
    double.rules.add({ fault: { kind: 'error', status: 500, code: 'InternalError' } })
    await assert.rejects(client.getObject('file'), isUnavailable('InternalError'))
    assert.equal(double.requests.length, 4)
  })

  test('the waits grow, and keep to what the store asks for', async (t) => {
    const { pause, slept } = turnedPause()
    const retries = { attempts: 5, firstDelayMilliseconds: 100, mostDelayMilliseconds: 300 }
    const { client, double } = await pair(t, {}, { pause, retries })
    double.rules.add({ count: 3, fault: { kind: 'error', status: 500, code: 'InternalError' } })
    double.rules.add({ count: 1, fault: { kind: 'error', status: 500, code: 'X', headers: { 'retry-after': '7' } } })
    await client.putObject('file', [])
    assert.deepEqual(slept, [75, 150, 225, 7000])
  })

  test('no try begins when the time is over', async (t) => {
    const { pause } = turnedPause()
    const { client, double } = await pair(
      t,
      {},
      { pause, retries: { attempts: 100, firstDelayMilliseconds: 1000, totalMilliseconds: 5000 } },
    )
    double.rules.add({ fault: { kind: 'error', status: 500, code: 'InternalError' } })
    await assert.rejects(client.getObject('file'), isUnavailable('InternalError'))
    assert.ok(double.requests.length < 6)
  })

  for (const [status, code, expected] of [
    [403, 'AccessDenied', 'permission-denied'],
    [404, 'NoSuchBucket', 'permission-denied'],
    [400, 'EntityTooLarge', 'too-large'],
    [507, 'InsufficientStorage', 'storage-full'],
    [400, 'SomethingNew', 'internal'],
  ] as const) {
    test(`${code} is final`, async (t) => {
      const { client, double } = await pair(t)
      double.rules.add({ fault: { kind: 'error', status, code } })
      await assert.rejects(client.putObject('file', []), (error) => isGatewayError(error, expected))
      assert.equal(double.requests.length, 1)
    })
  }

  test("the store's request id is kept for the log, and not told to clients", async (t) => {
    const { client, double } = await pair(t)
    double.rules.add({
      fault: { kind: 'error', status: 403, code: 'AccessDenied', headers: { 'x-amz-request-id': 'ID7' } },
    })
    await assert.rejects(client.getObject('file'), (error) => {
      assert.equal(storeErrorOf(error)?.requestId, 'ID7')
      assert.equal(storeErrorOf(error)?.operation, 'GetObject')
      return error instanceof GatewayError && !error.message.includes('ID7')
    })
  })
})

describe('clocks and credentials', () => {
  test("a clock that is wrong is corrected from the store's answer, once for all", async (t) => {
    const now = new Date(Date.now() + 3_600_000)
    const { client, double } = await pair(t, { now: () => now })
    await client.putObject('file', [])
    await client.headObject('file')
    assert.deepEqual(
      double.requests.map(({ status }) => status),
      [403, 200, 200],
    )
  })

  test('COS says that the signature is too old: corrected too', async (t) => {
    const now = new Date(Date.now() + 3_600_000)
    const { client, double } = await pair(t, { kind: 'cos', now: () => now })
    await client.putObject('file', [])
    assert.deepEqual(
      double.requests.map(({ status }) => status),
      [403, 200],
    )
  })

  test('a store that always says so is believed once', async (t) => {
    const { client, double } = await pair(t)
    double.rules.add({ fault: { kind: 'error', status: 403, code: 'RequestTimeTooSkewed' } })
    await assert.rejects(client.getObject('file'), isUnavailable('RequestTimeTooSkewed'))
    assert.equal(double.requests.length, 2)
  })

  test('credentials that have ended are fetched anew, once', async (t) => {
    const { double } = await pair(t, { secrets: { accessKey: 'A', secretKey: 'S', token: 'old' } })
    let fetched = 0
    const fetch = async () => ({
      accessKey: 'A',
      secretKey: 'S',
      token: fetched++ === 0 ? 'old' : 'new',
      expires: null,
    })
    const client = clientOf(t, double, { credentials: refreshedCredentials(fetch, turnedClock()) })
    await client.putObject('file', [])
    double.changeSecrets({ ...double.secrets, token: 'new' })
    await client.putObject('file', [])
    assert.deepEqual(
      double.requests.map(({ status }) => status),
      [200, 400, 200],
    )
    double.changeSecrets({ ...double.secrets, token: 'never' })
    await assert.rejects(client.putObject('file', []), isUnavailable('ExpiredToken'))
    assert.equal(fetched, 3)
  })

  test('fixed credentials that have ended stay so', async (t) => {
    const { double } = await pair(t, { secrets: { accessKey: 'A', secretKey: 'S', token: 'new' } })
    const client = clientOf(t, double, {
      credentials: staticCredentials({ accessKey: 'A', secretKey: 'S', token: 'old' }),
    })
    await assert.rejects(client.putObject('file', []), isUnavailable('ExpiredToken'))
    assert.equal(double.requests.length, 1)
  })
})

describe('connections', () => {
  const once: Partial<ObjectClientOptions> = { retries: { attempts: 1 }, http: { timeouts: quick } }

  test('a store that does not answer is given up', async (t) => {
    const { client, double } = await pair(t, {}, once)
    double.rules.add({ fault: { kind: 'stall' } })
    await assert.rejects(client.getObject('file'), isUnavailable('FirstByteTimeout'))
  })

  test('a body that stands still is given up; one that is cut is never taken for whole', async (t) => {
    const { client, double } = await pair(t, {}, once)
    await client.putObject('file', [body])
    for (const [ending, code] of [
      ['silence', 'NoProgress'],
      ['reset', 'EarlyEnd'],
    ] as const) {
      double.rules.clear()
      double.rules.add({ op: 'GetObject', fault: { kind: 'cut-body', bytes: 100_000, ending } })
      const object = await client.getObject('file')
      await assert.rejects(bodyOf(object.body), isUnavailable(code))
    }
  })

  test('a store that gives another range than asked is not believed', async (t) => {
    const { client, double } = await pair(t, {}, once)
    await client.putObject('file', [body])
    double.rules.add({
      op: 'GetObject',
      fault: { kind: 'headers', headers: { 'content-range': 'bytes 0-199899/200000' } },
    })
    await assert.rejects(client.getObject('file', { start: 100 }), isUnavailable('NotUnderstood'))
  })

  test("a slow reader is not the store's fault", async (t) => {
    const { client, double } = await pair(t, {}, { http: { timeouts: { ...quick, noProgressMilliseconds: 50 } } })
    const large = Buffer.alloc(8 * 1024 * 1024, 7)
    double.bucket.objects.set('file', { body: large, etag: 'e', modified: new Date(), headers: {}, crc: null })
    const { body } = await client.getObject('file')
    let bytes = 0
    for await (const chunk of body) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 200))
      bytes += chunk.length
    }
    assert.equal(bytes, large.length)
  })

  test('whoever leaves ends the request at once, waiting or reading', async (t) => {
    const { client, double } = await pair(t)
    const large = Buffer.alloc(32 * 1024 * 1024, 7)
    double.bucket.objects.set('file', { body: large, etag: 'e', modified: new Date(), headers: {}, crc: null })
    const waiting = new AbortController()
    double.rules.add({ op: 'HeadObject', fault: { kind: 'stall' } })
    const head = client.headObject('file', { signal: waiting.signal })
    setTimeout(() => waiting.abort(), 50)
    await assert.rejects(head, (error) => isGatewayError(error, 'aborted'))
    const reading = new AbortController()
    const object = await client.getObject('file', { signal: reading.signal })
    const read = (async () => {
      for await (const _ of object.body) reading.abort()
    })()
    await assert.rejects(read, (error) => isGatewayError(error, 'aborted'))
    const left = await client.getObject('file')
    left.close()
    while (double.open > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  })

  test('an aborted call waits for no retry', async (t) => {
    const { client, double } = await pair(
      t,
      {},
      { retries: { firstDelayMilliseconds: 60_000, mostDelayMilliseconds: 60_000 } },
    )
    double.rules.add({ fault: { kind: 'error', status: 500, code: 'InternalError' } })
    const control = new AbortController()
    const get = client.getObject('file', { signal: control.signal })
    setTimeout(() => control.abort(), 50)
    await assert.rejects(get, (error) => isGatewayError(error, 'aborted'))
    assert.equal(double.requests.length, 1)
  })

  test('connections are kept, and one that the store has closed meanwhile is replaced unseen', async (t) => {
    const { client, double } = await pair(t, {}, { retries: { attempts: 1 } })
    for (let i = 0; i < 5; i++) await client.putObject('file', [])
    assert.equal(double.connections, 1)
    double.rules.add({ op: 'HeadObject', nth: 1, fault: { kind: 'drop-connection' } })
    assert.equal((await client.headObject('file'))?.bytes, 0)
    assert.equal(double.connections, 2)
  })

  test('what must not be repeated unasked is not', async (t) => {
    const { client, double } = await pair(t, {}, { retries: { attempts: 1 } })
    await client.putObject('file', [])
    double.rules.add({ op: 'CreateMultipartUpload', nth: 1, fault: { kind: 'drop-response' } })
    await assert.rejects(client.createMultipartUpload('big'), isUnavailable('StaleConnection'))
    assert.equal(double.bucket.uploads.size, 1)
  })

  test('a store that is not there is unavailable', async (t) => {
    const { client } = await pair(t, {}, { ...once, endpoint: 'http://127.0.0.1:1' })
    await assert.rejects(client.getObject('file'), isUnavailable('ConnectFailed'))
  })

  test('a large body waits for the store\'s "go on", and goes also to one that never says it', async (t) => {
    const { client, double } = await pair(t, {}, { expectContinueBytes: 1000 })
    await client.putObject('file', [body])
    assert.equal(double.requests[0]?.headers['expect'], '100-continue')
    assert.deepEqual(double.bucket.objects.get('file')?.body, body)
    await client.putObject('small', [Buffer.from('x')])
    assert.equal(double.requests[1]?.headers['expect'], undefined)
  })

  test('a listing that says "more" and not where is an error, not an end', async (t) => {
    const { client, double } = await pair(t, {}, once)
    const xml =
      '<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>'
    double.rules.add({ fault: { kind: 'answer', body: xml } })
    await assert.rejects(client.listObjects(), isUnavailable('NotUnderstood'))
    double.rules.clear()
    double.rules.add({ fault: { kind: 'answer', body: '<html>proxy</html>' } })
    await assert.rejects(client.listObjects(), isUnavailable('NotUnderstood'))
  })
})
