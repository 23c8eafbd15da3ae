import { bareLarge, bareLargeAtOnce, bareListing, bareSessions, bareSmall } from './bare.ts'
import { idleMemory, manyIdle } from './idle.ts'
import { largeAtOnce } from './large-at-once.ts'
import { largeFile } from './large-file.ts'
import { listing } from './listing.ts'
import { logins } from './logins.ts'
import { parallelSessions } from './parallel-sessions.ts'
import { requestRows } from './requests.ts'
import type { Row } from './row.ts'
import { slowUploads } from './slow-uploads.ts'
import { smallFiles } from './small-files.ts'

/** THE LIST: every row of the table for files on disk, in its order. */
export const diskRows: readonly Row[] = [
  largeFile({ direction: 'down', tls: false }),
  largeFile({ direction: 'up', tls: false }),
  largeFile({ direction: 'down', tls: true }),
  largeFile({ direction: 'up', tls: true }),
  smallFiles({ direction: 'down', tls: false }),
  smallFiles({ direction: 'up', tls: false }),
  smallFiles({ direction: 'down', tls: true }),
  smallFiles({ direction: 'up', tls: true }),
  parallelSessions({ tls: false }),
  parallelSessions({ tls: true }),
  listing('LIST'),
  listing('MLSD'),
  logins({ tls: false }),
  logins({ tls: true }),
  idleMemory({ tls: false }),
  idleMemory({ tls: true }),
  manyIdle,
]

/** One large file against the others and against the bare client. */
function large(direction: 'down' | 'up', tls: boolean, mostCpu: number): Row {
  const ofBare = { ratio: direction === 'up' ? 0.55 : 0.4, of: 'bare' }
  return {
    ...largeFile({ direction, tls }),
    targets: [{ ratio: 1.25 }, ofBare, { mostCpu }],
    bare: bareLarge(direction),
  }
}

function small(direction: 'down' | 'up', tls: boolean): Row {
  const targets = [{ ratio: direction === 'up' ? 2 : 1.5 }]
  return { ...smallFiles({ direction, tls }), targets, warmUps: 2, bare: bareSmall(direction) }
}

/** THE OTHER LIST: every row of the table for a bucket. */
export const bucketRows: readonly Row[] = [
  large('up', false, 1.4),
  large('down', false, 0.7),
  large('up', true, 2.2),
  large('down', true, 1.2),
  { ...largeAtOnce, bare: bareLargeAtOnce },
  small('up', false),
  small('down', false),
  small('up', true),
  small('down', true),
  { ...parallelSessions({ tls: false }), targets: [{ ratio: 1.25 }], bare: bareSessions },
  { ...parallelSessions({ tls: true }), targets: [{ ratio: 1.25 }], bare: bareSessions },
  {
    ...listing('LIST', { folder: 'many', times: 1 }),
    // 1.2 times its time.
    targets: [{ ratio: 1 }, { ratio: 1 / 1.2, of: 'bare' }],
    warmUps: 4,
    bare: bareListing('many'),
  },
  {
    ...listing('LIST', { folder: 'huge', times: 1 }),
    targets: [{ ratio: 1 }],
    warmUps: 0,
    mostRounds: 1,
    bare: bareListing('huge'),
  },
  slowUploads,
  ...requestRows,
]
