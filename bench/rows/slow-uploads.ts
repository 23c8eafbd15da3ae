import { mostMemory } from '../measure/around.ts'
import { runClient } from '../measure/client.ts'
import { memoryBytes } from '../measure/process-tree.ts'
import type { Row } from './row.ts'

/** Of Sluice: its default for the buffers of all uploads together, and what else may be. */
const [budgetMiB, beyondMiB] = [256, 100]

/** Each sends so much, at a pace that fills parts long before they are sent. */
const [bytes, bytesPerSecond] = [6 * 1024 ** 2, 512 * 1024]

/** What many slow uploads at once cost. */
export const slowUploads: Row = {
  id: 'slow-uploads',
  title: 'memory that 200 slow uploads add',
  unit: 'MiB',
  better: 'lower',
  targets: [{ most: budgetMiB + beyondMiB }],
  isFresh: true,
  mostRounds: 2,
  async measure(measuring) {
    const job = { job: 'files', direction: 'up', folder: 'up', bytes, tls: false, count: 1 } as const
    // The first session loads what all of them share.
    await runClient(measuring, { ...job, sessions: 1 }, () => {})
    const before = memoryBytes(measuring.server.pid)
    const sessions = measuring.scale.slowUploads
    const most = await mostMemory(measuring, () => runClient(measuring, { ...job, sessions, bytesPerSecond }, () => {}))
    return { value: (most - before) / 1024 ** 2, cpu: null }
  },
}
