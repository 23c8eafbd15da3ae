import type { Account } from '../../accounts/account.ts'
import type { AccountSessions, Authenticator, LoginGuard } from '../../accounts/authenticator.ts'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'
import type { FileTree } from '../../files/file-tree.ts'
import type { DataAgreement } from '../data/data-channel.ts'
import type { SessionTls } from '../data/session-tls.ts'
import type { LimitsOptions } from '../limits-options.ts'
import type { ListenerOptions } from '../listener-options.ts'
import type { Allowance } from '../transfer/throttle.ts'
import type { TextCodec } from '../wire/charset.ts'
import type { Occasions } from './occasions.ts'
import type { SessionState } from './session-state.ts'
import type { RemovalReport, TransferReport } from './transfer-report.ts'

/** What every session of a server uses. Wired once, in compose. */
export interface SessionServices {
  readonly authenticator: Authenticator
  readonly guard: LoginGuard
  readonly accountSessions: AccountSessions
  limits(): LimitsOptions
  readonly clock: Clock
  /** When the process began. */
  readonly startedAt: Date
  /** Names of the checksums that storages of this gateway keep of every file. */
  readonly storeChecksums: ReadonlySet<string>
  /** Whether any storage keeps permission bits. */
  readonly keepsModes: boolean
  /** Whether any storage has an archive to restore from. */
  readonly canRestore: boolean
  openFiles(account: Account): FileTree
  /** Listens for one data connection. @throws GatewayError 'data-connection-refused' when no port is free. */
  openPassive(options: DataPeer): Promise<DataAgreement>
  /** Agrees on a connection to the client. */
  openActive(options: DataPeer & { readonly port: number }): DataAgreement
  /** The IPv4 address that 227 tells this client. */
  publicAddress(peerAddress: string, localAddress: string): Promise<string>
  /** The account's bandwidth in one direction; null when it has no limit. */
  allowance(account: Account, direction: 'upload' | 'download'): Allowance | null
  /** Told of every transfer that got as far as its 150. */
  report(report: TransferReport): void
  /** Told of every file that DELE has removed. */
  reportRemoval(report: RemovalReport): void
  newId(): string
}

/** The two ends of a control connection, and how its data connections are to be protected. */
export interface DataPeer {
  readonly localAddress: string
  readonly peerAddress: string
  /** Asked when it matters: PROT may come after PASV. Null: in clear. */
  readonly secure: () => SessionTls | null
  readonly reuse: ListenerOptions['sessionReuse']
}

/** The control connection, as far as commands may know it. */
export interface ControlFacts {
  readonly localAddress: string
  readonly remoteAddress: string
  readonly isIpv6: boolean
  readonly tls: SessionTls | null
  /** False from the moment the client has closed or lost it. */
  isAlive(): boolean
  isSecure(): boolean
  /** Whether ABOR ended a command that had not given its final reply; asked once for each ABOR. */
  takeInterrupted(): boolean
  /** What the certificate was chosen by; null without SNI. */
  serverName(): string | null
  setIdleMilliseconds(milliseconds: number): void
  /** The client logged in: the login deadline no longer holds. */
  loggedIn(account: Account): void
  loggedOut(): void
}

/** What a command is given. */
export interface CommandContext {
  readonly id: string
  readonly state: SessionState
  readonly say: Occasions
  readonly listener: ListenerOptions
  readonly services: SessionServices
  readonly control: ControlFacts
  readonly logger: Logger
  /** The tree of the account. @throws GatewayError 'login-denied' before login. */
  readonly files: FileTree
  /** How this client spells names. */
  readonly codec: TextCodec
  /** Aborted by ABOR and by the end of the session; its reason is a GatewayError. Made when first asked for. */
  readonly signal: AbortSignal
}
