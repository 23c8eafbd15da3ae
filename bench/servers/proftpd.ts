import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { benchUser } from '../workspace.ts'
import { isRoot, program, versionOf } from './programs.ts'
import type { Place, Server } from './server.ts'

export const proftpd: Server = {
  name: 'proftpd',
  find() {
    const command = program('proftpd')
    if (command === null) return 'not installed'
    if (!isRoot()) return 'needs root, for an account of its own'
    const modules = join(dirname(command), '..', 'lib', 'proftpd')
    return {
      version: versionOf(command, ['-v']),
      launch(place) {
        const file = join(place.folder, 'proftpd.conf')
        writeFileSync(file, configuration(place, existsSync(modules) ? modules : '/usr/lib/proftpd'))
        return { command, args: ['--nodaemon', '--quiet', '--config', file] }
      },
    }
  },
}

function configuration({ port, folder, home, workspace }: Place, modules: string): string {
  const { name, id, hash } = benchUser
  const users = join(folder, 'users')
  const groups = join(folder, 'groups')
  writeFileSync(users, `${name}:${hash}:${id}:${id}::${home}:/bin/sh\n`, { mode: 0o600 })
  writeFileSync(groups, `${name}:x:${id}:\n`, { mode: 0o600 })
  return `ModulePath ${modules}
LoadModule mod_tls.c
ServerName bench
ServerType standalone
DefaultServer on
UseIPv6 off
DefaultAddress 127.0.0.1
SocketBindTight on
Port ${port}
User root
Group root
AuthOrder mod_auth_file.c
AuthUserFile ${users}
AuthGroupFile ${groups}
RequireValidShell off
DefaultRoot ~
AllowOverwrite on
Umask 022
UseReverseDNS off
UseSendfile on
DelayEngine off
ControlsEngine off
MaxInstances none
TimeoutIdle 3600
TimeoutNoTransfer 0
PidFile ${join(folder, 'pid')}
ScoreboardFile ${join(folder, 'scoreboard')}
SystemLog none
TransferLog none
WtmpLog off
<IfModule mod_tls.c>
  TLSEngine on
  TLSRequired off
  TLSLog none
  TLSProtocol TLSv1.2 TLSv1.3
  TLSECCertificateFile ${workspace.certificate.certFile}
  TLSECCertificateKeyFile ${workspace.certificate.keyFile}
  TLSOptions NoSessionReuseRequired
</IfModule>
`
}
