import { withCpu } from '../measure/around.ts'
import { runClient } from '../measure/client.ts'
import type { Row } from './row.ts'

export interface SmallFilesOptions {
  readonly direction: 'down' | 'up'
  readonly tls: boolean
}

/** Files of 4 KiB, one after another in one session. */
export function smallFiles({ direction, tls }: SmallFilesOptions): Row {
  return {
    id: `small-${direction}${tls ? '-tls' : ''}`,
    title: `small files ${direction}, ${tls ? 'TLS' : 'clear'}`,
    unit: 'files/s',
    better: 'higher',
    warmUps: 5,
    targets: [tls ? { ratio: 0.9 } : { ratio: 1, of: 'vsftpd' }],
    async measure(measuring) {
      const count = measuring.scale.smallFiles
      const job = { job: 'files', direction, tls, count, sessions: 1, folder: 'small', bytes: 4096 } as const
      const { result: seconds, cpu } = await withCpu(measuring, () =>
        runClient(measuring, job, ([first]) => first?.seconds ?? 0),
      )
      return { value: count / seconds, cpu: (cpu / count) * 1000 }
    },
  }
}
