import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { benchUser } from '../workspace.ts'
import { program, versionOf } from './programs.ts'
import type { Launch, Place, PlaceInBucket, Server } from './server.ts'

/** Its defaults, but for the bounds that a bench from one address would meet. Accounts come from a file into its memory. */
export const sftpgo: Server = {
  name: 'sftpgo',
  find() {
    const command = program('sftpgo')
    if (command === null) return 'not installed'
    return { version: versionOf(command, ['--version']), launch: (place) => launch(command, place) }
  },
}

function launch(command: string, place: Place): Launch {
  const { port, folder, workspace, bucket } = place
  if (bucket === null) throw new Error('It is measured with a bucket only.')
  const users = join(folder, 'users.json')
  writeFileSync(users, JSON.stringify(dump(place, bucket)), { mode: 0o600 })
  const templates = join(dirname(command), 'templates')
  const settings = {
    FTPD__BINDINGS__0__ADDRESS: '127.0.0.1',
    FTPD__BINDINGS__0__PORT: port,
    FTPD__CERTIFICATE_FILE: workspace.certificate.certFile,
    FTPD__CERTIFICATE_KEY_FILE: workspace.certificate.keyFile,
    FTPD__PASSIVE_PORT_RANGE__START: 30_000,
    FTPD__PASSIVE_PORT_RANGE__END: 60_000,
    SFTPD__BINDINGS__0__PORT: 0,
    HTTPD__BINDINGS__0__PORT: 0,
    COMMON__MAX_PER_HOST_CONNECTIONS: 0,
    DATA_PROVIDER__DRIVER: 'memory',
    DATA_PROVIDER__NAME: users,
    // One that no package has installed has them beside it.
    ...(existsSync(templates) && { SMTP__TEMPLATES_PATH: templates }),
  }
  const named = Object.entries(settings).map(([name, value]) => [`SFTPGO_${name}`, String(value)])
  const args = ['serve', '--config-dir', folder, '--log-file-path', '', '--log-level', 'error']
  return { command, args, environment: Object.fromEntries(named) as Record<string, string> }
}

function dump({ home }: Place, { endpoint, region, bucket, prefix, accessKey, secretKey }: PlaceInBucket) {
  const store = { bucket, region, endpoint, key_prefix: prefix, force_path_style: true }
  const secret = { access_key: accessKey, access_secret: { status: 'Plain', payload: secretKey } }
  const user = {
    username: benchUser.name,
    password: benchUser.password,
    ...{ status: 1, home_dir: home, permissions: { '/': ['*'] } },
    filesystem: { provider: 1, s3config: { ...store, ...secret } },
  }
  return { users: [user], folders: [], groups: [], admins: [], api_keys: [], shares: [], version: 16 }
}
