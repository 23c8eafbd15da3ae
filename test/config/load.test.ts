import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { stringify } from 'yaml'
import { load, loadRight } from './drivers.ts'

const account = '  - { name: ada, password: "geheim", mounts: [{ path: /, storage: files }] }\n'

test('an empty configuration offers TLS on 2121 and 2990, and keeps clear logins to this machine', async () => {
  const configuration = await loadRight('')
  assert.deepEqual(
    configuration.listeners.map(({ port, tls, clearLogin }) => ({ port, tls, clearLogin })),
    [
      { port: 2121, tls: 'explicit', clearLogin: 'loopback' },
      { port: 2990, tls: 'implicit', clearLogin: 'always' },
    ],
  )
  assert.deepEqual(configuration.passive.ports, { first: 60_000, last: 61_000 })
  assert.deepEqual(configuration.storages, { files: { driver: 'disk', options: { directory: './data', sync: true } } })
  assert.equal(configuration.state.directory, './.sluice')
  assert.deepEqual(configuration.accounts, [])
})

test('sizes become bytes and times milliseconds, however they are written', async () => {
  const { limits, memory } = await loadRight(
    'memory: 64MiB\nlimits: { idleTimeout: 5m, loginTimeout: 90, replyTimeout: 500ms }',
  )
  assert.equal(memory, 64 * 1024 ** 2)
  assert.deepEqual([limits.idleTimeout, limits.loginTimeout, limits.replyTimeout], [300_000, 90_000, 500])
})

test('all mistakes are reported together, each with its line and field', async () => {
  const { configuration, lines } = await load(`listeners:
  - port: 2121
    tls: explicitt
  - prt: 21
limits:
  session: 5
  idleTimeout: fast
  loginFailures: 0
storages:
  files:
    driver: diks
  more:
    driver: disk
    direktory: /x
passive:
  ports: 7-2
accounts:
  - name: 55
    password: x
    mounts:
      - storage: fils
workers: 65
tls:
  keyFile: key.pem
`)
  assert.equal(configuration, null)
  assert.deepEqual(lines, [
    'sluice.yaml:3: listeners[0].tls: Expected none, explicit, required or implicit. Did you mean explicit?',
    'sluice.yaml:4: listeners[1].port: Is missing.',
    'sluice.yaml:4: listeners[1].prt: There is no such key. Did you mean port?',
    'sluice.yaml:6: limits.session: There is no such key. Did you mean sessions?',
    'sluice.yaml:7: limits.idleTimeout: Expected a time, such as 500ms, 30s, 5m, 1h or 1d.',
    'sluice.yaml:8: limits.loginFailures: Must be at least 1.',
    'sluice.yaml:11: storages.files.driver: Expected disk or bucket. Did you mean disk?',
    'sluice.yaml:12: storages.more.directory: Is missing.',
    'sluice.yaml:14: storages.more.direktory: There is no such key. Did you mean directory?',
    'sluice.yaml:16: passive.ports: The first port must not be above the last.',
    'sluice.yaml:18: accounts[0].name: Expected text; put the value in quotes.',
    'sluice.yaml:21: accounts[0].mounts[0].storage: There is no such storage. Did you mean files?',
    'sluice.yaml:22: workers: Must be at most 64.',
    'sluice.yaml:24: tls.keyFile: Needs certificateFile beside it: give both or none.',
  ])
})

test('a key that stands twice is a mistake that names both lines', async () => {
  const { lines } = await load('memory: 64 MiB\nworkers: 2\nmemory: 32 MiB\n')
  assert.deepEqual(lines, ['sluice.yaml:3: memory: Stands twice; the first time in line 1.'])
})

test('behind the first fault in the YAML nothing is judged, before it everything', async () => {
  const { lines } = await load('workers: 99\nlimits: { sessions: 5\nstorages: {}\n')
  assert.equal(lines.length, 2)
  assert.match(lines[0] ?? '', /^sluice\.yaml:1: workers: /)
  assert.match(lines[1] ?? '', /^sluice\.yaml:[234]: Not valid YAML: /)
})

test('a text that is no section, and a file that cannot be read, are told in one line', async () => {
  assert.deepEqual((await load('- a\n- b\n')).lines, ['sluice.yaml:1: Expected a section: lines like `key: value`.'])
  const { lines } = await load('', { file: 'gone.yaml', text: undefined as unknown as string })
  assert.deepEqual(lines, ['gone.yaml: The file cannot be read (ENOENT).'])
})

