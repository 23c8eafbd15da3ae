import { runClient, type Job } from '../measure/client.ts'
import type { Measuring, Row } from './row.ts'

const times = 5

interface Counted {
  readonly id: string
  readonly title: string
  readonly most: number
  /** A session that does it so many times; begins with another file when it is not the first. */
  readonly job: (count: number, first: number) => Job
  /** What has to be there, by number. */
  readonly prepare?: (measuring: Measuring, count: number) => Promise<void>
  /** Times that do not count, in a session before. Default 1: what only the first one ever asks is not what each costs. */
  readonly before?: number
  /** Times that count. Default 5. */
  readonly count?: number
}

const control = (lines: readonly string[]): Job => ({ job: 'commands', lines, tls: false })
const numbers = (count: number, first: number) => Array.from({ length: count }, (_, index) => first + index)
const file = (direction: 'down' | 'up', count: number, first: number): Job => ({
  ...{ job: 'files', direction, folder: 'small', bytes: 4096, tls: false, sessions: 1 },
  ...{ count, first },
})
const renames = (name: string, { count, first }: { readonly count: number; readonly first: number }): Job =>
  control(numbers(count, first).flatMap((index) => [`RNFR up/${name}-${index}`, `RNTO up/renamed-${name}-${index}`]))
const folders = ['small', 'medium', 'many', 'thousand', 'huge', 'up']

const counted: readonly Counted[] = [
  { id: 'stor', title: 'small STOR', most: 1, job: (count, first) => file('up', count, first) },
  { id: 'retr', title: 'small RETR', most: 1, job: (count, first) => file('down', count, first) },
  {
    ...{ id: 'size', title: 'SIZE', most: 1 },
    job: (count, first) => control(numbers(count, first).map((index) => `SIZE small/${index}`)),
  },
  {
    ...{ id: 'rename', title: 'rename of a file', most: 2, prepare: putSources },
    job: (count, first) => renames('source', { count, first }),
  },
  {
    ...{ id: 'rename-stored', title: 'rename of a file just stored', most: 2, prepare: storeSources },
    job: (count, first) => renames('stored-0', { count, first }),
  },
  {
    ...{ id: 'list', title: 'LIST of 1,000 keys', most: 1, before: 0, count: 1 },
    job: (count) => ({ job: 'list', command: 'LIST thousand', count, tls: false }),
  },
  {
    ...{ id: 'cwd', title: 'CWD and PWD', most: 1, count: 4 },
    job: (count, first) =>
      control(numbers(count, first).flatMap((index) => [`CWD /${folders[index % folders.length]}`, 'PWD'])),
  },
]

/** How many requests to the store one operation costs. */
export const requestRows: readonly Row[] = counted.map((one) => ({
  id: `requests-${one.id}`,
  title: `requests to the store, ${one.title}`,
  unit: 'each',
  better: 'lower',
  targets: [{ most: one.most }],
  countsRequests: true,
  mostRounds: 1,
  async measure(measuring) {
    const { before = 1, count = times } = one
    await one.prepare?.(measuring, before + count)
    if (before > 0) await requestsOf(measuring, one.job(before, 0))
    // A login may ask the store, too.
    const idle = await requestsOf(measuring, control([]))
    const whole = await requestsOf(measuring, one.job(count, before))
    return { value: (whole - idle) / count, cpu: null }
  },
}))

/** Straight into the store, so that no gateway knows them from having stored them. */
async function putSources({ bucket }: Measuring, count: number): Promise<void> {
  for (const index of numbers(count, 0))
    await bucket?.client.putObject(`${bucket.prefix}up/source-${index}`, [Buffer.from('source')])
}

async function storeSources(measuring: Measuring, count: number): Promise<void> {
  const job = { job: 'files', direction: 'up', folder: 'up', bytes: 4096, tls: false, sessions: 1 } as const
  await runClient(measuring, { ...job, count, tag: 'stored' }, () => {})
}

async function requestsOf(measuring: Measuring, job: Job): Promise<number> {
  const { requests } = measuring
  if (requests === null) throw new Error('Nobody counts requests.')
  const before = requests()
  await runClient(measuring, job, () => {})
  return requests() - before
}
