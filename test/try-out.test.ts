import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { loadConfiguration } from '../src/config/load.ts'
import { formatProblem } from '../src/config/problem.ts'
import { drivers } from '../src/storage/drivers/index.ts'

interface Service {
  readonly image?: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const files = globSync('examples/**/compose*.yaml').toSorted()

/** `${NAME:-default}` as compose reads it without an environment. */
const withDefaults = (text: string) => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')

const portsOf = ({ ports = [] }: Service) => ports.map((text) => text.split(':').at(-1) ?? '')

test('there are compose files for a try-out', () => assert.deepEqual(files.length, 2))

for (const file of files) {
  const { services, volumes } = parse(readFileSync(file, 'utf8')) as Compose
  const folder = dirname(file)
  const { sluice, store, bucket } = services
  assert.ok(sluice && store && bucket)

  test(`${file}: the configuration that the gateway is given is accepted, and fits what is published`, async () => {
    const mounted = (sluice.volumes ?? []).map((text) => text.split(':')).find(([from]) => from?.endsWith('.yaml'))
    assert.deepEqual(sluice.command, ['serve', '--config', mounted?.[1]])
    const text = readFileSync(join(folder, mounted?.[0] ?? ''), 'utf8')
    const environment = Object.fromEntries(
      Object.entries(sluice.environment).map(([name, value]) => [name, withDefaults(value)]),
    )
    const { configuration, problems } = await loadConfiguration({
      ...{ text, environment, drivers },
      readFile: () => assert.fail('It needs no other file.'),
    })
    assert.ok(configuration, problems.map(formatProblem).join('\n'))
    const { first, last } = configuration.passive.ports
    assert.deepEqual(portsOf(sluice), [String(configuration.listeners[0]?.port), `${first}-${last}`])
    const endpoint = new URL(environment['S3_ENDPOINT'] ?? '')
    assert.ok(Object.hasOwn(services, endpoint.hostname))
    assert.deepEqual(portsOf(store), [endpoint.port])
    assert.ok(bucket.command.join(' ').includes(`s3 mb s3://${environment['S3_BUCKET']}`))
    assert.ok(bucket.command.join(' ').includes(endpoint.origin))
    assert.equal(withDefaults(bucket.environment['AWS_SECRET_ACCESS_KEY'] ?? ''), environment['S3_SECRET_KEY'])
    assert.ok(
      Object.values(store.environment)
        .map(withDefaults)
        .includes(environment['S3_SECRET_KEY'] ?? ''),
    )
  })

  test(`${file}: what it names is there, and its ports are open on this machine alone`, () => {
    const { context = '', dockerfile = '' } = sluice.build ?? {}
    assert.ok(existsSync(join(folder, context, dockerfile)))
    for (const service of Object.values(services)) {
      for (const [from = ''] of (service.volumes ?? []).map((text) => text.split(':')))
        assert.ok(from.startsWith('.') ? existsSync(join(folder, from)) : Object.hasOwn(volumes, from), from)
      for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/)
      const needed = service.depends_on ?? []
      for (const name of Array.isArray(needed) ? needed : Object.keys(needed)) assert.ok(Object.hasOwn(services, name))
    }
  })
}
