import { readdirSync, rmSync } from 'node:fs'
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

/**
 * Takes away what was uploaded: replacing a file is not the same work as making one. At once, so that the memory is used
 * again by the next server: in a virtual machine, memory that was never touched before costs many times as much.
 */
export function emptyUploads(home: string): void {
  const folder = join(home, 'up')
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
}
