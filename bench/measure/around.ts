import { setTimeout as sleep } from 'node:timers/promises'
import type { Measuring } from '../rows/row.ts'
import { memoryBytes } from './process-tree.ts'

/** Processes of servers that fork are counted once their parent has waited for them. */
const settleMilliseconds = 150

/** How often memory is looked at. */
const lookMilliseconds = 250

/** CPU seconds of the server's processes while something runs. */
export async function withCpu<T>({ server }: Measuring, run: () => Promise<T>) {
  const before = server.cpuSeconds()
  const result = await run()
  await sleep(settleMilliseconds)
  return { result, cpu: server.cpuSeconds() - before }
}

/** The most memory of the server's processes while something runs, in bytes. */
export async function mostMemory({ server }: Measuring, run: () => Promise<unknown>): Promise<number> {
  let most = 0
  const timer = setInterval(() => (most = Math.max(most, memoryBytes(server.pid))), lookMilliseconds)
  try {
    await run()
  } finally {
    clearInterval(timer)
  }
  return most
}
