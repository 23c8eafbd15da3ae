import type { Account } from '../../accounts/account.ts'
import { GatewayError } from '../../core/errors.ts'
import type { CommandContext } from '../session/context.ts'
import type { Occasions } from '../session/occasions.ts'
import { newSessionState } from '../session/session-state.ts'
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
  const { id, listener, services, localAddress, remoteAddress, tls, logger } = options
  const state = newSessionState(listener.tls === 'implicit')
  let entered: Account | null = null
  let legacy: TextCodec | null = null

  const leave = (): void => {
    if (entered !== null) services.accountSessions.leave(entered.name)
    entered = null
    legacy = null
  }

  return {
    id,
    state,
    listener,
    services,
    logger,
    say: view.say,
    control: {
      localAddress,
      remoteAddress,
      isIpv6: localAddress.includes(':'),
      tls,
      isAlive: view.isAlive,
      isSecure: view.isSecure,
      takeInterrupted: view.takeInterrupted,
      setIdleMilliseconds: view.setIdleMilliseconds,
      get serverName() {
        return view.serverName()
      },
      loggedIn(account) {
        entered = account
        legacy = account.charset === null ? null : charsetCodec(account.charset)
        logger.info('login', { account: account.name })
        view.onLogin()
      },
      loggedOut() {
        leave()
        view.onLogout()
      },
    },
    get files() {
      if (state.files === null) throw new GatewayError('login-denied', 'Please log in first.')
      return state.files
    },
    get isLegacy() {
      return legacy !== null && !state.isUtf8
    },
    get codec() {
      return legacy !== null && !state.isUtf8 ? legacy : utf8Codec
    },
    get signal() {
      return view.signal()
    },
    release() {
      state.agreement?.close()
      state.agreement = null
      leave()
    },
  }
}
