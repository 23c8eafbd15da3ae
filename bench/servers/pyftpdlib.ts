import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { benchUser } from '../workspace.ts'
import { program } from './programs.ts'
import type { Server } from './server.ts'

const script = join(import.meta.dirname, 'pyftpdlib_server.py')

export const pyftpdlib: Server = {
  name: 'pyftpdlib',
  find() {
    const command = program('python3')
    if (command === null) return 'no python3'
    const look = 'import pyftpdlib, OpenSSL; print(pyftpdlib.__ver__)'
    const { stdout, status } = spawnSync(command, ['-c', look], { encoding: 'utf8' })
    if (status !== 0) return 'python3 has no pyftpdlib, or no pyOpenSSL'
    return {
      version: stdout.trim(),
      launch: ({ port, home, workspace }) => ({
        command,
        args: [script, String(port), home, benchUser.name, benchUser.password, workspace.certificate.bothFile],
      }),
    }
  },
}
