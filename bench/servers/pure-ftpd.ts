import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { benchUser } from '../workspace.ts'
import { isRoot, program, versionOf } from './programs.ts'
import type { Place, Server } from './server.ts'

export const pureFtpd: Server = {
  name: 'pure-ftpd',
  find() {
    const command = program('pure-ftpd')
    if (command === null) return 'not installed'
    const beside = join(dirname(command), '..', 'bin', 'pure-pw')
    const makeDatabase = program('pure-pw') ?? beside
    if (!isRoot()) return 'needs root, for an account of its own'
    return {
      version: versionOf(command, ['--help']),
      launch: (place) => ({ command, args: options(place, makeDatabase) }),
    }
  },
}

function options({ port, folder, home, workspace }: Place, makeDatabase: string): readonly string[] {
  const { name, id, hash } = benchUser
  const users = join(folder, 'users')
  const database = join(folder, 'users.pdb')
  writeFileSync(users, `${name}:${hash}:${id}:${id}::${home}/./::::::::::::\n`, { mode: 0o600 })
  execFileSync(makeDatabase, ['mkdb', database, '-f', users])
  return [
    ...['--bind', `127.0.0.1,${port}`, '--login', `puredb:${database}`, '--pidfile', join(folder, 'pid')],
    ...['--noanonymous', '--chrooteveryone', '--dontresolve', '--ipv4only', '--minuid', '1'],
    ...['--maxclientsnumber', '20000', '--maxclientsperip', '20000', '--maxidletime', '60'],
    ...['--limitrecursion', '100000:10', '--syslogfacility', 'none'],
    ...['--tls', '1', '--certfile', workspace.certificate.bothFile],
  ]
}
