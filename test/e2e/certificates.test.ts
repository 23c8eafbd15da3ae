import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type tls from 'node:tls'
import { certificateIn, shownFingerprint } from '../helpers/certificates.ts'
import { gateway } from '../helpers/gateway.ts'
import { loggedIn, readToEnd } from '../helpers/raw-client.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { until } from '../helpers/until.ts'

test('a client is shown the certificate of the name it asks for, on control and data connections', async (t) => {
  const folder = temporaryFolder(t)
  const [one, two, wild] = ['one.example', 'two.example', 'wild.example'].map((name) => certificateIn(folder, name))
  assert.ok(one && two && wild)
  const further = [
    { certificateFile: two.certificateFile, keyFile: two.keyFile },
    { certificateFile: wild.certificateFile, keyFile: wild.keyFile, names: ['*.wild.example'] },
  ]
  const { certificateFile, keyFile } = one
  const server = await gateway(t, {
    kinds: ['implicit', 'explicit'],
    tls: { certificateFile, keyFile, certificates: further },
  })
  assert.equal(await shownFingerprint(server), one.fingerprint)
  assert.equal(await shownFingerprint(server, { servername: 'two.example' }), two.fingerprint)
  assert.equal(await shownFingerprint(server, { servername: 'any.wild.example' }), wild.fingerprint)
  assert.equal(await shownFingerprint(server, { servername: 'nobody.example' }), one.fingerprint)
  const client = await loggedIn(server, 'explicit', { tls: { servername: 'two.example' } })
  assert.equal((client.socket as tls.TLSSocket).getPeerCertificate().fingerprint256, two.fingerprint)
  const data = await client.data(await client.passive(), { session: undefined })
  assert.equal((data as tls.TLSSocket).getPeerCertificate().fingerprint256, two.fingerprint)
  assert.equal((await client.command('LIST')).code, 150)
  await readToEnd(data)
  assert.equal((await client.reply()).code, 226)
})

test('a renewed certificate is shown to those who come next; a broken one is not, and the log says why', async (t) => {
  const folder = temporaryFolder(t)
  const { certificateFile, keyFile, fingerprint } = certificateIn(folder, 'one.example')
  const server = await gateway(t, { kinds: ['implicit'], tls: { certificateFile, keyFile } })
  assert.equal(await shownFingerprint(server), fingerprint)
  const before = await loggedIn(server, 'implicit')

  const renewed = certificateIn(folder, 'one.example')
  await until('the renewed one is shown', async () => (await shownFingerprint(server)) === renewed.fingerprint)
  assert.equal((await before.command('NOOP')).code, 200, 'who was there stays')
  assert.equal((await before.upload('STOR a file', 'still here')).code, 226)

  writeFileSync(certificateFile, 'no certificate at all')
  const complaints = () => server.log.filter(({ level }) => level === 'error' || level === 'warn')
  await until('somebody complains', () => complaints().length > 0)
  assert.match(JSON.stringify(complaints()), /[Cc]ertificate/)
  assert.equal(await shownFingerprint(server), renewed.fingerprint)
})
