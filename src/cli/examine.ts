import { reasonOf } from '../config/written/references.ts'
import type { Finding } from '../config/load.ts'
import type { FieldPath } from '../config/problem.ts'
import type { Configuration } from '../config/schema.ts'
import { pairProblem } from '../ftp/certificate-files.ts'
import type { ListenerOptions } from '../ftp/listener-options.ts'

type ReadFile = (path: string) => Promise<string>

/** What `sluice check` looks for beyond the mistakes of the file itself. */
export function examiner(readFile: ReadFile): (configuration: Configuration) => Promise<readonly Finding[]> {
  return async ({ listeners, tls }) => {
    const pairs = [
      { ...tls, field: ['tls'] },
      ...tls.certificates.map((pair, at) => ({ ...pair, field: ['tls', 'certificates', at] })),
    ]
    const findings = await Promise.all(pairs.map((pair) => examinePair(pair, readFile)))
    return [...listeners.flatMap(clearLogins), ...findings.flat()]
  }
}

function clearLogins({ address, tls, clearLogin }: ListenerOptions, at: number): readonly Finding[] {
  if (clearLogin === 'loopback' || (tls !== 'none' && tls !== 'explicit') || isLoopback(address)) return []
  const sentence =
    'Passwords may come in clear here, for everybody on the way to read: use tls: required or implicit, or clearLogin: loopback.'
  return [{ severity: 'warning', field: ['listeners', at], sentence }]
}

function isLoopback(address: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+|localhost\.?)$/i.test(address)
}

interface Pair {
  readonly certificateFile?: string | undefined
  readonly keyFile?: string | undefined
  readonly field: FieldPath
}

async function examinePair({ certificateFile, keyFile, field }: Pair, readFile: ReadFile): Promise<readonly Finding[]> {
  if (certificateFile === undefined || keyFile === undefined) return []
  const at = (key: string, sentence: string): Finding => ({ severity: 'error', field: [...field, key], sentence })
  const unreadable = (key: string) => (error: unknown) => at(key, `The file cannot be read${reasonOf(error)}.`)
  const cert = await readFile(certificateFile).catch(unreadable('certificateFile'))
  const key = await readFile(keyFile).catch(unreadable('keyFile'))
  if (typeof cert !== 'string' || typeof key !== 'string') return [cert, key].filter((each) => typeof each !== 'string')
  const problem = pairProblem({ cert, key })
  return problem === null ? [] : [at('certificateFile', problem)]
}
