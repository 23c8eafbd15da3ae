import fs, { existsSync, readFileSync, statSync, unwatchFile, watchFile, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { GatewayError, toGatewayError } from '../core/errors.ts'
import { makeFolders } from '../core/folders.ts'
import { certificateSet, type CertificatePair } from './data/certificates.ts'
import { selfSigned } from './data/self-signed.ts'
import type { TlsOptions } from './tls-options.ts'

/** Reads every certificate that is configured, the default one first; without one, a self-made one that is kept.
 * @throws GatewayError 'unsupported' for files that are missing, unreadable, or do not belong together. */
export function readCertificates(options: TlsOptions, stateDirectory: string): readonly CertificatePair[] {
  const { certificateFile, keyFile, certificates } = options
  const pairs = certificates.map(({ certificateFile, keyFile, names }) => readPair(certificateFile, keyFile, names))
  if (certificateFile !== undefined && keyFile !== undefined) pairs.unshift(readPair(certificateFile, keyFile, []))
  if (pairs.length === 0) pairs.push(selfMade(stateDirectory))
  // Says what is wrong with them before anybody relies on them.
  certificateSet(pairs)
  return pairs
}

/** Why a certificate and a key cannot be used together, both PEM, in one sentence; null when they can. */
export function pairProblem(pair: Pick<CertificatePair, 'cert' | 'key'>): string | null {
  try {
    certificateSet([{ names: [], ...pair }])
    return null
  } catch (error) {
    return toGatewayError(error).message.replace('Certificate 1', 'The certificate')
  }
}

/** The SHA-256 fingerprint of the certificate shown by default, as clients show it: `AB:CD:…`. */
export function fingerprintOf(pairs: readonly CertificatePair[]): string | null {
  const [first] = pairs
  return first === undefined ? null : new X509Certificate(first.cert).fingerprint256
}

const pollMilliseconds = 2_000

/** Calls back when one of the configured files changes. Returns what ends the watching. */
export function watchCertificates(options: TlsOptions, onChange: () => void): () => void {
  const files = [options, ...options.certificates].flatMap(({ certificateFile, keyFile }) =>
    [certificateFile, keyFile].filter((file) => file !== undefined),
  )
  // Renewals come as a rename or through a changed link: polling the name notices both, on every file system.
  for (const file of files) watchFile(file, { interval: pollMilliseconds, persistent: false }, onChange)
  // The first look of the watching comes a little later, and takes what it finds for what we have read.
  const read = files.map(stampOf).join()
  const late = setTimeout(() => {
    if (files.map(stampOf).join() !== read) onChange()
  }, pollMilliseconds)
  late.unref()
  return () => {
    clearTimeout(late)
    for (const file of files) unwatchFile(file, onChange)
  }
}

/** Differs after each change of a file. */
function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false })
  return `${stats?.ino}:${stats?.size}:${stats?.mtimeMs}:${stats?.ctimeMs}`
}

function readPair(certificateFile: string, keyFile: string, names: readonly string[] | undefined): CertificatePair {
  return { names: names ?? [], cert: readPem(certificateFile), key: readPem(keyFile) }
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new GatewayError('unsupported', `The file ${file} cannot be read.`, { cause: error })
  }
}

function selfMade(stateDirectory: string): CertificatePair {
  const certificateFile = join(stateDirectory, 'certificate.pem')
  const keyFile = join(stateDirectory, 'key.pem')
  if (!existsSync(certificateFile) || !existsSync(keyFile)) {
    const { cert, key } = selfSigned({ names: [hostname(), 'localhost', '127.0.0.1', '::1'], now: new Date() })
    makeFolders(fs, stateDirectory, { mode: 0o700 })
    writeFileSync(keyFile, key, { mode: 0o600 })
    writeFileSync(certificateFile, cert, { mode: 0o644 })
  }
  return readPair(certificateFile, keyFile, [])
}
