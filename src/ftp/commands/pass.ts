import { isGatewayError } from '../../core/errors.ts'
import type { Account } from '../../accounts/account.ts'
import type { CommandContext } from '../session/context.ts'
import { forgetIdentity } from '../session/session-state.ts'
import type { ArgumentParser, Said } from './define.ts'
import { defineCommand } from './define.ts'

/** Raw bytes: a password may hold spaces at both ends and need not be UTF-8. */
const password: ArgumentParser<Uint8Array> = (_text, _context, raw) => Uint8Array.from(raw)

/** Of the name that was denied, in the log: anybody may send one as long as a line. */
const mostNameCharacters = 128

/** PASS: the password. Every refusal looks and lasts alike. RFC 959, 4.1.1. */
export const pass = defineCommand({
  verb: 'PASS',
  summary: 'Give the password.',
  usage: 'password',
  source: 'RFC 959',
  access: 'open',
  argument: password,
  async run(context, password) {
    const { state, say } = context
    if (state.account !== null) return say.alreadyLoggedIn()
    if (state.userName === null) return say.userFirst()
    const name = state.userName
    const delay = await turnToGuess(context)
    if (delay === null) return { reply: say.tooManyFailures(), next: 'close' }
    const account = await slowly(context, delay, () => authenticated(context, name, password))
    if (account === 'too-busy') return { reply: say.tooManySessions(), next: 'close' }
    return account === null ? denied(context) : await enter(context, account)
  },
})

/** Waits for a turn among the guesses of this address. A client that goes away while it waits gives its turn to the next. */
async function turnToGuess({ services, control, signal }: CommandContext): Promise<number | null> {
  const turn = services.guard.delayFor(control.remoteAddress)
  const gone = Promise.withResolvers<never>()
  const leave = () => gone.reject(signal.reason as Error)
  signal.addEventListener('abort', leave)
  try {
    return await Promise.race([turn, gone.promise])
  } catch (error) {
    void turn.then((delay) => delay !== null && services.guard.abandoned?.(control.remoteAddress))
    throw error
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

/** Waits as the guard wants it. A guess that was never judged is given back. */
async function slowly<Result>(
  { services, control, signal }: CommandContext,
  milliseconds: number,
  judge: () => Promise<Result>,
): Promise<Result> {
  try {
    if (milliseconds > 0) await sleep(milliseconds, signal)
    return await judge()
  } catch (error) {
    services.guard.abandoned?.(control.remoteAddress)
    throw error
  }
}

async function authenticated(
  { services, control }: CommandContext,
  name: string,
  password: Uint8Array,
): Promise<Account | null | 'too-busy'> {
  const credentials = { name, password, address: control.remoteAddress, isSecure: control.isSecure() }
  try {
    return await services.authenticator.authenticate(credentials)
  } catch (error) {
    if (!isGatewayError(error, 'too-busy')) throw error
    services.guard.abandoned?.(control.remoteAddress)
    return 'too-busy'
  }
}

function denied({ state, say, services, control, logger }: CommandContext): Said {
  services.guard.failed(control.remoteAddress)
  logger.warn('login denied', { account: state.userName?.slice(0, mostNameCharacters), address: control.remoteAddress })
  state.userName = null
  state.failedLogins++
  if (state.failedLogins < services.limits().loginFailures) return say.loginDenied()
  return { reply: say.tooManyFailures(), next: 'close' }
}

async function enter(context: CommandContext, account: Account): Promise<Said> {
  const { state, say, services, control } = context
  services.guard.succeeded(control.remoteAddress)
  const limit = account.sessions ?? services.limits().sessionsPerAccount
  if (!(await services.accountSessions.enter(account.name, limit))) {
    forgetIdentity(state)
    return { reply: say.tooManySessions(), next: 'close' }
  }
  state.account = account
  state.files = services.openFiles(account)
  state.cwd = account.home
  control.loggedIn(account)
  return say.welcome()
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    const timer = setTimeout(done, milliseconds)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      if (signal.aborted) reject(signal.reason as Error)
      else resolve()
    }
    signal.addEventListener('abort', done)
  })
}
