import { test, type TestContext } from 'node:test'
import type { StateOptions } from '../../src/state/options.ts'
import { emptyDatabase, hasPostgresql } from './postgresql.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Where state is kept. */
export interface StateEngine {
  readonly name: 'SQLite' | 'PostgreSQL'
  /** A new state, with nothing in it. */
  empty(t: TestContext): Promise<StateOptions>
}

const sqlite: StateEngine = {
  name: 'SQLite',
  empty: async (t) => ({ directory: temporaryFolder(t) }),
}

const postgresql: StateEngine = {
  name: 'PostgreSQL',
  empty: async (t) => ({ directory: temporaryFolder(t), database: await emptyDatabase() }),
}

/** All there are on this machine. */
export const stateEngines: readonly StateEngine[] = hasPostgresql() ? [sqlite, postgresql] : [sqlite]

if (stateEngines.length === 1) console.log('No PostgreSQL found: what is tested of the state runs on SQLite alone.')

/** A test for each engine, which says which one it ran on. */
export function testOnEngines(sentence: string, body: (t: TestContext, engine: StateEngine) => Promise<void>): void {
  for (const engine of stateEngines) test(`${sentence} (${engine.name})`, (t) => body(t, engine))
}
