import { withCpu } from '../measure/around.ts'
import { runClient } from '../measure/client.ts'
import type { Row } from './row.ts'

const clients = 4

/** Connect, USER, PASS, QUIT, by four clients at once. */
export function logins({ tls }: { readonly tls: boolean }): Row {
  return {
    id: `logins${tls ? '-tls' : ''}`,
    title: `logins, ${tls ? 'TLS' : 'clear'}`,
    unit: 'per s',
    better: 'higher',
    warmUps: 5,
    targets: [{ ratio: 3, of: 'vsftpd' }],
    async measure(measuring) {
      const count = measuring.scale.loginsPerClient
      const { result: seconds, cpu } = await withCpu(measuring, () =>
        runClient(measuring, { job: 'logins', count, sessions: clients, tls }, ([first]) => first?.seconds ?? 0),
      )
      const all = count * clients
      return { value: all / seconds, cpu: (cpu / all) * 1000 }
    },
  }
}
