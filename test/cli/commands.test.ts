import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyPassword } from '../../src/accounts/password-hash.ts'
import { selfSigned } from '../../src/ftp/data/self-signed.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { run } from './sluice.ts'

test('--version prints the version of the package, --help the exit statuses and examples', async (t) => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  assert.deepEqual(await run(t, ['--version']), { status: 0, stdout: `${version}\n`, stderr: '' })
  const { status, stdout } = await run(t, ['--help'])
  assert.equal(status, 0)
  for (const text of ['sluice check --config', '2 wrong usage', '78 wrong configuration', 'hash-password'])
    assert.ok(stdout.includes(text), text)
})

test('wrong usage is a sentence on standard error and status 2', async (t) => {
  for (const args of [
    ['--bogus'],
    ['serv'],
    ['serve', '--port', '70000'],
    ['serve', '--workers', 'many'],
    ['check', 'x', 'y'],
    ['serve', '--log-level', 'loud'],
    ['config'],
  ]) {
    const { status, stdout, stderr } = await run(t, args)
    assert.equal(status, 2, args.join(' '))
    assert.equal(stdout, '')
    assert.notEqual(stderr, '')
  }
})

test('check accepts a right file with a summary, and lists all mistakes of a wrong one with status 78', async (t) => {
  const folder = temporaryFolder(t)
  const check = (text: string, environment = {}) => {
    writeFileSync(join(folder, 'a.yaml'), text, { mode: 0o600 })
    return run(t, ['check', '--config', 'a.yaml'], { folder, environment })
  }
  assert.deepEqual(await check('listeners: [{ port: 2121, address: 127.0.0.1 }]\n'), {
    status: 0,
    stdout: 'OK: 1 listener, 1 storage, no accounts yet, the first start makes one.\n',
    stderr: '',
  })
  const wrong = await check('listeners: [{ port: x }]\nmemory: 1\n', { SLUICE__WORKERS: '0' })
  assert.equal(wrong.status, 78)
  assert.deepEqual(wrong.stderr.split('\n'), [
    'SLUICE__WORKERS: workers: Must be at least 1.',
    'a.yaml:1: listeners[0].port: Expected a number.',
    'a.yaml:2: memory: Must be at least 16 MiB.',
    'sluice: The configuration has 3 mistakes.',
    '',
  ])
  assert.equal(
    (await run(t, ['check', '--config', 'gone.yaml'])).stderr.split('\n')[0],
    'gone.yaml: The file cannot be read (ENOENT).',
  )
})

test('check warns of passwords in clear on addresses that others reach', async (t) => {
  const folder = temporaryFolder(t)
  const listeners = [
    ...['{ port: 21 }', '{ port: 22, tls: none, address: 192.0.2.1 }', '{ port: 23, tls: none, address: "::1" }'],
    ...['{ port: 24, address: 127.0.0.5 }', '{ port: 25, clearLogin: loopback }', '{ port: 26, tls: required }'],
    '{ port: 27, tls: implicit }',
  ]
  writeFileSync(join(folder, 'a.yaml'), `listeners:\n${listeners.map((text) => `  - ${text}\n`).join('')}`, {
    mode: 0o600,
  })
  const { status, stdout, stderr } = await run(t, ['check', '--config', 'a.yaml'], { folder })
  assert.equal(status, 0)
  assert.match(stdout, /^OK: 7 listeners/)
  const warned = [...stderr.matchAll(/^warning: a\.yaml:(\d): (\S+): Passwords may come in clear here/gm)]
  assert.deepEqual(
    warned.map(([, line, field]) => `${line} ${field}`),
    ['2 listeners[0]', '3 listeners[1]'],
  )
  assert.equal(stderr.split('\n').length, 3)
})

test('check reads certificates and keys, and says with the line what is missing or does not belong together', async (t) => {
  const folder = temporaryFolder(t)
  for (const name of ['a', 'b']) {
    const { cert, key } = selfSigned({ names: ['localhost'], now: new Date() })
    writeFileSync(join(folder, `${name}.pem`), cert)
    writeFileSync(join(folder, `${name}.key`), key)
  }
  const check = async (...lines: string[]) => {
    const text = ['listeners: [{ port: 990, tls: implicit }]', 'tls:', ...lines].join('\n')
    writeFileSync(join(folder, 'a.yaml'), `${text}\n`, { mode: 0o600 })
    return await run(t, ['check', '--config', 'a.yaml'], { folder })
  }
  assert.deepEqual((await check('  certificateFile: a.pem', '  keyFile: a.key')).stderr, '')
  const wrong = await check(
    ...['  certificateFile: a.pem', '  keyFile: b.key', '  certificates:'],
    ...[
      '    - certificateFile: gone.pem',
      '      keyFile: a.key',
      '    - certificateFile: a.key',
      '      keyFile: a.key',
    ],
  )
  assert.equal(wrong.status, 78)
  assert.deepEqual(wrong.stderr.split('\n'), [
    'a.yaml:3: tls.certificateFile: The certificate: the key is not its own.',
    'a.yaml:6: tls.certificates[0].certificateFile: The file cannot be read (ENOENT).',
    'a.yaml:8: tls.certificates[1].certificateFile: The certificate is not a PEM certificate.',
    'sluice: The configuration has 3 mistakes.',
    '',
  ])
})

test('a secret in a file for all eyes is a warning that stops nothing and shows nothing', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'a.yaml'), 'accounts: [{ name: a, password: geheim, mounts: [{ storage: files }] }]\n', {
    mode: 0o644,
  })
  const { status, stderr } = await run(t, ['check', '--config', 'a.yaml'], { folder })
  assert.equal(status, 0)
  assert.match(stderr, /^warning: a\.yaml:1: accounts\[0\]\.password: Stands here in clear/)
  assert.ok(!stderr.includes('geheim'))
})

test('hash-password prints one hash of what standard input holds, without its line end', async (t) => {
  const { status, stdout } = await run(t, ['hash-password'], { input: 'pä ss\r\n' })
  assert.equal(status, 0)
  assert.match(stdout, /^\$argon2id\$\S+\n$/)
  assert.ok(await verifyPassword(stdout.trim(), Buffer.from('pä ss')))
  assert.ok(!(await verifyPassword(stdout.trim(), Buffer.from('pä ss\r'))))
})

test('hash-password refuses what no client could send', async (t) => {
  for (const input of ['', '\n', 'two\nlines', 'a\0b', 'x'.repeat(1025)]) {
    const { status, stdout } = await run(t, ['hash-password'], { input })
    assert.deepEqual([status, stdout], [1, ''])
  }
})

test('config show prints what is in force, defaults and environment included, without secrets', async (t) => {
  const environment = {
    SLUICE__ACCOUNTS: '[{ name: ada, password: geheim, mounts: [{ storage: files }] }]',
    SLUICE__LIMITS__SESSIONS: '7',
  }
  const { status, stdout } = await run(t, ['config', 'show'], { environment })
  assert.equal(status, 0)
  for (const text of ['sessions: 7', 'idleTimeout: 300s', 'name: ada', 'password: <redacted>'])
    assert.ok(stdout.includes(text), text)
  assert.ok(!stdout.includes('geheim'))
})

test('config schema is JSON, config reference is Markdown', async (t) => {
  const schema = JSON.parse((await run(t, ['config', 'schema'])).stdout) as Record<string, unknown>
  assert.equal(schema['$schema'], 'https://json-schema.org/draft/2020-12/schema')
  assert.match((await run(t, ['config', 'reference'])).stdout, /^# Configuration\n/)
})
