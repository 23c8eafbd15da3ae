import assert from 'node:assert/strict'
import { test } from 'node:test'
import { certificateSet, type CertificatePair } from '../../../src/ftp/data/certificates.ts'
import { selfSigned } from '../../../src/ftp/data/self-signed.ts'

function pair(names: readonly string[], told: readonly string[] = []): CertificatePair {
  const { cert, key } = selfSigned({ names, now: new Date() })
  return { names: told, cert, key }
}

const first = pair(['one.example.org'])
const second = pair(['two.example.org', '*.three.example.org'])

test('a server name chooses its certificate; no name and unknown names get the first', () => {
  const set = certificateSet([first, second])
  assert.equal(set.choose('two.example.org'), second)
  assert.equal(set.choose('TWO.Example.ORG'), second)
  assert.equal(set.choose('a.three.example.org'), second)
  for (const name of [null, '', 'other.example.org', 'a.b.three.example.org', '192.0.2.1', 'one.example.org'])
    assert.equal(set.choose(name), first, String(name))
})

test('names that were told count instead of those in the certificate', () => {
  const told = pair(['inside.example.org'], ['*.Outside.example.org', 'exact.example.org'])
  const set = certificateSet([first, told])
  for (const name of ['a.outside.example.org', 'exact.example.org']) assert.equal(set.choose(name), told, name)
  for (const name of ['inside.example.org', 'outside.example.org', 'a.b.outside.example.org', '.outside.example.org'])
    assert.equal(set.choose(name), first, name)
})

test('certificates are replaced as a whole, or not at all', () => {
  const set = certificateSet([first])
  set.replace([second])
  assert.equal(set.choose(null), second)
  assert.throws(() => set.replace([first, { ...first, cert: 'no PEM' }]), /Certificate 2 is not a PEM certificate/)
  assert.throws(() => set.replace([]), /at least one certificate/)
  assert.equal(set.choose(null), second)
})

test('what cannot be used is refused with its reason', () => {
  const broken = { ...first, names: ['ftp.example.org'] }
  assert.throws(() => certificateSet([]), /at least one certificate/)
  assert.throws(() => certificateSet([{ ...broken, key: 'no PEM' }]), /Certificate 1 \(ftp\.example\.org\): its key/)
  assert.throws(() => certificateSet([{ ...broken, key: second.key }]), /the key is not its own/)
})
