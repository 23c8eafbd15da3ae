import { withCpu } from '../measure/around.ts'
import { runClient } from '../measure/client.ts'
import type { Row } from './row.ts'

/** Uploads at once. */
export const filesAtOnce = 8

/** Eight large files at once, each in a session of its own. */
export const largeAtOnce: Row = {
  id: 'large-8-up',
  title: '8 large files up at once, clear',
  unit: 'MB/s',
  better: 'higher',
  targets: [{ ratio: 1.25 }],
  async measure(measuring) {
    const files = { job: 'files', direction: 'up', folder: 'up', tls: false } as const
    const job = { ...files, bytes: measuring.scale.largeAtOnceBytes, count: 1, sessions: filesAtOnce }
    const { result, cpu } = await withCpu(measuring, () => runClient(measuring, job, ([first]) => first))
    const { moved = 0, seconds = 0 } = result ?? {}
    return { value: moved / 1e6 / seconds, cpu: cpu / (moved / 1024 ** 3) }
  },
}
