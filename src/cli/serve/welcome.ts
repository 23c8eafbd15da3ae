import { resolve } from 'node:path'
import type { Configuration } from '../../config/schema.ts'
import type { OpenListener, RunningGateway } from '../gateway.ts'

export interface WelcomeOptions {
  readonly configuration: Configuration
  readonly gateway: RunningGateway
  readonly account: string
  /** Null when it was shown at an earlier start. */
  readonly password: string | null
}

/** What a person needs at the first start: the account, the certificate, and three lines to try. */
export function welcome({ configuration, gateway, account, password }: WelcomeOptions): string {
  const facts = [
    ...folderLine(configuration),
    `  User         ${account}`,
    `  Password     ${passwordText(password)}`,
    ...fingerprintLine(gateway.certificateFingerprint ?? null),
  ]
  const explicit = gateway.listeners.find(({ tls }) => tls !== 'implicit')
  const tries = explicit === undefined ? [] : ['', '  Try it:', ...examples(explicit, account, password)]
  return `\n${[...facts, ...tries].join('\n')}\n\n`
}

function folderLine({ storages }: Configuration): readonly string[] {
  const options = storages['files']?.options
  const directory = typeof options === 'object' && options !== null && 'directory' in options ? options.directory : null
  return typeof directory === 'string' ? [`  Folder       ${resolve(directory)}`] : []
}

function passwordText(password: string | null): string {
  if (password === null) return 'as shown at the first start; `sluice serve --new-password` makes a new one'
  return `${password}   (shown only now; \`sluice serve --new-password\` makes a new one)`
}

function fingerprintLine(fingerprint: string | null): readonly string[] {
  return fingerprint === null ? [] : [`  Certificate  SHA-256 ${fingerprint}`]
}

function examples(listener: OpenListener, account: string, password: string | null): readonly string[] {
  const place = `${hostOf(listener.address)}:${listener.port}`
  const secret = password ?? 'PASSWORD'
  const scheme = listener.tls === 'none' ? 'ftp' : 'ftpes'
  const [curlTls, lftpTls] =
    listener.tls === 'none'
      ? ['', 'set ftp:ssl-allow no']
      : ['-k --ssl-reqd ', 'set ftp:ssl-force yes; set ssl:verify-certificate no']
  return [
    `    curl ${curlTls}-u '${account}:${secret}' -T FILE ftp://${place}/`,
    `    lftp -e '${lftpTls}' -u '${account},${secret}' ftp://${place}`,
    `    FileZilla: ${scheme}://${place}`,
  ]
}

/** How this machine reaches an address that it listens on. */
function hostOf(address: string): string {
  if (address === '::' || address === '0.0.0.0') return 'localhost'
  return address.includes(':') ? `[${address}]` : address
}
