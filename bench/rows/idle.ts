import { setTimeout as sleep } from 'node:timers/promises'
import { withCpu } from '../measure/around.ts'
import { runClient } from '../measure/client.ts'
import { curlLarge } from '../measure/curl.ts'
import { memoryBytes } from '../measure/process-tree.ts'
import type { Row } from './row.ts'

/** Time for garbage to be collected and pages to be given back. */
const settleMilliseconds = 3000

/** What a session costs that has logged in and does nothing. */
export function idleMemory({ tls }: { readonly tls: boolean }): Row {
  return {
    id: `idle${tls ? '-tls' : ''}`,
    title: `an idle session, ${tls ? 'TLS' : 'clear'}`,
    unit: 'KiB',
    better: 'lower',
    targets: [{ most: tls ? 100 : 30 }],
    isFresh: true,
    mostRounds: 2,
    async measure(measuring) {
      const { idleSessions } = measuring.scale
      const memory = () => memoryBytes(measuring.server.pid)
      // The first session loads what all of them share; it is not what a session costs.
      await runClient(measuring, { job: 'idle', count: 1, sessions: 20, tls }, () => {})
      await sleep(settleMilliseconds)
      const before = memory()
      const value = await runClient(measuring, { job: 'idle', count: 1, sessions: idleSessions, tls }, async () => {
        await sleep(settleMilliseconds)
        return (memory() - before) / 1024 / idleSessions
      })
      return { value, cpu: null }
    },
  }
}

/** One large download while thousands of sessions do nothing. */
export const manyIdle: Row = {
  id: 'many-idle',
  title: 'large file down beside many idle sessions',
  unit: 'MB/s',
  better: 'higher',
  targets: [{ ratio: 1 }],
  isFresh: true,
  mostRounds: 1,
  async measure(measuring) {
    const sessions = measuring.scale.manyIdleSessions
    const { largeBytes } = measuring.scale
    return await runClient(measuring, { job: 'idle', count: 1, sessions, tls: false }, async () => {
      const speeds: number[] = []
      const { cpu } = await withCpu(measuring, async () => {
        for (let turn = 0; turn < 3; turn++)
          speeds.push(largeBytes / 1e6 / (await curlLarge(measuring, { direction: 'down', tls: false })))
      })
      return { value: speeds.sort((a, b) => a - b)[1] ?? 0, cpu: cpu / 3 / (largeBytes / 1024 ** 3) }
    })
  },
}
