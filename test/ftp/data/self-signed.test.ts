import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { selfSigned } from '../../../src/ftp/data/self-signed.ts'

const names = ['ftp.example.org', 'localhost', '192.0.2.1', '::1', '2001:db8::7:0', 'fe80::1:2:3:4']

test('a self-made certificate vouches for its names and addresses, with its own key', () => {
  const { cert, key, fingerprint } = selfSigned({ names, now: new Date() })
  const certificate = new X509Certificate(cert)
  assert.ok(certificate.verify(certificate.publicKey))
  assert.ok(certificate.checkPrivateKey(createPrivateKey(key)))
  assert.equal(certificate.subject, 'CN=ftp.example.org')
  assert.equal(certificate.checkHost('localhost'), 'localhost')
  assert.equal(certificate.checkHost('other.example.org'), undefined)
  for (const address of names.slice(2)) assert.ok(certificate.checkIP(address), address)
  assert.equal(certificate.checkIP('192.0.2.2'), undefined)
  assert.equal(certificate.fingerprint256, fingerprint)
  assert.equal(certificate.ca, true)
})

test('it is valid from the day before, for ten years, in whatever century', () => {
  for (const now of [
    '2026-02-28T12:34:56.789Z',
    '2039-12-31T23:59:59Z',
    '2040-01-01T00:00:00Z',
    '2051-06-01T00:00:00Z',
  ]) {
    const certificate = new X509Certificate(selfSigned({ names: ['x'], now: new Date(now) }).cert)
    const second = (at: Date) => Math.floor(at.getTime() / 1000)
    const until = new Date(now)
    until.setUTCFullYear(until.getUTCFullYear() + 10)
    assert.equal(second(certificate.validFromDate), second(new Date(now)) - 86_400)
    assert.equal(second(certificate.validToDate), second(until))
  }
})

test('two of them differ in key and serial number', () => {
  const [one, two] = [1, 2].map(() => new X509Certificate(selfSigned({ names, now: new Date() }).cert))
  assert.notEqual(one?.serialNumber, two?.serialNumber)
  assert.notEqual(one?.fingerprint256, two?.fingerprint256)
})

test('many names make a long certificate, and it stays readable', () => {
  const many = Array.from({ length: 100 }, (_, index) => `host-${index}.some-long-domain.example.org`)
  const certificate = new X509Certificate(selfSigned({ names: many, now: new Date() }).cert)
  assert.equal(certificate.checkHost('host-99.some-long-domain.example.org'), 'host-99.some-long-domain.example.org')
})

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'])
    return true
  } catch {
    return false // Node's own reading, above, must do.
  }
}

if (hasOpenssl()) {
  test('openssl verifies it strictly', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-certificate-'))
    try {
      const file = join(folder, 'cert.pem')
      writeFileSync(file, selfSigned({ names, now: new Date() }).cert)
      const output = execFileSync('openssl', ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', file, file])
      assert.match(output.toString(), /OK/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
