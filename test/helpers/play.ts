import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type net from 'node:net'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { gateway, type GatewayUnderTest } from './gateway.ts'
import type { GatewaySettings, ListenerKind } from './gateway-configuration.ts'
import { loggedIn, RawClient, readToEnd } from './raw-client.ts'
import { bytesOf, reads, type Step, type Transcript } from './transcript.ts'

/** Plays a transcript against a gateway of its own. @throws AssertionError naming the line that did not come true. */
export async function play(t: TestContext, transcript: Transcript): Promise<void> {
  const setup = setupOf(transcript)
  const server = await gateway(t, setup.settings)
  for (const folder of setup.folders) mkdirSync(join(server.files, folder), { recursive: true })
  for (const [path, content] of setup.files) {
    mkdirSync(dirname(join(server.files, path)), { recursive: true })
    writeFileSync(join(server.files, path), content)
  }
  const client = await clientFor(server, setup)
  const stage = { server, client, data: null, port: 0, isListing: false, isUpload: false } satisfies Stage
  const groups = grouped(transcript.steps)
  for (const group of groups) {
    try {
      await act(stage, group)
    } catch (error) {
      const [{ line, kind, text }] = group as [Step]
      throw new Error(`line ${line}: ${kind} ${text}\n${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    }
  }
  client.destroy()
}

interface Setup {
  readonly settings: GatewaySettings
  readonly kind: ListenerKind
  readonly login: string | null
  readonly files: ReadonlyMap<string, Buffer>
  readonly folders: readonly string[]
  readonly version: string | null
}

function setupOf({ settings }: Transcript): Setup {
  const all = (key: string) => settings.filter(([name]) => name === key).map(([, value]) => value)
  const json = (key: string) => {
    const value = all(key).at(-1)
    return value === undefined ? undefined : (JSON.parse(value) as Record<string, unknown>)
  }
  const kind = (all('listener').at(-1) ?? 'none') as ListenerKind
  const accounts = all('account').map((text) => JSON.parse(text) as Record<string, unknown>)
  const limits = json('limits')
  const passive = json('passive')
  const listener = json('options')
  return {
    settings: {
      kinds: [kind],
      ...(accounts.length === 0 ? {} : { accounts: accounts.map((account) => ({ name: 'ada', ...account })) }),
      ...(limits === undefined ? {} : { limits }),
      ...(passive === undefined ? {} : { passive }),
      ...(listener === undefined ? {} : { listener }),
    },
    kind,
    login: all('login').at(-1) ?? null,
    files: new Map(all('file').map(contentOf)),
    folders: all('folder'),
    version: all('tls').at(-1) ?? null,
  }
}

function contentOf(text: string): readonly [string, Buffer] {
  const at = text.indexOf(' = ')
  assert.notEqual(at, -1, 'path = content')
  return [bytesOf(text.slice(0, at)).toString(), bytesOf(text.slice(at + 3))]
}

async function clientFor(server: GatewayUnderTest, { kind, login, version }: Setup): Promise<RawClient> {
  const tls = version === null ? {} : { tls: { minVersion: version, maxVersion: version } as { minVersion: 'TLSv1.2' } }
  if (login !== null) return await loggedIn(server, kind, { name: login, ...tls })
  const client = new RawClient({ port: server.ports[kind], kind, clients: server.clients, ...tls })
  await client.open()
  return client
}

interface Stage {
  readonly server: GatewayUnderTest
  readonly client: RawClient
  data: net.Socket | null
  /** Agreed on last. */
  port: number
  isListing: boolean
  isUpload: boolean
}

/** `D:` lines in a row belong together. */
function grouped(steps: readonly Step[]): readonly Step[][] {
  const groups: Step[][] = []
  for (const step of steps) {
    const last = groups.at(-1)
    if (step.kind === 'D' && last?.[0]?.kind === 'D') last.push(step)
    else groups.push([step])
  }
  return groups
}

async function act(stage: Stage, group: readonly Step[]): Promise<void> {
  const [{ kind, text }] = group as [Step]
  if (kind === 'C') say(stage, text)
  else if (kind === 'C>') stage.client.send(bytesOf(text))
  else if (kind === 'S') await hear(stage, text)
  else if (kind === 'D') await move(stage, group)
  else await happen(stage, text)
}

function say(stage: Stage, text: string): void {
  const verb = /^[A-Za-z]*/.exec(text)?.[0].toUpperCase() ?? ''
  if (['STOR', 'APPE', 'STOU', 'RETR', 'LIST', 'NLST', 'MLSD'].includes(verb)) {
    stage.isUpload = ['STOR', 'APPE', 'STOU'].includes(verb)
    stage.isListing = ['LIST', 'NLST', 'MLSD'].includes(verb)
  }
  stage.client.send(Buffer.concat([bytesOf(text), Buffer.from('\r\n')]))
}

async function hear(stage: Stage, pattern: string): Promise<void> {
  if (pattern === '…') {
    await stage.client.skipInnerLines()
    return
  }
  const line = await stage.client.line()
  if (line === null) assert.fail('the server has closed')
  if (!reads(line, pattern)) assert.fail(`but the server said:\n        ${line}`)
  const agreed = /^227 .*,(\d+),(\d+)\)|^229 .*\|\|\|(\d+)\|/.exec(line)
  if (agreed === null) return
  stage.port = Number(agreed[3] ?? Number(agreed[1]) * 256 + Number(agreed[2]))
  stage.data = null
}

async function open(stage: Stage, options: Parameters<RawClient['data']>[1] = {}): Promise<net.Socket> {
  stage.data = await stage.client.data(stage.port, options)
  return stage.data
}

async function move(stage: Stage, group: readonly Step[]): Promise<void> {
  const data = stage.data ?? (await open(stage))
  stage.data = null
  const ends = stage.isListing ? '\\r\\n' : ''
  const text = group.map(({ text }) => (text === '' ? '' : text + ends)).join('')
  if (stage.isUpload) {
    data.resume()
    data.end(bytesOf(text))
    return
  }
  const { bytes, ending } = await readToEnd(data)
  data.end()
  assert.equal(ending, 'end', 'the server ends the data connection properly')
  const isAny = group.length === 1 && group[0]?.text === '…'
  if (!isAny && !reads(bytes.toString(), text)) assert.fail(`but these data came:\n${bytes.toString()}`)
}

type Event = (stage: Stage, argument: string) => Promise<void> | void

const events: Readonly<Record<string, Event>> = {
  handshake: ({ client }) => client.handshake(),
  protected({ client }) {
    client.isProtected = true
  },
  'data opens': async (stage) => void (await open(stage)),
  'data opens in clear': async (stage) => void (await open(stage, { clear: true })),
  'data opens without resuming': async (stage) => void (await open(stage, { session: undefined as never })),
  'data resets'(stage) {
    stage.data?.resetAndDestroy()
    stage.data = null
  },
  async 'data is reset'(stage) {
    const data = stage.data ?? assert.fail('no data connection')
    assert.equal((await readToEnd(data)).ending, 'reset')
    stage.data = null
  },
  async closed({ client }) {
    assert.equal(await client.line(), null)
  },
  'half-closes': ({ client }) => void client.socket.end(),
  'on disk'({ server }, argument) {
    const [path, content] = contentOf(argument)
    assert.deepEqual(readFileSync(join(server.files, path)).toString(), content.toString())
  },
  'not on disk'({ server }, path) {
    assert.equal(existsSync(join(server.files, path)), false)
  },
}

async function happen(stage: Stage, text: string): Promise<void> {
  const [, name = '', argument = ''] = /^([^:]+)(?:: (.*))?$/.exec(text) ?? []
  const event = events[name]
  if (event === undefined) assert.fail(`unknown event ${name}`)
  await event(stage, argument)
}
