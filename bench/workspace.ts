import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scale } from './options.ts'

/** The account that every server knows. The hash is SHA-512-crypt of the least cost, so that no server is slowed by it. */
export const benchUser = {
  name: 'sluicebench',
  password: 'bench-password',
  hash: '$6$rounds=1000$benchsalt$CyTloOiCHw0hwUCEL4KBSJE6/8Z7ItZTLOqF5RXRcZ3Mf1YwmlnmAFy8X2n7sFrO3q/Lcp2MJiS6/MknC399Y0',
  id: 64_977,
} as const

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
  /** Key and certificate in one file, as Pure-FTPd and pyftpdlib want them. */
  readonly bothFile: string
}

/** A folder in memory (tmpfs) for everything the bench makes. */
export interface Workspace {
  readonly folder: string
  readonly certificate: Certificate
  /** Tells OpenSSL in the clients which cipher they offer. */
  readonly opensslConfig: string
  /** The large file that is uploaded, and offered. */
  readonly largeFile: string
  /** A folder for one server's own files. */
  serverFolder(name: string): string
  remove(): void
}

export function makeWorkspace(scale: Scale): Workspace {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sluice-bench-'))
  // Servers that give up root must reach their home below it.
  chmodSync(folder, 0o755)
  const certificate = makeCertificate(folder)
  const opensslConfig = join(folder, 'openssl.cnf')
  writeFileSync(opensslConfig, opensslText)
  const largeFile = join(folder, 'large.bin')
  makeLarge(largeFile, scale.largeBytes)
  const made = (path: string) => {
    mkdirSync(path, { recursive: true })
    return path
  }
  return {
    folder,
    certificate,
    opensslConfig,
    largeFile,
    serverFolder: (name) => made(join(folder, name)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const opensslText = `openssl_conf = start
[start]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
Ciphersuites = TLS_AES_128_GCM_SHA256
`

/** An EC P-256 certificate, the same for every server. */
function makeCertificate(folder: string): Certificate {
  const [certFile, keyFile, bothFile] = ['cert.pem', 'key.pem', 'both.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile]
  execFileSync('openssl', ['req', '-x509', ...key, '-out', certFile, '-days', '7', '-subj', '/CN=localhost'], {
    stdio: 'ignore',
  })
  writeFileSync(bothFile, execFileSync('cat', [keyFile, certFile]))
  for (const file of [keyFile, bothFile]) chmodSync(file, 0o600)
  return { certFile, keyFile, bothFile }
}

function makeLarge(path: string, bytes: number): void {
  writeFileSync(path, Buffer.alloc(0))
  const block = Buffer.alloc(16 * 1024 ** 2, 'sluice bench ')
  // Written, not only made long: reading a hole is not reading a file.
  for (let at = 0; at < bytes; at += block.length) writeFileSync(path, block, { flag: 'a' })
  truncateSync(path, bytes)
}
