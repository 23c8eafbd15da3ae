import { createPrivateKey, X509Certificate } from 'node:crypto'
import { GatewayError } from '../../core/errors.ts'

/** A certificate with its chain and its key, both PEM. */
export interface CertificatePair {
  /** Names it is shown for (`ftp.example.org`, `*.example.org`); empty: the names it holds itself. */
  readonly names: readonly string[]
  readonly cert: string
  readonly key: string
}

/** The certificates of the gateway. The first is shown to clients that name none, or an unknown one. */
export interface CertificateSet {
  choose(serverName: string | null): CertificatePair
  /**
   * New handshakes use these from now on; open connections keep theirs.
   * @throws GatewayError 'unsupported' as `certificateSet`; then nothing has changed.
   */
  replace(pairs: readonly CertificatePair[]): void
}

/** @throws GatewayError 'unsupported' when there is none, one cannot be read, or a key belongs to another certificate. */
export function certificateSet(pairs: readonly CertificatePair[]): CertificateSet {
  let current = pairs.map(checked)
  const first = () => {
    const [pair] = current
    if (pair === undefined) throw new GatewayError('unsupported', 'TLS needs at least one certificate.')
    return pair
  }
  first()
  return {
    choose: (serverName) => {
      const name = serverName?.toLowerCase()
      return (name === undefined ? undefined : current.find(({ answersTo }) => answersTo(name))?.pair) ?? first().pair
    },
    replace(next) {
      const loaded = next.map(checked)
      if (loaded.length === 0) throw new GatewayError('unsupported', 'TLS needs at least one certificate.')
      current = loaded
    },
  }
}

interface Loaded {
  readonly pair: CertificatePair
  readonly answersTo: (name: string) => boolean
}

function checked(pair: CertificatePair, index: number): Loaded {
  const what = `Certificate ${index + 1}${pair.names.length === 0 ? '' : ` (${pair.names.join(', ')})`}`
  const certificate = parsed(`${what} is not a PEM certificate.`, () => new X509Certificate(pair.cert))
  const key = parsed(`${what}: its key is not a PEM private key.`, () => createPrivateKey(pair.key))
  if (!certificate.checkPrivateKey(key)) throw new GatewayError('unsupported', `${what}: the key is not its own.`)
  const names = pair.names.map((name) => name.toLowerCase())
  const answersTo = (name: string) =>
    names.length === 0 ? certificate.checkHost(name) !== undefined : names.some((pattern) => matches(pattern, name))
  return { pair, answersTo }
}

function parsed<T>(sentence: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw new GatewayError('unsupported', sentence, { cause })
  }
}

/** A star stands for one label, the first (RFC 6125, 6.4.3). */
function matches(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === name
  const dot = name.indexOf('.')
  return dot > 0 && name.slice(dot) === pattern.slice(1)
}
