import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchUser } from '../workspace.ts'
import { isRoot, program } from './programs.ts'
import type { Place, Server } from './server.ts'

/**
 * vsftpd knows its users by PAM and /etc/passwd only. It gets its own of both, mounted in a mount namespace that nobody else
 * sees and that ends with it; the system stays as it is.
 */
export const vsftpd: Server = {
  name: 'vsftpd',
  find() {
    const command = program('vsftpd')
    if (command === null) return 'not installed'
    if (!isRoot() || program('unshare') === null) return 'needs root and unshare, for an account of its own'
    return {
      version: versionInside(command),
      launch(place) {
        const file = join(place.folder, 'vsftpd.conf')
        writeFileSync(file, configuration(place), { mode: 0o600 })
        const script = `${accountMounts(place)} && exec "$0" "$@"`
        return { command: 'unshare', args: ['--mount', 'sh', '-c', script, command, file] }
      },
    }
  },
}

/** It has no reliable option that prints its version. */
function versionInside(command: string): string {
  return /vsftpd: version (\d+\.\d+\.\d+)/.exec(readFileSync(command, 'latin1'))?.[1] ?? 'unknown'
}

/** Shell text that mounts accounts of this place alone. */
function accountMounts({ folder, home }: Place): string {
  const pam = join(folder, 'pam.d')
  mkdirSync(pam, { recursive: true })
  writeFileSync(join(pam, 'sluicebench'), 'auth required pam_unix.so\naccount required pam_unix.so\n')
  const { name, id, hash } = benchUser
  const passwd = join(folder, 'passwd')
  const shadow = join(folder, 'shadow')
  writeFileSync(passwd, `${readFileSync('/etc/passwd', 'utf8')}${name}:x:${id}:${id}::${home}:/bin/sh\n`)
  writeFileSync(shadow, `${readFileSync('/etc/shadow', 'utf8')}${name}:${hash}:20000:0:99999:7:::\n`, { mode: 0o600 })
  const mounts = [
    [passwd, '/etc/passwd'],
    [shadow, '/etc/shadow'],
    [pam, '/etc/pam.d'],
  ]
  return mounts.map(([from, to]) => `mount --bind '${from}' ${to}`).join(' && ')
}

function configuration({ port, folder, home, workspace }: Place): string {
  const empty = join(folder, 'empty')
  mkdirSync(empty, { recursive: true })
  const { certFile, keyFile } = workspace.certificate
  return `listen=YES
listen_address=127.0.0.1
listen_port=${port}
background=NO
anonymous_enable=NO
local_enable=YES
write_enable=YES
local_umask=022
pam_service_name=sluicebench
local_root=${home}
chroot_local_user=YES
allow_writeable_chroot=YES
secure_chroot_dir=${empty}
xferlog_enable=NO
max_clients=0
max_per_ip=0
idle_session_timeout=3600
ssl_enable=YES
allow_anon_ssl=NO
force_local_data_ssl=NO
force_local_logins_ssl=NO
require_ssl_reuse=NO
ssl_ciphers=ECDHE-ECDSA-AES128-GCM-SHA256
rsa_cert_file=${certFile}
rsa_private_key_file=${keyFile}
`
}
