import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type tls from 'node:tls'
import { selfSigned } from '../../src/ftp/data/self-signed.ts'
import { gateway, type GatewayUnderTest } from '../helpers/gateway.ts'
import { connected, loggedIn, readToEnd } from '../helpers/raw-client.ts'

interface Pair {
  readonly certificateFile: string
  readonly keyFile: string
  readonly fingerprint: string
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-certificates-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function write(folder: string, name: string): Pair {
  const { cert, key } = selfSigned({ names: [name], now: new Date() })
  const [certificateFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  // Whole at once, as tools for renewal do it.
  for (const [file, text] of [[certificateFile, cert] as const, [keyFile, key] as const]) {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  return { certificateFile, keyFile, fingerprint: new X509Certificate(cert).fingerprint256 }
}

async function shown(server: GatewayUnderTest, options: tls.ConnectionOptions = {}): Promise<string> {
  const client = await connected(server, 'implicit', { tls: options })
  const { fingerprint256 } = (client.socket as tls.TLSSocket).getPeerCertificate()
  client.destroy()
  return fingerprint256
}

/** Asks again until it is so: files are looked at every two seconds. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (await isSo()) return
    await sleep(100)
  }
  assert.fail('it never came')
}

test('a client is shown the certificate of the name it asks for, on control and data connections', async (t) => {
  const folder = folderOf(t)
  const [one, two, wild] = ['one.example', 'two.example', 'wild.example'].map((name) => write(folder, name))
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
  assert.equal(await shown(server), one.fingerprint)
  assert.equal(await shown(server, { servername: 'two.example' }), two.fingerprint)
  assert.equal(await shown(server, { servername: 'any.wild.example' }), wild.fingerprint)
  assert.equal(await shown(server, { servername: 'nobody.example' }), one.fingerprint)
  const client = await loggedIn(server, 'explicit', { tls: { servername: 'two.example' } })
  assert.equal((client.socket as tls.TLSSocket).getPeerCertificate().fingerprint256, two.fingerprint)
  const data = await client.data(await client.passive(), { session: undefined })
  assert.equal((data as tls.TLSSocket).getPeerCertificate().fingerprint256, two.fingerprint)
  assert.equal((await client.command('LIST')).code, 150)
  await readToEnd(data)
  assert.equal((await client.reply()).code, 226)
})

test('a renewed certificate is shown to those who come next; a broken one is not, and the log says why', async (t) => {
  const folder = folderOf(t)
  const { certificateFile, keyFile, fingerprint } = write(folder, 'one.example')
  const server = await gateway(t, { kinds: ['implicit'], tls: { certificateFile, keyFile } })
  assert.equal(await shown(server), fingerprint)
  const before = await loggedIn(server, 'implicit')

  const renewed = write(folder, 'one.example')
  await until(async () => (await shown(server)) === renewed.fingerprint)
  assert.equal((await before.command('NOOP')).code, 200, 'who was there stays')
  assert.equal((await before.upload('STOR a file', 'still here')).code, 226)

  writeFileSync(certificateFile, 'no certificate at all')
  const complaints = () => server.log.filter(({ level }) => level === 'error' || level === 'warn')
  await until(() => complaints().length > 0)
  assert.match(JSON.stringify(complaints()), /[Cc]ertificate/)
  assert.equal(await shown(server), renewed.fingerprint)
})
