import { randomUUID } from 'node:crypto'
import { GatewayError } from '../core/errors.ts'
import type { StateOptions } from './options.ts'
import { call, type StateDatabase } from './sql.ts'
import { holdExclusively, openSqlite } from './sqlite.ts'

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

/**
 * What tells this gateway from others for as long as its state directory lives; made at the first call. It stands in the
 * directory, also where the database is a server that others use, too.
 */
export async function instanceId(
  { directory, database: server }: StateOptions,
  database: StateDatabase,
  newId: () => string = randomUUID,
): Promise<string> {
  const own = server === undefined ? database : openSqlite(directory)
  try {
    const [, found] = await own.durably(
      call("INSERT INTO facts (name, value) VALUES ('instance', ?) ON CONFLICT DO NOTHING", newId()),
      call("SELECT value FROM facts WHERE name = 'instance'"),
    )
    return String(found?.rows[0]?.['value'])
  } finally {
    if (own !== database) await own.close()
  }
}
