import { each } from '../measure/each.ts'
import { getLarge, getWhole, putLarge } from '../measure/large-object.ts'
import { entriesOf, type ListingOptions } from './listing.ts'
import { filesAtOnce } from './large-at-once.ts'
import { sessions } from './parallel-sessions.ts'
import type { BareMeasuring, Row, Sample } from './row.ts'

// The limit: what a client reaches that speaks to the store itself, by the same HTTP client as the gateway, in one process,
// and without any check of the content.

type Bare = NonNullable<Row['bare']>

export function bareLarge(direction: 'down' | 'up'): Bare {
  return async ({ bucket, workspace, scale: { largeBytes } }) => {
    const move = () =>
      direction === 'up' ? putLarge(bucket, 'up/bare', workspace.largeFile) : getLarge(bucket, 'large.bin', largeBytes)
    return throughput(largeBytes, move)
  }
}

export const bareLargeAtOnce: Bare = async ({ bucket, workspace, scale: { largeAtOnceBytes: bytes } }) =>
  throughput(bytes * filesAtOnce, () =>
    each(filesAtOnce, filesAtOnce, (index) => putLarge(bucket, `up/bare-${index}`, workspace.largeFile, bytes)),
  )

export function bareSmall(direction: 'down' | 'up'): Bare {
  return async ({ bucket, scale: { smallFiles: count } }) => {
    const { seconds, cpu } = await taken(() =>
      each(count, 1, (index) => moveOne(bucket, { direction, index, ...tiny })),
    )
    return { value: count / seconds, cpu: (cpu / count) * 1000 }
  }
}

export const bareSessions: Bare = async ({ bucket, scale: { filesPerSession } }) =>
  throughput(sessions * filesPerSession * medium.bytes, () =>
    each(sessions, sessions, async (session) => {
      for (let index = 0; index < filesPerSession; index++)
        await moveOne(bucket, { direction: index % 2 === 0 ? 'down' : 'up', index, session, ...medium })
    }),
  )

export function bareListing(folder: ListingOptions['folder']): Bare {
  return async ({ bucket: { client, prefix }, scale }) => {
    let keys = 0
    const { seconds, cpu } = await taken(async () => {
      let cursor: string | null = null
      do {
        const page = await client.listObjects({ prefix: `${prefix}${folder}/`, delimiter: '/', cursor })
        keys += page.objects.length
        cursor = page.next
      } while (cursor !== null)
    })
    if (keys < entriesOf(folder, scale)) throw new Error(`only ${keys} keys`)
    return { value: seconds * 1000, cpu: cpu * 1000 }
  }
}

const tiny = { folder: 'small', bytes: 4096 } as const
const medium = { folder: 'medium', bytes: 2 * 1024 ** 2 } as const

interface One {
  readonly direction: 'down' | 'up'
  readonly folder: string
  readonly bytes: number
  readonly index: number
  readonly session?: number
}

async function moveOne({ client, prefix }: BareMeasuring['bucket'], one: One): Promise<void> {
  const { direction, folder, bytes, index, session = 0 } = one
  if (direction === 'up') await client.putObject(`${prefix}up/${session}-${index}`, [Buffer.alloc(bytes, 's')])
  else await getWhole(client.getObject(`${prefix}${folder}/${index}`), bytes)
}

async function throughput(bytes: number, move: () => Promise<void>): Promise<Sample> {
  const { seconds, cpu } = await taken(move)
  return { value: bytes / 1e6 / seconds, cpu: cpu / (bytes / 1024 ** 3) }
}

/** Seconds, and CPU seconds of this process: nothing else goes on in it. */
async function taken(run: () => Promise<void>) {
  const [started, before] = [performance.now(), process.cpuUsage()]
  await run()
  const { user, system } = process.cpuUsage(before)
  return { seconds: (performance.now() - started) / 1000, cpu: (user + system) / 1e6 }
}
