import { spawnSync } from 'node:child_process'
import { benchUser } from '../workspace.ts'
import { program, versionOf } from './programs.ts'
import type { Launch, Place, PlaceInBucket, Server } from './server.ts'

/**
 * `rclone serve ftp`, in clear: with a certificate it speaks implicit TLS alone and refuses PBSZ and PROT, at which curl
 * gives up. It keeps listings for a second instead of five minutes: the others ask the store too.
 */
export const rclone: Server = {
  name: 'rclone',
  find() {
    const command = program('rclone')
    if (command === null) return 'not installed'
    // Debian's package has everything but this.
    const { stdout } = spawnSync(command, ['serve', 'ftp', '--help'], { encoding: 'utf8' })
    if (!stdout.includes('rclone serve ftp')) return 'built without its FTP server'
    return { version: versionOf(command, ['version']), launch: (place) => launch(command, place) }
  },
}

function launch(command: string, { port, bucket }: Place): Launch {
  if (bucket === null) throw new Error('It is measured with a bucket only.')
  const login = ['--addr', `127.0.0.1:${port}`, '--user', benchUser.name, '--pass', benchUser.password]
  const options = ['--config', '/dev/null', '--log-level', 'ERROR', '--dir-cache-time', '1s', ...login]
  const remote = `:s3:${bucket.bucket}/${bucket.prefix}`
  return { command, args: ['serve', 'ftp', remote, ...options], environment: credentials(bucket) }
}

function credentials({ endpoint, region, accessKey, secretKey }: PlaceInBucket): Record<string, string> {
  return {
    RCLONE_S3_PROVIDER: 'Other',
    RCLONE_S3_ENDPOINT: endpoint,
    RCLONE_S3_REGION: region,
    RCLONE_S3_ACCESS_KEY_ID: accessKey,
    RCLONE_S3_SECRET_ACCESS_KEY: secretKey,
  }
}
