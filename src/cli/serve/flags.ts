import type { Complaint } from '../../config/messages.ts'
import { isTree, setAt, type Tree } from '../../config/written/tree.ts'

/** What `sluice serve` can be told without a file. */
export interface ServeFlags {
  readonly folder?: string | undefined
  readonly config?: string
  readonly port?: number
  readonly implicitPort?: number
  readonly address?: string
  readonly user?: string
  readonly passwordFile?: string
  readonly state?: string
  readonly workers?: number | 'auto'
  readonly newPassword?: boolean
  readonly logLevel?: string
}

/**
 * Writes the flags over what the file and the environment say. A folder and an account stand for whole sections, so they
 * are refused where the file has its own.
 */
export function applyFlags(
  tree: Tree,
  written: Tree,
  flags: ServeFlags,
  password: string | null,
): readonly Complaint[] {
  const complaints: Complaint[] = []
  if (flags.folder !== undefined) {
    if (written['storages'] !== undefined) complaints.push(clash('storages', 'a folder'))
    tree['storages'] = { files: { driver: 'disk', directory: flags.folder } }
  }
  if (flags.user !== undefined || password !== null) {
    if (written['accounts'] !== undefined) complaints.push(clash('accounts', '--user'))
    if (password !== null) tree['accounts'] = [accountFor(flags.user, { password })]
  }
  if (flags.state !== undefined) setAt(tree, ['state', 'directory'], flags.state)
  if (flags.logLevel !== undefined) setAt(tree, ['log', 'level'], flags.logLevel)
  if (flags.workers !== undefined) tree['workers'] = flags.workers
  return [...complaints, ...applyToListeners(tree, flags)]
}

/** An account that sees the storage `files`; the name `sluice` unless one is given. */
export function accountFor(
  name: string | undefined,
  secret: { readonly password: string } | { readonly passwordHash: string },
): Tree {
  return { name: name ?? 'sluice', ...secret, mounts: [{ path: '/', storage: 'files' }] }
}

function clash(section: string, flag: string): Complaint {
  return { field: [section], sentence: `Stands in the file, so ${flag} cannot be given on the command line as well.` }
}

function applyToListeners(tree: Tree, { port, implicitPort, address }: ServeFlags): readonly Complaint[] {
  const listeners = (Array.isArray(tree['listeners']) ? tree['listeners'] : []).filter(isTree)
  if (address !== undefined) for (const listener of listeners) listener['address'] = address
  return [
    ...setPort(
      listeners.find(({ tls }) => tls !== 'implicit'),
      port,
      '--port',
    ),
    ...setPort(
      listeners.find(({ tls }) => tls === 'implicit'),
      implicitPort,
      '--implicit-port',
    ),
  ]
}

function setPort(listener: Tree | undefined, port: number | undefined, flag: string): readonly Complaint[] {
  if (port === undefined) return []
  if (listener === undefined) return [{ field: ['listeners'], sentence: `None of them is meant by ${flag}.` }]
  listener['port'] = port
  return []
}
