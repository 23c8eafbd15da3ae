import { createHash } from 'node:crypto'
import type { HashName } from './engine.ts'

/** Hashes of a whole content as it passes. */
export interface ContentHashes {
  update(chunk: Uint8Array): void
  /** Of all so far, lower-case hex by name. */
  values(): Readonly<Record<string, string>>
}

/** The names that OpenSSL has for them. */
const algorithms: Readonly<Record<HashName, string>> = {
  'SHA-256': 'sha256',
  'SHA-512': 'sha512',
  'SHA-1': 'sha1',
  MD5: 'md5',
}

export function contentHashes(names: readonly HashName[]): ContentHashes {
  const running = names.map((name) => ({ name, hash: createHash(algorithms[name]) }))
  return {
    update(chunk) {
      for (const { hash } of running) hash.update(chunk)
    },
    values: () => Object.fromEntries(running.map(({ name, hash }) => [name, hash.copy().digest('hex')])),
  }
}
