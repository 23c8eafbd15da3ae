import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import type { Measuring } from '../rows/row.ts'
import { benchUser } from '../workspace.ts'

export interface CurlTransfer {
  readonly direction: 'down' | 'up'
  readonly tls: boolean
}

/** Moves the large file once with curl. Seconds from the transfer command to its last reply, without the login. */
export async function curlLarge(
  { server, workspace, signal }: Measuring,
  { direction, tls }: CurlTransfer,
): Promise<number> {
  const path = direction === 'down' ? 'large.bin' : `up/large-${randomUUID().slice(0, 8)}.bin`
  const url = `ftp://127.0.0.1:${server.port}/${path}`
  const what = direction === 'down' ? ['--output', '/dev/null', url] : ['--upload-file', workspace.largeFile, url]
  const ciphers = ['--tls13-ciphers', 'TLS_AES_128_GCM_SHA256', '--ciphers', 'ECDHE-ECDSA-AES128-GCM-SHA256']
  const security = tls ? ['--ssl-reqd', '--insecure', ...ciphers] : []
  const login = ['--user', `${benchUser.name}:${benchUser.password}`]
  const print = ['--silent', '--show-error', '--write-out', '%{time_pretransfer} %{time_total}']
  const args = [...print, ...login, ...security, ...what]
  const { stdout } = await promisify(execFile)('curl', args, { signal }).catch(failed)
  const [before = 0, total = 0] = stdout.split(' ').map(Number)
  return total - before
}

/** Its own words; the error that Node makes has the whole command, password included. */
function failed(error: Error & { readonly stderr?: string }): never {
  const said = error.stderr?.trim() ?? ''
  throw new Error(said === '' ? 'not done in time' : said, { cause: error })
}
