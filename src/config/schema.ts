import { z } from 'zod'
import { accountOptions, type AccountOptions } from '../accounts/options.ts'
import { logOptions, type LogOptions } from '../core/log-options.ts'
import { bytesSchema } from '../core/schema.ts'
import { folderOptions, type FolderOptions } from '../files/folder-options.ts'
import { uploadOptions, type UploadOptions } from '../files/upload-options.ts'
import { limitsOptions, type LimitsOptions } from '../ftp/limits-options.ts'
import { listenerOptions, type ListenerOptions } from '../ftp/listener-options.ts'
import { passiveOptions, type PassiveOptions } from '../ftp/passive-options.ts'
import { tlsOptions, type TlsOptions } from '../ftp/tls-options.ts'
import { stateOptions, type StateOptions } from '../state/options.ts'
import { storageOptions, type DriverOptions, type StorageOptions } from './storage-options.ts'

/** The whole configuration: the option schemas of the modules, put together. */
export function configurationSchema(drivers: readonly DriverOptions[]) {
  return z.strictObject({
    listeners: z
      .array(listenerOptions)
      .min(1)
      .describe('Ports that clients connect to. Left out: explicit TLS on 2121 and implicit TLS on 2990.'),
    passive: passiveOptions.prefault({}).describe('Passive data connections.'),
    tls: tlsOptions.prefault({}).describe('Certificates of all listeners.'),
    state: stateOptions.prefault({}).describe('Where small facts are kept that outlive the process.'),
    storages: z
      .record(z.string().min(1), storageOptions(drivers))
      .describe('Places for files, by the names that mounts use. Left out: `files`, the folder `./data`.'),
    accounts: z
      .array(accountOptions)
      .min(1)
      .default([])
      .describe('Who may log in. Left out: `sluice`, with a password made at the first start and shown once.'),
    limits: limitsOptions.prefault({}).describe('Bounds for all listeners together.'),
    uploads: uploadOptions.prefault({}).describe('What holds for the uploads of all accounts.'),
    folders: folderOptions
      .prefault({})
      .describe('Renaming and removing whole folders, where the storage does it object by object.'),
    log: logOptions.prefault({}).describe('What is written about the work of the server, and where.'),
    workers: z
      .union([z.literal('auto'), z.int().min(1).max(64)], { error: 'Expected auto or a number from 1 to 64.' })
      .default('auto')
      .describe('Processes that share the work; `auto` is one for each core.'),
    memory: bytesSchema({ min: 16 * 1024 ** 2 })
      .prefault('256 MiB')
      .describe(
        'Memory for the part buffers of all uploads together. Socket buffers and the program itself come on top.',
      ),
  })
}

/** The whole configuration, checked and frozen all the way down. Times are milliseconds, sizes bytes. */
export interface Configuration {
  readonly listeners: readonly ListenerOptions[]
  readonly passive: PassiveOptions
  readonly tls: TlsOptions
  readonly state: StateOptions
  readonly storages: Readonly<Record<string, StorageOptions>>
  /** Empty when none are written: the first start makes one. */
  readonly accounts: readonly AccountOptions[]
  readonly limits: LimitsOptions
  readonly uploads: UploadOptions
  readonly folders: FolderOptions
  readonly log: LogOptions
  readonly workers: number | 'auto'
  readonly memory: number
}
