import type { Account } from '../../accounts/account.ts'
import { GatewayError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import type { ListenerOptions } from '../listener-options.ts'
import type { CommandContext, ControlFacts, SessionServices } from '../session/context.ts'
import type { Occasions } from '../session/occasions.ts'
import { newSessionState, type SessionState } from '../session/session-state.ts'
import { charsetCodec, utf8Codec, type TextCodec } from '../wire/charset.ts'
import type { ControlOptions } from './control-options.ts'

/** What only the control connection can tell. */
export interface ControlView {
  readonly say: Occasions
  readonly isSecure: () => boolean
  readonly serverName: () => string | null
  readonly isAlive: () => boolean
  readonly signal: () => AbortSignal
  readonly takeInterrupted: () => boolean
  readonly setIdleMilliseconds: (milliseconds: number) => void
  readonly onLogin: () => void
  readonly onLogout: () => void
}

export interface LiveContext extends CommandContext {
  /** Names travel in the account's legacy character set. */
  readonly isLegacy: boolean
  /** Gives back what the session holds. */
  release(): void
}

/** The context that a session's commands share. */
export function sessionContext(options: ControlOptions, view: ControlView): LiveContext {
  return new SessionContext(options, view)
}

class SessionContext implements LiveContext {
  readonly id: string
  readonly state: SessionState
  readonly listener: ListenerOptions
  readonly services: SessionServices
  readonly logger: Logger
  readonly say: Occasions
  readonly control: ControlFacts
  readonly #view: ControlView
  #entered: Account | null = null
  #legacy: TextCodec | null = null

  constructor(options: ControlOptions, view: ControlView) {
    this.id = options.id
    this.state = newSessionState(options.listener.tls === 'implicit')
    this.listener = options.listener
    this.services = options.services
    this.logger = options.logger
    this.say = view.say
    this.#view = view
    const { localAddress, remoteAddress, tls } = options
    this.control = {
      ...{ localAddress, remoteAddress, tls, isIpv6: localAddress.includes(':') },
      isAlive: view.isAlive,
      isSecure: view.isSecure,
      serverName: view.serverName,
      takeInterrupted: view.takeInterrupted,
      setIdleMilliseconds: view.setIdleMilliseconds,
      loggedIn: (account) => this.#loggedIn(account),
      loggedOut: () => this.#loggedOut(),
    }
  }

  get files(): CommandContext['files'] {
    if (this.state.files === null) throw new GatewayError('login-denied', 'Please log in first.')
    return this.state.files
  }

  get isLegacy(): boolean {
    return this.#legacy !== null && !this.state.isUtf8
  }

  get codec(): TextCodec {
    return this.#legacy !== null && !this.state.isUtf8 ? this.#legacy : utf8Codec
  }

  get signal(): AbortSignal {
    return this.#view.signal()
  }

  release(): void {
    this.state.agreement?.close()
    this.state.agreement = null
    this.#leave()
  }

  #loggedIn(account: Account): void {
    this.#entered = account
    this.#legacy = account.charset === null ? null : charsetCodec(account.charset)
    this.logger.info('login', { account: account.name })
    this.#view.onLogin()
  }

  #loggedOut(): void {
    this.#leave()
    this.#view.onLogout()
  }

  #leave(): void {
    if (this.#entered !== null) this.services.accountSessions.leave(this.#entered.name)
    this.#entered = null
    this.#legacy = null
  }
}
