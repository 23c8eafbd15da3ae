import { curlLarge, type CurlTransfer } from '../measure/curl.ts'
import { withCpu } from '../measure/around.ts'
import type { Row } from './row.ts'

/** One large file, by curl. */
export function largeFile(transfer: CurlTransfer): Row {
  const { direction, tls } = transfer
  return {
    id: `large-${direction}${tls ? '-tls' : ''}`,
    title: `large file ${direction}, ${tls ? 'TLS' : 'clear'}`,
    unit: 'MB/s',
    better: 'higher',
    targets: [{ ratio: 1 }],
    async measure(measuring) {
      const { result: seconds, cpu } = await withCpu(measuring, () => curlLarge(measuring, transfer))
      const { largeBytes } = measuring.scale
      return { value: largeBytes / 1e6 / seconds, cpu: cpu / (largeBytes / 1024 ** 3) }
    },
  }
}
