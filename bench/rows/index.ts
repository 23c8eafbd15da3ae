import { idleMemory, manyIdle } from './idle.ts'
import { largeFile } from './large-file.ts'
import { listing } from './listing.ts'
import { logins } from './logins.ts'
import { parallelSessions } from './parallel-sessions.ts'
import type { Row } from './row.ts'
import { smallFiles } from './small-files.ts'

/** THE LIST: every row of the table, in its order. */
export const rows: readonly Row[] = [
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
