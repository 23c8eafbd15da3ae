import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { isGatewayError } from '../../../src/core/errors.ts'
import { refreshedCredentials } from '../../../src/storage/object-http/credentials/credential-source.ts'
import {
  environmentCredentials,
  profileCredentials,
} from '../../../src/storage/object-http/credentials/profile-file.ts'
import {
  containerRole,
  cvmRole,
  instanceRole,
  webIdentity,
} from '../../../src/storage/object-http/credentials/roles.ts'
import { httpClient } from '../../../src/storage/object-http/http/http-client.ts'
import type { Credentials } from '../../../src/storage/object-http/signing/signer.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'
import { turnedClock } from '../../helpers/turned-clock.ts'

type Answers = Readonly<Record<string, (request: http.IncomingMessage, body: string) => string | null>>

/** A service on loopback: `METHOD path` to answer; null is a refusal. */
async function service(t: TestContext, answers: Answers) {
  const server = http.createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const answer = answers[`${request.method} ${request.url}`]?.(request, body) ?? null
      response.writeHead(answer === null ? 403 : 200)
      response.end(answer ?? 'no')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = httpClient()
  t.after(() => {
    client.close()
    server.close()
  })
  return { client, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const aws = JSON.stringify({ AccessKeyId: 'A', SecretAccessKey: 'S', Token: 'T', Expiration: '2026-11-20T18:00:00Z' })
const expected = { accessKey: 'A', secretKey: 'S', token: 'T', expires: new Date('2026-11-20T18:00:00Z') }

describe('credentials', () => {
  test('an EC2 instance gives those of its role, by a token of version 2', async (t) => {
    const isKnown = (request: http.IncomingMessage) => request.headers['x-aws-ec2-metadata-token'] === 'v2'
    const { client, endpoint } = await service(t, {
      'PUT /latest/api/token': (request) => (request.headers['x-aws-ec2-metadata-token-ttl-seconds'] ? 'v2' : null),
      'GET /latest/meta-data/iam/security-credentials/': (request) => (isKnown(request) ? 'gateway\n' : null),
      'GET /latest/meta-data/iam/security-credentials/gateway': (request) => (isKnown(request) ? aws : null),
    })
    assert.deepEqual(await instanceRole(client, endpoint)(), expected)
  })

  test('a container gives those of its task', async (t) => {
    const { client, endpoint } = await service(t, {
      'GET /v2/credentials/1': (request) => (request.headers.authorization === 'secret' ? aws : null),
    })
    const fetch = containerRole(client, { url: `${endpoint}/v2/credentials/1`, authorization: async () => 'secret\n' })
    assert.deepEqual(await fetch(), expected)
  })

  test('a signed token of another authority is changed for a role, and its file is read each time', async (t) => {
    const file = join(temporaryFolder(t), 'token')
    const tokens: (string | null)[] = []
    const { client, endpoint } = await service(t, {
      'POST /': (_, body) => {
        const fields = new URLSearchParams(body)
        tokens.push(fields.get('WebIdentityToken'))
        assert.deepEqual(
          [fields.get('Action'), fields.get('RoleArn')],
          ['AssumeRoleWithWebIdentity', 'arn:aws:iam::1:role/r'],
        )
        return `<R xmlns="x"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey>
          <SessionToken>T</SessionToken><Expiration>2026-11-20T18:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></R>`
      },
    })
    const fetch = webIdentity(client, { roleArn: 'arn:aws:iam::1:role/r', tokenFile: file, sessionName: 's', endpoint })
    writeFileSync(file, 'one+/=\n')
    assert.deepEqual(await fetch(), expected)
    writeFileSync(file, 'two')
    await fetch()
    assert.deepEqual(tokens, ['one+/=', 'two'])
  })

  test('a CVM gives those of its role, named or found', async (t) => {
    const { client, endpoint } = await service(t, {
      'GET /latest/meta-data/cam/security-credentials/': () => 'gateway',
      'GET /latest/meta-data/cam/security-credentials/gateway': () =>
        JSON.stringify({
          TmpSecretId: 'A',
          TmpSecretKey: 'S',
          Token: 'T',
          ExpiredTime: Date.UTC(2026, 10, 20, 18) / 1000,
          Code: 'Success',
        }),
    })
    assert.deepEqual(await cvmRole(client, { endpoint })(), expected)
    assert.deepEqual(await cvmRole(client, { endpoint, role: 'gateway' })(), expected)
    await assert.rejects(cvmRole(client, { endpoint, role: 'other' })(), (error) =>
      isGatewayError(error, 'unavailable'),
    )
  })

  test('an answer that is none is an error, not credentials', async (t) => {
    const { client, endpoint } = await service(t, { 'GET /a': () => '{"AccessKeyId":"A"}', 'GET /b': () => '<html>' })
    for (const url of [`${endpoint}/a`, `${endpoint}/b`, `${endpoint}/c`]) {
      await assert.rejects(containerRole(client, { url })(), (error) => isGatewayError(error, 'unavailable'))
    }
  })

  test('a shared file gives the named profile', async (t) => {
    const file = join(temporaryFolder(t), 'credentials')
    writeFileSync(
      file,
      '[default]\naws_access_key_id = D\naws_secret_access_key=E\n\n# comment\n[profile work]\naws_access_key_id=A\r\naws_secret_access_key = S+/= \naws_session_token=T\n',
    )
    assert.deepEqual(await profileCredentials(file, 'work'), {
      accessKey: 'A',
      secretKey: 'S+/=',
      token: 'T',
      expires: null,
    })
    assert.equal((await profileCredentials(file, 'default')).accessKey, 'D')
    await assert.rejects(profileCredentials(file, 'none'), (error) => isGatewayError(error, 'unavailable'))
    await assert.rejects(profileCredentials(`${file}x`, 'work'), (error) => isGatewayError(error, 'unavailable'))
  })

  test('the environment gives those of AWS or of COS', () => {
    const both = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S', AWS_SESSION_TOKEN: 'T' }
    assert.deepEqual(environmentCredentials(both), { accessKey: 'A', secretKey: 'S', token: 'T', expires: null })
    assert.equal(environmentCredentials({ COS_SECRET_ID: 'C', COS_SECRET_KEY: 'S' }).accessKey, 'C')
    assert.throws(
      () => environmentCredentials({ AWS_ACCESS_KEY_ID: 'A' }),
      (error) => isGatewayError(error, 'unavailable'),
    )
  })
})

describe('credentials that end', () => {
  const start = new Date('2026-11-20T12:00:00Z')

  function counted() {
    const clock = turnedClock(start)
    const calls: ((error: Error | null) => void)[] = []
    const fetch = () =>
      new Promise<Credentials>((resolve, reject) => {
        const number = calls.length + 1
        const expires = new Date(clock.now().getTime() + 3_600_000)
        calls.push((error) =>
          error ? reject(error) : resolve({ accessKey: `A${number}`, secretKey: 'S', token: null, expires }),
        )
      })
    return { clock, calls, source: refreshedCredentials(fetch, clock) }
  }

  test('are fetched once for all who ask', async () => {
    const { calls, source } = counted()
    const asked = [source.get(), source.get(), source.get()]
    calls[0]?.(null)
    assert.deepEqual(
      (await Promise.all(asked)).map(({ accessKey }) => accessKey),
      ['A1', 'A1', 'A1'],
    )
    assert.equal(calls.length, 1)
  })

  test('are fetched anew before they end, and nobody waits for it while the old ones are good', async () => {
    const { clock, calls, source } = counted()
    const first = source.get()
    calls[0]?.(null)
    await first
    clock.turn(56 * 60_000)
    assert.equal((await source.get()).accessKey, 'A1')
    assert.equal(calls.length, 2)
    calls[1]?.(new TypeError('down'))
    await new Promise(setImmediate)
    assert.equal((await source.get()).accessKey, 'A1')
    calls[2]?.(null)
    await new Promise(setImmediate)
    assert.equal((await source.get()).accessKey, 'A3')
  })

  test('are waited for when hardly a minute is left', async () => {
    const { clock, calls, source } = counted()
    const first = source.get()
    calls[0]?.(null)
    await first
    clock.turn(59.5 * 60_000)
    const second = source.get()
    calls[1]?.(null)
    assert.equal((await second).accessKey, 'A2')
  })

  test('are fetched anew when the store says that they have ended', async () => {
    const { calls, source } = counted()
    const first = source.get()
    calls[0]?.(null)
    await first
    assert.equal(source.renew(), true)
    const second = source.get()
    calls[1]?.(null)
    assert.equal((await second).accessKey, 'A2')
  })
})
