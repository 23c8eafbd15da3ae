import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publicAddress, type PublicAddressRules } from '../../../src/ftp/data/public-address.ts'

const client = '203.0.113.9'
const local = '10.0.0.5'

function rules(some: Partial<PublicAddressRules>): PublicAddressRules {
  const clock = { now: () => new Date(), monotonic: () => 0 }
  const resolve = () => Promise.reject(new Error('no such name'))
  return { address: 'own', addressFor: [], refreshMilliseconds: 300_000, resolve, clock, ...some }
}

test('a client is told the address it has reached, unless another one is set', async () => {
  assert.equal(await publicAddress(rules({}))(client, local), local)
  assert.equal(await publicAddress(rules({}))(`::ffff:${client}`, `::ffff:${local}`), local)
  assert.equal(await publicAddress(rules({ address: '192.0.2.1' }))(client, local), '192.0.2.1')
})

test('the first block that holds the client counts', async () => {
  const tell = publicAddress(
    rules({
      address: '192.0.2.1',
      addressFor: [
        { clients: '10.1.0.0/16', address: '10.1.0.1' },
        { clients: '10.0.0.0/8', address: 'own' },
        { clients: '203.0.113.9', address: '192.0.2.9' },
        { clients: '2001:db8::/32', address: '192.0.2.6' },
      ],
    }),
  )
  for (const [peer, told] of [
    ['10.1.2.3', '10.1.0.1'],
    ['::ffff:10.1.2.3', '10.1.0.1'],
    ['10.2.0.1', local],
    [client, '192.0.2.9'],
    ['203.0.113.10', '192.0.2.1'],
    ['2001:db8::1', '192.0.2.6'],
  ] as const)
    assert.equal(await tell(peer, local), told, peer)
})

test('a name is resolved once, again when the answer is old, and the last good answer is kept', async () => {
  let time = 0
  const asked: string[] = []
  const answers = ['192.0.2.1', null, '192.0.2.3']
  const resolve = async (name: string) => {
    asked.push(name)
    const answer = answers.shift()
    if (typeof answer === 'string') return answer
    throw new Error('name server down')
  }
  const clock = { now: () => new Date(), monotonic: () => time }
  const tell = publicAddress(rules({ address: 'ftp.example.org', refreshMilliseconds: 1000, resolve, clock }))
  const told = await Promise.all([tell(client, local), tell(client, local)])
  assert.deepEqual(told, ['192.0.2.1', '192.0.2.1'])
  assert.equal(asked.length, 1)
  const tellLater = async () => {
    time += 1000
    await tell(client, local)
    await new Promise((resolved) => setImmediate(resolved))
    return tell(client, local)
  }
  assert.equal(await tellLater(), '192.0.2.1')
  assert.equal(await tellLater(), '192.0.2.3')
  assert.deepEqual(asked, ['ftp.example.org', 'ftp.example.org', 'ftp.example.org'])
})

test('what no client could use is refused instead of told', async () => {
  const refused = { code: 'data-connection-refused' }
  await assert.rejects(publicAddress(rules({}))(client, '::1'), refused)
  await assert.rejects(publicAddress(rules({}))(client, '0.0.0.0'), refused)
  await assert.rejects(publicAddress(rules({ address: 'ftp.example.org' }))(client, local), refused)
  const resolve = () => Promise.resolve('0.0.0.0')
  await assert.rejects(publicAddress(rules({ address: 'ftp.example.org', resolve }))(client, local), refused)
})

test('a name that did not resolve is asked for again', async () => {
  let isDown = true
  const resolve = () => (isDown ? Promise.reject(new Error('down')) : Promise.resolve('192.0.2.1'))
  const tell = publicAddress(rules({ address: 'ftp.example.org', resolve }))
  await assert.rejects(tell(client, local))
  isDown = false
  assert.equal(await tell(client, local), '192.0.2.1')
})
