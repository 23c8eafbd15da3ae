import { X509Certificate } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type tls from 'node:tls'
import { selfSigned } from '../../src/ftp/data/self-signed.ts'
import type { GatewayUnderTest } from './gateway.ts'
import { connected } from './raw-client.ts'

export interface CertificateFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

/** A new certificate of this name and its key, in files that are whole at once, as tools for renewal make them. */
export function certificateIn(folder: string, name: string): CertificateFiles & { readonly fingerprint: string } {
  const { cert, key } = selfSigned({ names: [name], now: new Date() })
  const [certificateFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  for (const [file, text] of [[certificateFile, cert] as const, [keyFile, key] as const]) {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  return { certificateFile, keyFile, fingerprint: new X509Certificate(cert).fingerprint256 }
}

/** The fingerprint of the certificate that a new client is shown. */
export async function shownFingerprint(server: GatewayUnderTest, options: tls.ConnectionOptions = {}): Promise<string> {
  const client = await connected(server, 'implicit', { tls: options })
  const { fingerprint256 } = (client.socket as tls.TLSSocket).getPeerCertificate()
  client.destroy()
  return fingerprint256
}
