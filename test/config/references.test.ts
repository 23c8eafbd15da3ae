import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { referredFiles, substitute } from '../../src/config/written/references.ts'
import { load, loadRight } from './drivers.ts'

const nothing = { environment: {}, files: new Map() }

test('a reference stands for a whole value, or for a part of it', async () => {
  const { storages, state } = await loadRight(
    'storages: { files: { driver: disk, directory: "/srv/${env:NAME}/x-${file:id}" } }\nstate: { directory: "${env:STATE}" }\n',
    { environment: { NAME: 'ftp', STATE: '/var/s' }, files: { id: '7\n' } },
  )
  assert.deepEqual(storages['files']?.options, { directory: '/srv/ftp/x-7', sync: true })
  assert.equal(state.directory, '/var/s')
})

test('a reference becomes a number, a switch or a choice where one is wanted, and stays text where text is', async () => {
  const { listeners, workers, accounts, memory } = await loadRight(
    `listeners: [{ port: "\${env:PORT}", activeMode: "\${env:ACTIVE}" }]
workers: \${env:WORKERS}
memory: \${env:MEMORY}
accounts: [{ name: "\${env:NAME}", password: "\${env:PASSWORD}", mounts: [{ storage: files }] }]\n`,
    {
      environment: {
        PORT: '2121',
        ACTIVE: 'true',
        WORKERS: '3',
        MEMORY: '67108864',
        NAME: '20745886',
        PASSWORD: 'true',
      },
    },
  )
  assert.deepEqual([listeners[0]?.port, listeners[0]?.activeMode, workers, memory], [2121, true, 3, 67_108_864])
  assert.deepEqual([accounts[0]?.name, accounts[0]?.password], ['20745886', 'true'])
})

test('a variable that is not set, a file that is not there and an unknown word are told with their lines, once each', async () => {
  const { lines } = await load(`state:
  directory: \${env:NOPE}
tls:
  certificateFile: \${file:gone.pem}
  keyFile: \${vault:key}
`)
  assert.deepEqual(lines, [
    'sluice.yaml:2: state.directory: The environment variable NOPE is not set.',
    'sluice.yaml:4: tls.certificateFile: The file gone.pem cannot be read (ENOENT).',
    'sluice.yaml:5: tls.keyFile: Expected ${env:NAME} or ${file:PATH}; a plain ${ is written $${.',
  ])
})

test('what is put in is not looked at again', () => {
  const sources = { environment: { A: '${env:B}', B: 'secret' }, files: new Map() }
  assert.equal(substitute('<${env:A}>', sources).text, '<${env:B}>')
})

test('a text with every ${ doubled comes out as it was, whatever it holds', () => {
  const text = fc
    .array(fc.oneof(fc.constantFrom('$', '{', '}', '${', '${env:A}', ':'), fc.string()))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, (plain) => {
      const { text, complaints } = substitute(
        plain.replaceAll('${', () => '$${'),
        nothing,
      )
      assert.equal(text, plain)
      assert.deepEqual(complaints, [])
    }),
  )
})

test('only files behind references are read', () => {
  assert.deepEqual(referredFiles('${file:/run/a} $${file:/run/b} ${env:file} ${file: c }'), ['/run/a', 'c'])
})
