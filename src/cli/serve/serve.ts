import type { LoadedConfiguration } from '../../config/load.ts'
import { formatProblem } from '../../config/problem.ts'
import type { Configuration } from '../../config/schema.ts'
import { deepFreeze } from '../../config/written/tree.ts'
import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { openLog, type Log } from '../../log/open-log.ts'
import { announce } from './announce.ts'
import { readConfiguration, usableConfiguration } from '../configuration.ts'
import type { CliContext } from '../context.ts'
import { CommandError, exit } from '../exit.ts'
import { firstAccount, type FirstAccount } from './first-account.ts'
import type { RunningGateway } from '../gateway.ts'
import { applyFlags, type ServeFlags } from './flags.ts'
import { startErrorSentence } from './start-error.ts'
import { stopRequests } from './stop-requests.ts'
import { welcome } from './welcome.ts'

/** `sluice serve`: runs the gateway in the foreground until it is told to stop. */
export async function serve(context: CliContext, flags: ServeFlags): Promise<number> {
  const load = await loader(context, flags)
  const written = usableConfiguration(context, await load())
  const first = await firstAccountFor(written, flags)
  const configuration = withAccount(written, first)
  const log = open(context, configuration)
  context.onUnexpectedError((error) =>
    log.logger.error('Something unexpected went wrong; the service goes on.', { error }),
  )

  async function reload(): Promise<Configuration> {
    const loaded = await load()
    for (const problem of loaded.problems) {
      if (problem.severity === 'warning') log.logger.warn(formatProblem(problem))
      else log.logger.error(formatProblem(problem))
    }
    if (loaded.configuration === null)
      throw new GatewayError('conflict', 'The new configuration has mistakes; the old one stays.')
    return withAccount(loaded.configuration, first)
  }

  // Heard from the beginning, for an unheard SIGHUP ends a process; until all is open there is nothing to reload.
  let reloadRequested = () => {}
  const stop = stopRequests(context, { onReload: () => reloadRequested() })
  try {
    const gateway = await start(context, { configuration, log, reload })
    reloadRequested = () => void reloadAll(gateway, log)
    await announce({ context, configuration, log, listeners: gateway.listeners })
    await greet(context, { configuration, gateway, first })
    return await untilStopped({ gateway, log, stop })
  } finally {
    await log.close()
  }
}

async function loader(context: CliContext, flags: ServeFlags): Promise<() => Promise<LoadedConfiguration>> {
  const password = flags.passwordFile === undefined ? null : await readPassword(context, flags.passwordFile)
  return () =>
    readConfiguration(context, {
      config: flags.config,
      adjust: (tree, written) => applyFlags(tree, written, flags, password),
    })
}

async function readPassword(context: CliContext, path: string): Promise<string> {
  try {
    return (await context.readFile(path)).replace(/\r?\n$/, '')
  } catch (error) {
    throw new CommandError(startErrorSentence(error))
  }
}

async function firstAccountFor(configuration: Configuration, flags: ServeFlags): Promise<FirstAccount | null> {
  if (configuration.accounts.length > 0) {
    if (flags.newPassword !== true) return null
    throw new CommandError(
      '--new-password is for the account that the first start makes; this configuration has its own.',
      exit.usage,
    )
  }
  const { directory } = configuration.state
  return firstAccount({
    stateDirectory: directory,
    name: flags.user ?? 'sluice',
    isRenewed: flags.newPassword === true,
  })
}

function withAccount(configuration: Configuration, first: FirstAccount | null): Configuration {
  if (first === null || configuration.accounts.length > 0) return configuration
  return deepFreeze({ ...configuration, accounts: [first.account] })
}

function open(context: CliContext, { log }: Configuration): Log {
  const isTerminal = context.stdout.isTTY === true
  const isColoured = isTerminal && !context.environment['NO_COLOR']
  try {
    return openLog({ ...log, clock: context.clock, isTerminal, isColoured })
  } catch (error) {
    throw new CommandError(startErrorSentence(error))
  }
}

interface Starting {
  readonly configuration: Configuration
  readonly log: Log
  readonly reload: () => Promise<Configuration>
}

async function start(context: CliContext, { configuration, log, reload }: Starting): Promise<RunningGateway> {
  const startGateway = await context.loadStartGateway()
  try {
    return await startGateway({ configuration, logger: log.logger, reload })
  } catch (error) {
    log.logger.debug('The gateway did not start.', { error })
    throw new CommandError(startErrorSentence(error))
  }
}

interface Greeting {
  readonly configuration: Configuration
  readonly gateway: RunningGateway
  readonly first: FirstAccount | null
}

async function greet(context: CliContext, { configuration, gateway, first }: Greeting): Promise<void> {
  if (first === null) return
  try {
    await first.keep()
  } catch (error) {
    throw new CommandError(startErrorSentence(error))
  }
  const { account, password } = first
  const isTerminal = context.stdout.isTTY === true
  // Without a terminal, standard output is the log's; a new password must be seen all the same.
  if (!isTerminal && password === null) return
  const output = isTerminal ? context.stdout : context.stderr
  output.write(welcome({ configuration, gateway, account: account.name, password }))
}

interface Running {
  readonly gateway: RunningGateway
  readonly log: Log
  readonly stop: Promise<void>
}

async function untilStopped({ gateway, log, stop }: Running): Promise<number> {
  const end = await Promise.race([stop.then(() => 'asked' as const), ended(gateway)])
  if (end !== 'asked') {
    log.logger.error('The gateway has ended by itself.', end.error === null ? {} : { error: end.error })
    return exit.failure
  }
  log.logger.info('Stopping: new clients are refused, running transfers may finish.')
  await gateway.drain()
  log.logger.info('Stopped.')
  return exit.ok
}

async function ended(gateway: RunningGateway): Promise<{ readonly error: unknown }> {
  try {
    await gateway.closed
    return { error: null }
  } catch (error) {
    return { error }
  }
}

async function reloadAll(gateway: RunningGateway, log: Log): Promise<void> {
  log.reopen()
  try {
    const inForce = await gateway.reload()
    log.logger.info('The configuration was read again.')
    log.setLevel(inForce.log.level)
  } catch (error) {
    const facts = isGatewayError(error) ? { reason: startErrorSentence(error) } : { error }
    log.logger.error('The configuration was not taken over.', facts)
  }
}
