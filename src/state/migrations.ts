import { GatewayError } from '../core/errors.ts'

/**
 * Each entry brings the tables one version on, in the words of SQLite; `postgresql.ts` puts them into those of the other. Only
 * ever add to the end.
 */
export const migrations: readonly (readonly string[])[] = [
  [
    'CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
    `CREATE TABLE staged_uploads (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      account TEXT NOT NULL,
      path TEXT NOT NULL,
      storage TEXT NOT NULL,
      ticket TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      touched_at INTEGER NOT NULL,
      owner TEXT,
      was_kept INTEGER NOT NULL DEFAULT 0
    )`,
    'CREATE INDEX staged_uploads_by_path ON staged_uploads (account, path)',
    'CREATE INDEX staged_uploads_by_storage ON staged_uploads (storage, touched_at)',
    'CREATE TABLE quotas (account TEXT PRIMARY KEY, used_bytes INTEGER NOT NULL) WITHOUT ROWID',
    'CREATE TABLE quota_writers (owner TEXT, account TEXT, PRIMARY KEY (owner, account)) WITHOUT ROWID',
  ],
  [
    `CREATE TABLE tree_operations (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      account TEXT NOT NULL,
      storage TEXT NOT NULL,
      source TEXT NOT NULL,
      target TEXT,
      source_path TEXT NOT NULL,
      target_path TEXT,
      phase TEXT NOT NULL DEFAULT 'copying',
      after TEXT,
      done INTEGER NOT NULL DEFAULT 0,
      total INTEGER NOT NULL,
      due_at INTEGER NOT NULL DEFAULT 0,
      owner TEXT
    )`,
  ],
  [
    'CREATE TABLE nodes (id TEXT PRIMARY KEY, seen_at INTEGER NOT NULL) WITHOUT ROWID',
    `CREATE TABLE content_hashes (
      name TEXT PRIMARY KEY,
      hex TEXT NOT NULL,
      noted_at INTEGER NOT NULL
    ) WITHOUT ROWID`,
    'CREATE INDEX content_hashes_by_age ON content_hashes (noted_at)',
  ],
  [
    `CREATE TABLE waiting_uploads (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      account TEXT NOT NULL,
      storage TEXT NOT NULL,
      key TEXT NOT NULL,
      final_key TEXT NOT NULL,
      ticket TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      modified INTEGER NOT NULL,
      has_own_time INTEGER NOT NULL,
      hashes TEXT NOT NULL,
      ended_at INTEGER NOT NULL,
      intent TEXT,
      owner TEXT
    )`,
    'CREATE INDEX waiting_uploads_by_key ON waiting_uploads (account, storage, key)',
  ],
  [
    `CREATE TABLE broken_uploads (
      account TEXT NOT NULL,
      storage TEXT NOT NULL,
      key TEXT NOT NULL,
      version TEXT NOT NULL,
      noted_at INTEGER NOT NULL,
      PRIMARY KEY (account, storage, key)
    ) WITHOUT ROWID`,
  ],
  [
    `CREATE TABLE file_times (
      storage TEXT NOT NULL,
      key TEXT NOT NULL,
      version TEXT NOT NULL,
      modified INTEGER NOT NULL,
      noted_at INTEGER NOT NULL,
      PRIMARY KEY (storage, key)
    ) WITHOUT ROWID`,
    'CREATE INDEX file_times_by_age ON file_times (noted_at)',
  ],
]

/**
 * What has still to be done to tables of this version.
 * @throws GatewayError 'conflict' when they are newer than this program.
 */
export function requireKnown(version: number): readonly string[] {
  if (version > migrations.length) {
    throw new GatewayError('conflict', 'The state was written by a newer Sluice.')
  }
  return migrations.slice(version).flat()
}
