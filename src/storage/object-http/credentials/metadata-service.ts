import type { HttpClient } from '../http/http-client.ts'
import type { Credentials } from '../signing/signer.ts'
import { noCredentials } from './profile-file.ts'

/** One small question to a service beside the machine. */
export interface MetadataCall {
  /** `http://host[:port]/path`. */
  readonly url: string
  readonly method?: 'GET' | 'PUT' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const mostAnswerBytes = 256 * 1024

/** The text of the answer. @throws GatewayError 'unavailable' for anything but a success. */
export async function ask(
  http: HttpClient,
  { url, method = 'GET', headers = {}, body }: MetadataCall,
): Promise<string> {
  const { protocol, hostname, port, host, pathname, search } = new URL(url)
  const secure = protocol === 'https:'
  try {
    const response = await http.send({
      origin: {
        secure,
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port: port === '' ? (secure ? 443 : 80) : Number(port),
      },
      method,
      target: pathname + search,
      headers: { host, ...headers },
      body: body === undefined ? [] : [Buffer.from(body)],
    })
    const text = await response.text(mostAnswerBytes)
    response.close()
    if (response.status !== 200) throw new TypeError(`The metadata service answered ${response.status}.`)
    return text
  } catch (error) {
    throw noCredentials(error)
  }
}

/** Names of the fields in a JSON answer: every service has its own. */
export interface FieldNames {
  readonly accessKey: string
  readonly secretKey: string
  readonly token: string
  readonly expires: string
}

export const awsFields: FieldNames = {
  accessKey: 'AccessKeyId',
  secretKey: 'SecretAccessKey',
  token: 'Token',
  expires: 'Expiration',
}

export const tencentFields: FieldNames = {
  accessKey: 'TmpSecretId',
  secretKey: 'TmpSecretKey',
  token: 'Token',
  expires: 'ExpiredTime',
}

/** @throws GatewayError 'unavailable' when a field is missing. */
export function credentialsFromJson(text: string, names: FieldNames): Credentials {
  const fields = objectOf(text)
  const string = (name: string) => {
    const value = fields[name]
    if (typeof value !== 'string' || value === '') throw noCredentials(new TypeError(`No ${name} in the answer.`))
    return value
  }
  const expires = expiry(fields[names.expires])
  return { accessKey: string(names.accessKey), secretKey: string(names.secretKey), token: string(names.token), expires }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch (error) {
    throw noCredentials(error)
  }
}

/** Seconds since 1970 (Tencent), or a date as text (AWS). */
function expiry(value: unknown): Date | null {
  const at = typeof value === 'number' ? value * 1000 : Date.parse(String(value))
  return Number.isNaN(at) ? null : new Date(at)
}
