import { isDeepStrictEqual } from 'node:util'
import type { Configuration } from './config/schema.ts'
import { semaphore } from './core/concurrency.ts'
import { GatewayError } from './core/errors.ts'
import type { Logger } from './core/logger.ts'
import type { EngineSettings } from './engine.ts'
import { watchCertificates } from './ftp/certificate-files.ts'
import { certificatesOf, settingsOf } from './settings.ts'

export interface ReloadOptions {
  /** What the gateway was started with. */
  readonly first: Configuration
  /** Reads the configuration anew. */
  readonly read: () => Promise<Configuration>
  /** What is in force. */
  readonly settings: () => EngineSettings
  readonly apply: (settings: EngineSettings) => void
  readonly logger: Logger
}

/** Takes over new configurations and changed certificates, one after the other. */
export interface Reloading {
  /**
   * Resolves to what is in force then: what only a start can change is as it was, and the log says so. Requests that come
   * while one waits for its turn are one. @throws what `read` throws, and GatewayError when the new one cannot be taken
   * over; then nothing has changed.
   */
  reload(): Promise<Configuration>
  /** Looks at certificates no more. */
  close(): void
}

export function reloading({ first, read, settings, apply, logger }: ReloadOptions): Reloading {
  const turns = semaphore({ places: 1 })
  let configuration = first
  let waiting: Promise<Configuration> | null = null
  let isClosed = false
  let unwatch = watch()

  function watch(): () => void {
    return watchCertificates(configuration.tls, () => void turns.run(renewCertificates))
  }

  async function renewCertificates(): Promise<void> {
    try {
      apply({ ...settings(), certificates: certificatesOf(configuration) })
      logger.info('certificates reloaded')
    } catch (error) {
      logger.error('changed certificates cannot be used; the old ones stay', { error })
    }
  }

  async function takeOver(): Promise<Configuration> {
    waiting = null
    const next = await read()
    refuseNewStorages(first, next)
    const inForce = withoutRestart(first, next)
    apply(await settingsOf(inForce))
    configuration = inForce
    const changed = needsRestart(first, next)
    if (changed.length > 0) logger.warn(`Only a restart takes over what has changed in: ${changed.join(', ')}.`)
    if (isClosed) return inForce
    const end = unwatch
    unwatch = watch()
    end()
    return inForce
  }

  return {
    reload: () => (waiting ??= turns.run(takeOver)),
    close() {
      isClosed = true
      unwatch()
    },
  }
}

/** A login to such a storage could not be served, and would fail when nobody looks. */
function refuseNewStorages({ storages }: Configuration, { accounts }: Configuration): void {
  for (const { name, mounts } of accounts)
    for (const { storage } of mounts)
      if (!Object.hasOwn(storages, storage))
        throw new GatewayError(
          'conflict',
          `The account ${name} mounts the storage ${storage}, which was not there at the start; only a restart opens it.`,
        )
}

/** Read at the start and never again. */
const fixed = ['listeners', 'passive', 'state', 'storages', 'folders', 'workers', 'memory'] as const

type Fixed = Pick<Configuration, (typeof fixed)[number]>

/** The new configuration, with what only a start can change as it was. */
function withoutRestart(first: Configuration, next: Configuration): Configuration {
  const { listeners, passive, state, storages, folders, workers, memory } = first
  const kept: Fixed = { listeners, passive, state, storages, folders, workers, memory }
  const { sweepAfter, keepFor, renameWithin } = first.uploads
  const { format, file, transferLog } = first.log
  const { drainTimeout, passwordQueue } = first.limits
  return {
    ...next,
    ...kept,
    tls: { ...next.tls, minimumVersion: first.tls.minimumVersion },
    uploads: { ...next.uploads, sweepAfter, keepFor, renameWithin },
    log: { ...next.log, format, file, transferLog },
    limits: { ...next.limits, drainTimeout, passwordQueue },
  }
}

/** Where the new configuration asks for more than a reload can do. */
function needsRestart(first: Configuration, next: Configuration): readonly string[] {
  const inForce = withoutRestart(first, next)
  const sections = fixed.filter((section) => !isDeepStrictEqual(inForce[section], next[section]))
  const parts = (['tls', 'uploads', 'log', 'limits'] as const).flatMap((section) => {
    const [now, wanted] = [Object.entries(inForce[section]), new Map(Object.entries(next[section]))]
    return now.filter(([key, value]) => !isDeepStrictEqual(value, wanted.get(key))).map(([key]) => `${section}.${key}`)
  })
  return [...sections, ...parts]
}
