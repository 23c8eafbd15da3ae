import { readFile } from 'node:fs/promises'
import { GatewayError } from '../../../core/errors.ts'
import type { Credentials } from '../signing/signer.ts'

/** The named section of a shared credentials file (`~/.aws/credentials`). @throws GatewayError 'unavailable'. */
export async function profileCredentials(file: string, profile: string): Promise<Credentials> {
  const values = section(await readFile(file, 'utf8').catch(unreadable), profile)
  const accessKey = values.get('aws_access_key_id')
  const secretKey = values.get('aws_secret_access_key')
  if (accessKey === undefined || secretKey === undefined) throw noCredentials(null)
  return { accessKey, secretKey, token: values.get('aws_session_token') ?? null, expires: null }
}

/** From `AWS_ACCESS_KEY_ID` and the like, or COS's own names of them. @throws GatewayError 'unavailable'. */
export function environmentCredentials(environment: Readonly<Record<string, string | undefined>>): Credentials {
  const first = (...names: readonly string[]) => names.map((name) => environment[name]).find((value) => value) ?? null
  const accessKey = first('AWS_ACCESS_KEY_ID', 'COS_SECRET_ID', 'TENCENTCLOUD_SECRET_ID')
  const secretKey = first('AWS_SECRET_ACCESS_KEY', 'COS_SECRET_KEY', 'TENCENTCLOUD_SECRET_KEY')
  if (accessKey === null || secretKey === null) throw noCredentials(null)
  const token = first('AWS_SESSION_TOKEN', 'COS_SESSION_TOKEN', 'TENCENTCLOUD_SESSION_TOKEN')
  return { accessKey, secretKey, token, expires: null }
}

export function noCredentials(cause: unknown): GatewayError {
  return new GatewayError('unavailable', 'The storage has no credentials now, try again later.', { cause })
}

function unreadable(error: unknown): never {
  throw noCredentials(error)
}

/** Lines `name = value` below `[profile]`, also written `[profile NAME]`; `#` and `;` begin a comment. */
function section(text: string, profile: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  let isWanted = false
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line)
    if (head !== null) isWanted = head[1] === profile
    const pair = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/i.exec(line)
    if (isWanted && pair?.[1] !== undefined) values.set(pair[1].toLowerCase(), pair[2] ?? '')
  }
  return values
}
