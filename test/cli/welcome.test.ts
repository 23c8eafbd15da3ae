import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startErrorSentence } from '../../src/cli/serve/start-error.ts'
import { welcome } from '../../src/cli/serve/welcome.ts'
import { GatewayError } from '../../src/core/errors.ts'
import { loadRight } from '../config/drivers.ts'

const never = new Promise<void>(() => {})
const gateway = (address: string, tls: string) => ({
  listeners: [
    { address, port: 2121, tls },
    { address, port: 2990, tls: 'implicit' },
  ],
  certificateFingerprint: 'AB:CD',
  reload: () => new Promise<never>(() => {}),
  drain: () => never,
  closed: never,
})

test('the first start shows folder, account, certificate and three lines to try', async () => {
  const text = welcome({
    configuration: await loadRight(''),
    gateway: gateway('::', 'explicit'),
    account: 'sluice',
    password: 'abcd-efgh',
  })
  for (const line of [
    /^ {2}Folder {7}\/.*\/data$/m,
    /^ {2}User {9}sluice$/m,
    /^ {2}Password {5}abcd-efgh {3}\(shown only now; /m,
    /^ {2}Certificate {2}SHA-256 AB:CD$/m,
    /^ {4}curl -k --ssl-reqd -u 'sluice:abcd-efgh' -T FILE ftp:\/\/localhost:2121\/$/m,
    /^ {4}lftp .*-u 'sluice,abcd-efgh' ftp:\/\/localhost:2121$/m,
    /^ {4}FileZilla: ftpes:\/\/localhost:2121$/m,
  ])
    assert.match(text, line)
})

test('later starts do not know the password any more, and an IPv6 address stands in brackets', async () => {
  const configuration = await loadRight('')
  const text = welcome({ configuration, gateway: gateway('::1', 'none'), account: 'sluice', password: null })
  assert.match(text, /Password {5}as shown at the first start; `sluice serve --new-password` makes a new one/)
  assert.match(text, /curl -u 'sluice:PASSWORD' -T FILE ftp:\/\/\[::1\]:2121\//)
})

test('what the system says against a start becomes one sentence, wherever it stands among the causes', () => {
  const system = (code: string, more: object) =>
    Object.assign(new Error(`${code}: no`), { code, syscall: 'x', ...more })
  const place = { address: '::', port: 21 }
  for (const [error, sentence] of [
    [system('EADDRINUSE', place), 'Port 21 of :: is in use by another program.'],
    [system('EACCES', place), 'Port 21 of :: may not be opened by this user.'],
    [system('EADDRNOTAVAIL', place), 'Port 21 of :: cannot be opened: this machine does not have that address.'],
    [system('ENOENT', { path: '/x.pem' }), '/x.pem cannot be used: ENOENT.'],
    [
      new GatewayError('internal', 'No.', { cause: system('EADDRINUSE', place) }),
      'Port 21 of :: is in use by another program.',
    ],
    [new GatewayError('internal', 'No.', { cause: system('EIO', {}) }), 'No. (EIO)'],
    [new GatewayError('conflict', 'Another one runs.'), 'Another one runs.'],
  ] as const) {
    assert.equal(startErrorSentence(error), sentence)
  }
})