test('two listeners may not have one address and port, unless the port is 0', async () => {
  const twice = (port: number) => `listeners:\n  - port: ${port}\n  - port: ${port}\n    tls: implicit\n`
  assert.deepEqual((await load(twice(2121))).lines, [
    'sluice.yaml:3: listeners[1].port: Another listener has this address and port.',
  ])
  assert.deepEqual((await load(twice(0))).lines, [])
  assert.deepEqual((await load('listeners: []\n')).lines, ['sluice.yaml:1: listeners: Must name at least one.'])
})

test('account names are unique, and an account without a password is refused', async () => {
  assert.deepEqual((await load(`accounts:\n${account}${account}`)).lines, [
    'sluice.yaml:3: accounts[1].name: Another account has this name.',
  ])
  const { lines } = await load('accounts:\n  - name: ada\n    mounts: [{ storage: files }]\n')
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /^sluice\.yaml:2: accounts\[0\]\.name: .*password/)
})

test('without accounts, the storage that the first one sees has to be there', async () => {
  const { lines } = await load('storages: { photos: { driver: disk, directory: /x } }\n')
  assert.deepEqual(lines, ['sluice.yaml: accounts: Is missing.'])
  assert.deepEqual((await load('accounts: []\n')).lines, ['sluice.yaml:1: accounts: Must name at least one.'])
})

test('the result is frozen all the way down', async () => {
  const configuration = await loadRight(`accounts:\n${account}`)
  const holders = [configuration, configuration.listeners, configuration.listeners[0], configuration.limits]
  for (const holder of [...holders, configuration.accounts[0]?.mounts[0], configuration.storages['files']?.options])
    assert.ok(Object.isFrozen(holder))
})

test('what is in force can be written down and read again, and is the same', async () => {
  const text = `accounts:\n${account}limits: { sessions: 7, idleTimeout: 10m }\npassive: { ports: 5000, masqueradeAddress: 203.0.113.7 }\n`
  const first = await load(text, { environment: { SLUICE__WORKERS: 'auto' } })
  const second = await load(stringify(first.written))
  assert.deepEqual(second.lines, [])
  assert.deepEqual(second.configuration, first.configuration)
  assert.equal(first.configuration?.passive.address, '203.0.113.7')
})

test('a secret in a file that everyone may read is warned of, one by reference is not', async () => {
  const text = `accounts:\n${account}  - { name: bob, password: "\${env:BOB}", mounts: [{ storage: files }] }\n`
  const { configuration, lines, problems } = await load(text, { isPublic: true, environment: { BOB: 'x' } })
  assert.ok(configuration !== null)
  assert.deepEqual(
    problems.map(({ severity, field }) => [severity, field]),
    [['warning', ['accounts', 0, 'password']]],
  )
  assert.ok(!lines.join('').includes('geheim'))
  assert.deepEqual((await load(text, { isPublic: false, environment: { BOB: 'x' } })).lines, [])
})

test('no text makes the loader throw, and problems are one line each', async () => {
  const piece = fc.constantFrom(
    'listeners',
    'accounts',
    'storages',
    ': ',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '<<',
    '!!binary ',
    '${env:X}',
    '"',
    "'",
    '#',
    '|',
    '? ',
    '__proto__',
    '1',
    'null',
    '\t',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))).map((parts) => parts.join('')),
  )
  await fc.assert(
    fc.asyncProperty(text, async (yaml) => {
      const { configuration, problems, lines } = await load(yaml, { environment: { X: 'x' } })
      assert.equal(
        configuration === null,
        problems.some(({ severity }) => severity === 'error'),
      )
      for (const line of lines) assert.ok(!/[\n\r]/.test(line), line)
    }),
    { numRuns: 300 },
  )
})

test('aliases cannot make a small file huge, nor a circle endless', async () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
  for (let at = 1; at < 10; at++) {
    const [name, before] = ['abcdefghij'[at], 'abcdefghij'[at - 1]]
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]`)
  }
  const { lines } = await load(bomb.join('\n'))
  assert.ok(lines.some((line) => line.endsWith('Too large or too deep for a configuration.')))
  const { configuration } = await load('limits: &l\n  sessions: *l\n')
  assert.equal(configuration, null)
})
