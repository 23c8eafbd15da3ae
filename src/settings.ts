import type { Account } from './accounts/account.ts'
import { hashFor, toAccount } from './accounts/to-account.ts'
import type { Configuration } from './config/schema.ts'
import type { EngineSettings } from './engine.ts'
import { readCertificates } from './ftp/certificate-files.ts'
import type { CertificatePair } from './ftp/data/certificates.ts'

/**
 * What an engine is told of a configuration at the start and after each reload. Passwords in clear are hashed here.
 * @throws GatewayError 'unsupported' for certificates that cannot be used.
 */
export async function settingsOf(configuration: Configuration): Promise<EngineSettings> {
  const certificates = certificatesOf(configuration)
  const accounts: Account[] = []
  for (const account of configuration.accounts)
    accounts.push(toAccount(account, await hashFor(account), configuration.uploads))
  return { accounts, certificates, limits: configuration.limits, logLevel: configuration.log.level }
}

/** None where no listener speaks TLS. @throws GatewayError 'unsupported' for those that cannot be used. */
export function certificatesOf({ listeners, tls, state }: Configuration): readonly CertificatePair[] {
  return listeners.some((listener) => listener.tls !== 'none') ? readCertificates(tls, state.directory) : []
}
