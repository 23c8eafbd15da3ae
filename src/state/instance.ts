import { randomUUID } from 'node:crypto'
import { GatewayError } from '../core/errors.ts'
import { holdExclusively } from './database.ts'
import type { StateDatabase } from './sql.ts'

/** Held as long as a gateway uses its state directory. */
export interface StateLock {
  release(): void
}

/**
 * Takes the state directory for this gateway alone. Its worker processes open the database without it. It goes when the
 * process does, so nothing stale is left behind. @throws GatewayError 'conflict' when another gateway has it.
 */
export function lockState(directory: string): StateLock {
  const held = holdExclusively(directory, 'lock.db')
  if (held === null) throw new GatewayError('conflict', 'Another Sluice is using the state directory.')
  return { release: () => held.close() }
}

/** What tells this gateway from others for as long as its state directory lives; made at the first call. */
export function instanceId(database: StateDatabase, newId: () => string = randomUUID): string {
  return database.durably(() => {
    database.prepare("INSERT OR IGNORE INTO facts (name, value) VALUES ('instance', ?)").run(newId())
    return String(database.prepare("SELECT value FROM facts WHERE name = 'instance'").get()?.['value'])
  })
}
