import type { Clock } from './core/clock.ts'
import type { Logger } from './core/logger.ts'
import { openState } from './state/database.ts'
import { instanceId } from './state/instance.ts'
import { ownerName, sqlNodes } from './state/nodes.ts'
import type { StateOptions } from './state/options.ts'
import { sqlQuotaLedger, type SqlQuotaLedger } from './state/quota.ts'
import type { StateDatabase } from './state/sql.ts'
import { sqlStagedUploads, type SqlStagedUploads } from './state/staged-uploads-sql.ts'
import { sqlWaitingUploads, type SqlWaitingUploads } from './state/waiting-uploads-sql.ts'
import { sqlTreeOperations, type SqlTreeOperations } from './state/tree-operations-sql.ts'

/** The state as the main process has it: nothing in it is held by processes that are gone. */
export interface GatewayState {
  readonly database: StateDatabase
  /** Names this gateway. */
  readonly instance: string
  readonly staged: SqlStagedUploads
  readonly waiting: SqlWaitingUploads
  readonly quota: SqlQuotaLedger
  readonly operations: SqlTreeOperations
  /** Lets others have what a worker held that is gone. */
  workerGone(worker: string): Promise<void>
  close(): Promise<void>
}

/** How often a gateway says that it lives, and how long others wait for that before they take what it had. */
const beatMilliseconds = 10_000
const silentMilliseconds = 60_000

export interface GatewayStateOptions {
  readonly state: StateOptions
  readonly logger: Logger
  readonly clock: Clock
  readonly beatMilliseconds?: number
  readonly silentMilliseconds?: number
}

/** Opens it at the start of the gateway, before there are workers. @throws GatewayError as `openState` does. */
export async function gatewayState(options: GatewayStateOptions): Promise<GatewayState> {
  const { state, clock } = options
  const database = await openState(state)
  try {
    const instance = await instanceId(state, database)
    const own = {
      ...{ database, instance },
      staged: sqlStagedUploads(database, { owner: ownerName(instance, 'main'), clock }),
      waiting: sqlWaitingUploads(database, { owner: ownerName(instance, 'sweeper'), clock }),
      quota: sqlQuotaLedger(database, { owner: ownerName(instance, 'sweeper') }),
      operations: sqlTreeOperations(database, { owner: ownerName(instance, 'keeper'), clock }),
    }
    await release(own, `${instance}/`)
    // How much of them went before the end is not known.
    for (const { account, target } of await own.operations.due()) if (target === null) await own.quota.forget(account)
    const beat = state.database === undefined ? null : await beating(own, options)
    let releasing: Promise<unknown> = Promise.resolve()
    return {
      ...own,
      workerGone(worker) {
        const done = release(own, ownerName(instance, worker)).catch((error: unknown) =>
          options.logger.error('what a worker held could not be released', { worker, error }),
        )
        releasing = Promise.all([releasing, done])
        return done
      },
      async close() {
        await beat?.stop()
        await releasing
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

type Held = Pick<GatewayState, 'database' | 'instance' | 'staged' | 'waiting' | 'quota' | 'operations'>

/** What processes held whose names begin so, and which are gone. */
async function release({ staged, waiting, quota, operations }: Held, owners: string): Promise<void> {
  await staged.releaseClaims(owners)
  await waiting.releaseClaims(owners)
  await quota.recover(owners)
  await operations.releaseClaims(owners)
}

/** Says that this gateway lives, and frees what gateways held that no longer say so. */
async function beating(held: Held, options: GatewayStateOptions): Promise<{ stop(): Promise<void> }> {
  const nodes = sqlNodes(held.database, held.instance)
  const { logger } = options
  let running = Promise.resolve()

  async function beat(): Promise<void> {
    try {
      await nodes.beat()
      for (const gone of await nodes.silent(options.silentMilliseconds ?? silentMilliseconds)) {
        logger.warn('a gateway that shares the state is silent: what it held is released', { gateway: gone })
        await release(held, `${gone}/`)
        await nodes.forget(gone)
      }
    } catch (error) {
      logger.warn('the state database does not answer', { error })
    }
  }

  await nodes.beat()
  const timer = setInterval(() => void (running = running.then(beat)), options.beatMilliseconds ?? beatMilliseconds)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
