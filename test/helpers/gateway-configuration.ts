import { argon2Sync } from 'node:crypto'
import { join } from 'node:path'

/** The password of every account that a test does not give one. */
export const password = 'open sesame'

/** Hashed as cheaply as can be: these tests are not about hashing. */
export const passwordHash = cheapHash(password)

/** How a listener speaks; a gateway under test has one of each. */
export const listenerKinds = ['none', 'explicit', 'required', 'implicit'] as const
export type ListenerKind = (typeof listenerKinds)[number]

/** The part of a configuration that a test cares about. */
export interface GatewaySettings {
  readonly kinds?: readonly ListenerKind[]
  /** Put into every listener. */
  readonly listener?: Readonly<Record<string, unknown>>
  /** Hash and mount are filled in. Left out: `ada`, who may do everything. */
  readonly accounts?: readonly Readonly<Record<string, unknown>>[]
  /** Beside `files`, which is the disk folder. */
  readonly storages?: Readonly<Record<string, unknown>>
  readonly limits?: Readonly<Record<string, unknown>>
  readonly passive?: Readonly<Record<string, unknown>>
  readonly uploads?: Readonly<Record<string, unknown>>
  readonly tls?: Readonly<Record<string, unknown>>
  readonly log?: Readonly<Record<string, unknown>>
  /** Beside its folder. */
  readonly state?: Readonly<Record<string, unknown>>
  readonly workers?: number
  /** For the buffers of uploads, as people write it. */
  readonly memory?: string
}

/** A whole configuration, as YAML reads it, on free ports of loopback. */
export function configurationText(folder: string, settings: GatewaySettings): string {
  const { kinds = listenerKinds, listener = {}, accounts = [{ name: 'ada' }], storages = {}, workers = 1 } = settings
  const { limits = {}, passive = {}, uploads = {}, tls = {}, log = {}, state = {}, memory } = settings
  return JSON.stringify({
    listeners: kinds.map((kind) => ({
      ...{ address: '127.0.0.1', port: 0, tls: kind, activeMode: true },
      ...listener,
    })),
    ...{ passive, uploads, tls, workers, log },
    ...(memory !== undefined && { memory }),
    limits: { drainTimeout: '1s', ...limits },
    state: { directory: join(folder, 'state'), ...state },
    storages: { files: { driver: 'disk', directory: join(folder, 'files'), sync: false }, ...storages },
    accounts: accounts.map(withDefaults),
  })
}

function withDefaults(account: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const hasPassword = 'password' in account || 'passwordHash' in account || 'anonymous' in account
  return { mounts: [{ storage: 'files' }], ...(hasPassword ? {} : { passwordHash }), ...account }
}

function cheapHash(text: string): string {
  const nonce = Buffer.from('a salt of 16 b.!')
  const tag = argon2Sync('argon2id', { message: text, nonce, memory: 8, passes: 1, parallelism: 1, tagLength: 32 })
  const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=8,t=1,p=1$${encode(nonce)}$${encode(tag)}`
}
