import { withCpu } from '../measure/around.ts'
import { runClient } from '../measure/client.ts'
import type { Row } from './row.ts'

/** Sessions at once. */
export const sessions = 50

/** Fifty sessions at once, each moving files of 2 MiB down and up in turn. */
export function parallelSessions({ tls }: { readonly tls: boolean }): Row {
  return {
    id: `sessions-50${tls ? '-tls' : ''}`,
    title: `50 sessions, ${tls ? 'TLS' : 'clear'}`,
    unit: 'MB/s',
    better: 'higher',
    targets: [{ ratio: 1 }],
    async measure(measuring) {
      const count = measuring.scale.filesPerSession
      const files = { job: 'files', direction: 'both', folder: 'medium', bytes: 2 * 1024 ** 2 } as const
      const { result, cpu } = await withCpu(measuring, () =>
        runClient(measuring, { ...files, tls, count, sessions }, ([first]) => first),
      )
      const { moved = 0, seconds = 0 } = result ?? {}
      return { value: moved / 1e6 / seconds, cpu: cpu / (moved / 1024 ** 3) }
    },
  }
}
