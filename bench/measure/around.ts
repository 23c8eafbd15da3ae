import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Measuring } from '../rows/row.ts'

/** Processes of servers that fork are counted once their parent has waited for them. */
const settleMilliseconds = 150

/** CPU seconds of the server's processes while something runs. */
export async function withCpu<T>({ server }: Measuring, run: () => Promise<T>) {
  const before = server.cpuSeconds()
  const result = await run()
  await sleep(settleMilliseconds)
  return { result, cpu: server.cpuSeconds() - before }
}

/** Takes away what earlier rounds have uploaded: replacing a file is not the same work as making one. */
export function emptyUploads({ server }: Measuring): void {
  const folder = join(server.home, 'up')
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
}
