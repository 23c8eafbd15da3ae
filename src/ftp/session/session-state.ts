import type { Account } from '../../accounts/account.ts'
import { rootPath, type VirtualPath } from '../../core/paths.ts'
import type { FileTree, HashAlgorithm } from '../../files/file-tree.ts'
import type { TreeProgress } from '../../files/tree/tree-progress.ts'
import type { DataAgreement } from '../data/data-channel.ts'
import type { TransferProgress } from '../transfer/progress.ts'
import { allFacts, type FactName } from '../wire/facts.ts'

/** A folder that is moved or removed object by object, as STAT tells it. */
export interface LongWork {
  readonly path: string
  /** Null: it is removed. */
  readonly to: string | null
  readonly progress: TreeProgress
}

/** What one client has set and may use. Commands change it; nobody else does. */
export interface SessionState {
  /** The name USER gave; null before USER and after a failed PASS. */
  userName: string | null
  account: Account | null
  files: FileTree | null
  cwd: VirtualPath
  type: 'A' | 'I'
  mode: 'S' | 'Z'
  /** zlib level for MODE Z, 1 to 9. */
  deflateLevel: number
  /** REST: for the next transfer command. */
  restart: number
  /** RANG: first byte and the byte before which to stop. */
  range: { readonly start: number; readonly end: number } | null
  /** ALLO: for the next upload. */
  declaredBytes: number | null
  renameFrom: VirtualPath | null
  copyFrom: VirtualPath | null
  agreement: DataAgreement | null
  isEpsvOnly: boolean
  hasBufferSize: boolean
  protection: 'C' | 'P'
  hostName: string | null
  facts: ReadonlySet<FactName>
  hashAlgorithm: HashAlgorithm
  /** The client said OPTS UTF8 ON: the account's legacy character set no longer applies. */
  isUtf8: boolean
  clientName: string | null
  failedLogins: number
  /** SITE IDLE; null: the configured time-out. */
  idleMilliseconds: number | null
  transfer: TransferProgress | null
  /** A folder that is moved or removed. */
  work: LongWork | null
}

/** A client that has just connected. Implicit TLS starts as if PBSZ 0 and PROT P had been sent. */
export function newSessionState(isImplicit: boolean): SessionState {
  return {
    userName: null,
    account: null,
    files: null,
    cwd: rootPath,
    type: 'A',
    mode: 'S',
    deflateLevel: 6,
    restart: 0,
    range: null,
    declaredBytes: null,
    renameFrom: null,
    copyFrom: null,
    agreement: null,
    isEpsvOnly: false,
    hasBufferSize: isImplicit,
    protection: isImplicit ? 'P' : 'C',
    hostName: null,
    facts: allFacts,
    hashAlgorithm: 'SHA-256',
    isUtf8: false,
    clientName: null,
    failedLogins: 0,
    idleMilliseconds: null,
    transfer: null,
    work: null,
  }
}

/** USER: the old identity and what it had under way are gone; TYPE, MODE, PROT and HOST stay. */
export function forgetIdentity(state: SessionState): void {
  state.agreement?.close()
  Object.assign(state, {
    userName: null,
    account: null,
    files: null,
    cwd: rootPath,
    restart: 0,
    range: null,
    declaredBytes: null,
    renameFrom: null,
    copyFrom: null,
    agreement: null,
  } satisfies Partial<SessionState>)
}

/** AUTH and REIN: everything as new. AUTH keeps HOST, which may have chosen the certificate. */
export function resetState(state: SessionState, keep: { readonly hostName: string | null }): void {
  state.agreement?.close()
  Object.assign(state, newSessionState(false), { hostName: keep.hostName, failedLogins: state.failedLogins })
}

/** The REST offset, which serves one transfer command, also a failed one. */
export function takeRestart(state: SessionState): number {
  const { restart } = state
  state.restart = 0
  return restart
}

/** The RANG range, likewise. */
export function takeRange(state: SessionState): SessionState['range'] {
  const { range } = state
  state.range = null
  return range
}
