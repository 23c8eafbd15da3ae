import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchUser } from '../workspace.ts'
import type { Place, PlaceInBucket, Server } from './server.ts'

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'sluice.cjs')
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as {
  readonly version: string
}

/** Defaults, but for the bounds that a bench from one address would meet. */
export const sluice: Server = {
  name: 'sluice',
  find: () => ({
    version,
    launch(place) {
      const file = join(place.folder, 'sluice.yaml')
      writeFileSync(file, configuration(place), { mode: 0o600 })
      return { command: process.execPath, args: [...profiling(), launcher, 'serve', '--config', file] }
    },
  }),
}

/** Options for Node, to see where the time goes: `SLUICE_BENCH_NODE_OPTIONS="--cpu-prof --cpu-prof-dir=…"`. */
function profiling(): readonly string[] {
  return (process.env['SLUICE_BENCH_NODE_OPTIONS'] ?? '').split(' ').filter((option) => option !== '')
}

function configuration({ port, folder, home, workspace, bucket }: Place): string {
  const hash = execFileSync(process.execPath, [launcher, 'hash-password'], {
    input: benchUser.password,
    encoding: 'utf8',
  })
  const { certFile, keyFile } = workspace.certificate
  return `listeners:
  - { address: 127.0.0.1, port: ${port}, tls: explicit }
tls: { certificateFile: ${certFile}, keyFile: ${keyFile} }
state: { directory: ${join(folder, 'state')} }
storages:
  files: ${JSON.stringify(bucket === null ? { driver: 'disk', directory: home } : bucketStorage(bucket))}
accounts:
  - name: ${benchUser.name}
    passwordHash: ${hash.trim()}
    mounts: [{ path: /, storage: files }]
limits:
  sessions: 20000
  sessionsPerAddress: 20000
  sessionsPerAccount: 20000
  unauthenticatedSessions: 20000
  idleTimeout: 1h
log: { level: warn, format: json }
`
}

function bucketStorage({ endpoint, region, bucket, prefix, accessKey, secretKey }: PlaceInBucket) {
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
  return { driver: 's3', endpoint, region, bucket, prefix, credentials }
}
