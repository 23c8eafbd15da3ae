import { withCpu } from '../measure/around.ts'
import { runClient } from '../measure/client.ts'
import type { Scale } from '../options.ts'
import { median } from '../report/median.ts'
import type { Row } from './row.ts'

export interface ListingOptions {
  readonly folder: 'many' | 'huge'
  readonly times: number
}

/** How many entries a folder has. */
export function entriesOf(folder: ListingOptions['folder'], scale: Scale): number {
  return folder === 'many' ? scale.folderEntries : scale.hugeFolderEntries
}

/** A folder of 10,000 entries, or a huge one, listed. */
export function listing(verb: 'LIST' | 'MLSD', { folder, times }: ListingOptions = { folder: 'many', times: 5 }): Row {
  return {
    id: `${verb.toLowerCase()}${folder === 'huge' ? '-huge' : ''}`,
    title: folder === 'huge' ? `${verb} of a huge folder` : `${verb} of 10,000 entries`,
    unit: 'ms',
    better: 'lower',
    targets: [{ ratio: 0.5 }],
    async measure(measuring) {
      const job = { job: 'list', command: `${verb} ${folder}`, count: times, tls: false } as const
      const { result, cpu } = await withCpu(measuring, () => runClient(measuring, job, (measured) => measured))
      const short = result.find(({ lines }) => lines < entriesOf(folder, measuring.scale))
      if (short !== undefined) throw new Error(`only ${short.lines} lines`)
      return { value: median(result.map(({ seconds }) => seconds * 1000)), cpu: (cpu / times) * 1000 }
    },
  }
}
