import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import type net from 'node:net'
import { after, before, test } from 'node:test'
import { openGateway, type GatewayUnderTest } from '../helpers/gateway.ts'
import { connected, loggedIn, type RawClient } from '../helpers/raw-client.ts'
import { seeded, type Chance } from './seeded.ts'
import { randomLine } from './random-line.ts'

const isSlow = process.env['SLUICE_FUZZ_SLOW'] === '1'
const seed = Number(process.env['SLUICE_FUZZ_SEED'] ?? 20_261_121)
const sessions = isSlow ? 400 : 25
const linesInSession = 60

let server: GatewayUnderTest
const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)

before(async () => {
  process.on('unhandledRejection', note)
  server = await openGateway({
    kinds: ['none', 'explicit'],
    limits: { acceptTimeout: '150ms', dataTimeout: '2s', handshakeTimeout: '1s', idleTimeout: '60s' },
  })
})

after(async () => {
  await server.close()
  process.off('unhandledRejection', note)
  assert.deepEqual(unhandled, [])
})

/** One final reply, with at most one 1xx before it. Null when the session has ended. */
async function answer(client: RawClient): Promise<number | null> {
  const { code } = await client.reply()
  if (code >= 200) return code
  const final = await client.reply()
  assert.ok(final.code >= 200, `${code} is followed by ${final.code}`)
  return final.code
}

async function maybeConnect(client: RawClient, chance: Chance, port: number): Promise<net.Socket | null> {
  if (chance(3) === 0) return null
  const data = await client.data(port).catch(() => null)
  data?.on('error', () => {})
  data?.resume()
  const end = chance(4)
  if (end === 0) data?.resetAndDestroy()
  else if (end === 1) data?.end('some bytes\r\n')
  else setTimeout(() => data?.end('late bytes'), chance(10))
  return data
}

for (let number = 0; number < sessions; number++) {
  test(`random commands get one final reply each (seed ${seed}, session ${number})`, async () => {
    const chance = seeded(seed + number)
    const client = await loggedIn(server)
    for (let i = 0; i < linesInSession && !client.isClosed; i++) {
      if (chance(4) === 0) {
        const { code, text } = await client.command('EPSV')
        if (code === 229) await maybeConnect(client, chance, Number(/\|(\d+)\|/.exec(text)?.[1]))
      }
      const line = randomLine(chance)
      client.send(line)
      const code = await answer(client).catch((error: unknown) => {
        throw new Error(`after ${JSON.stringify(line)}: ${String(error)}`, { cause: error })
      })
      if (code === 221 || code === 421) break
    }
    client.destroy()
    const probe = await connected(server)
    assert.equal((await probe.command('NOOP')).code, 200)
    probe.destroy()
  })
}

test(`a pipeline gets the same answers however it is cut into segments (seed ${seed})`, async () => {
  const chance = seeded(seed)
  for (let round = 0; round < (isSlow ? 300 : 15); round++) {
    const lines = Array.from({ length: 12 }, () => randomLine(chance)).filter(
      (line) => !/^(quit|rein|user|pass|abor|auth|epsv|pasv|stou|hash|avbl|stat)/i.test(line),
    )
    lines.push('NOOP')
    const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(''))
    const answers: string[][] = []
    for (const isCut of [false, true]) {
      const client = await loggedIn(server)
      await client.codes('RMDA /', 'MKD fuzz', 'CWD fuzz')
      await client.codes('RMDA /fuzz')
      for (let at = 0; at < bytes.length;) {
        const length = isCut ? 1 + chance(9) : bytes.length
        client.send(bytes.subarray(at, at + length))
        at += length
        if (chance(2) === 0) await new Promise(setImmediate)
      }
      const codes: string[] = []
      for (let i = 0; i < lines.length; i++) codes.push(`${lines[i]?.slice(0, 40)} ${await answer(client)}`)
      answers.push(codes)
      client.destroy()
      await forget(server)
    }
    assert.deepEqual(answers[1], answers[0])
  }
})

/** Every pipeline begins in an empty tree. */
async function forget(server: GatewayUnderTest): Promise<void> {
  const client = await loggedIn(server)
  const { bytes } = await client.download('MLSD')
  for (const line of bytes.toString().split('\r\n')) {
    const [, type = '', name = ''] = /type=(\w+);.*?; (.*)$/.exec(line) ?? []
    if (type === 'file') await client.command(`DELE ${name}`)
    if (type === 'dir') await client.command(`RMDA ${name}`)
  }
  client.destroy()
}

test('connecting and leaving over and over leaks no descriptor', async () => {
  const rounds = isSlow ? 10_000 : 300
  const open = () => readdirSync('/proc/self/fd').length
  const leave = async (i: number) => {
    const client = i % 20 === 0 ? await connected(server, 'explicit') : await connected(server)
    if (i % 20 === 0) await client.secure()
    if (i % 5 === 0) {
      await client.login()
      await client.command('EPSV')
    }
    if (i % 3 === 0) client.reset()
    else {
      await client.command('QUIT')
      await client.rest()
      client.destroy()
    }
  }
  for (let i = 0; i < 20; i++) await leave(i)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const before = open()
  for (let i = 0; i < rounds; i += 10) await Promise.all(Array.from({ length: 10 }, (_, j) => leave(i + j)))
  for (let i = 0; i < 100 && open() > before + 5; i++) await new Promise((resolve) => setTimeout(resolve, 50))
  assert.ok(open() <= before + 5, `${before} descriptors before, ${open()} after`)
})
