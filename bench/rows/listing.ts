import { withCpu } from '../measure/around.ts'
import { runClient } from '../measure/client.ts'
import { median } from '../report/median.ts'
import type { Row } from './row.ts'

const times = 5

/** A folder of 10,000 entries, listed. */
export function listing(verb: 'LIST' | 'MLSD'): Row {
  return {
    id: verb.toLowerCase(),
    title: `${verb} of 10,000 entries`,
    unit: 'ms',
    better: 'lower',
    target: { ratio: 0.5 },
    async measure(measuring) {
      const job = { job: 'list', command: `${verb} many`, count: times, tls: false } as const
      const { result, cpu } = await withCpu(measuring, () => runClient(measuring, job, (measured) => measured))
      const short = result.find(({ lines }) => lines < measuring.scale.folderEntries)
      if (short !== undefined) throw new Error(`only ${short.lines} lines`)
      return { value: median(result.map(({ seconds }) => seconds * 1000)), cpu: (cpu / times) * 1000 }
    },
  }
}
