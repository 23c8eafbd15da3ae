import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { isGatewayError } from '../../../src/core/errors.ts'
import type { Fault } from '../../helpers/object-store-double/rules.ts'
import { otherDomain } from '../../../src/storage/drivers/cos/other-domain.ts'
import { objectStoreDouble } from '../../helpers/object-store-double/object-store-double.ts'
import { clientOf } from './double-client.ts'

/** One store under two names. */
async function twoNames(t: TestContext) {
  const double = await objectStoreDouble(t, { kind: 'cos' })
  const otherEndpoint = double.endpoint.replace('double.test', 'other.test')
  const client = clientOf(t, double, { dialect: 'cos', otherEndpoint })
  const hosts = () =>
    double.requests.map(({ headers }) => (headers['host']?.includes('other') === true ? 'other' : 'first'))
  return { double, client, hosts }
}

for (const fault of [
  { kind: 'drop-connection' },
  { kind: 'drop-response' },
  { kind: 'foreign', status: 502 },
  { kind: 'foreign', status: 302 },
] as const satisfies readonly Fault[]) {
  const what = 'status' in fault ? `${fault.kind} ${fault.status}` : fault.kind
  test(`a request that the store has not answered is tried at its other name: ${what}`, async (t) => {
    const { double, client, hosts } = await twoNames(t)
    double.rules.add({ nth: 1, fault })
    await client.putObject('file', [Buffer.from('content')])
    assert.deepEqual(hosts(), ['first', 'other'])
    assert.equal(double.bucket.objects.get('file')?.body.toString(), 'content')
    // It stays there, until that one fails.
    await client.headObject('file')
    double.rules.clear()
    // That a kept connection breaks says nothing yet.
    double.rules.add({ count: 2, fault: { kind: 'drop-connection' } })
    await client.headObject('file')
    assert.deepEqual(hosts(), ['first', 'other', 'other', 'other', 'other', 'first'])
  })
}

test('what the store itself has answered is tried again where it was', async (t) => {
  const { double, client, hosts } = await twoNames(t)
  double.rules.add({ nth: 1, fault: { kind: 'error', status: 503, code: 'SlowDown' } })
  await client.putObject('file', [Buffer.from('content')])
  assert.deepEqual(hosts(), ['first', 'first'])
  await assert.rejects(client.getObject('missing'), (error) => isGatewayError(error, 'not-found'))
  assert.deepEqual(hosts(), ['first', 'first', 'first'])
})

test('without another name a foreign redirect is final', async (t) => {
  const double = await objectStoreDouble(t, { kind: 'cos' })
  const client = clientOf(t, double, { dialect: 'cos' })
  double.rules.add({ fault: { kind: 'foreign', status: 302 } })
  await assert.rejects(client.putObject('file', [Buffer.from('content')]))
  assert.equal(double.requests.length, 1)
})

test('the other name of a COS endpoint', () => {
  assert.equal(otherDomain('https://cos.ap-guangzhou.myqcloud.com'), 'https://cos.ap-guangzhou.tencentcos.cn/')
  assert.equal(
    otherDomain('http://b-1250000000.cos.ap-guangzhou.myqcloud.com:8080'),
    'http://b-1250000000.cos.ap-guangzhou.tencentcos.cn:8080/',
  )
  for (const endpoint of [
    'https://cos.accelerate.myqcloud.com',
    'https://cos-internal.accelerate.myqcloud.com',
    'https://cos.ap-guangzhou.tencentcos.cn',
    'https://cos-internal.ap-guangzhou.tencentcos.cn',
    'https://files.example.org',
    'https://cos.ap-guangzhou.myqcloud.com.example.org',
  ])
    assert.equal(otherDomain(endpoint), null, endpoint)
})
