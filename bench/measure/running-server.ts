import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/s3-server.ts'
import type { Installed, Place } from '../servers/server.ts'
import { cpuAccount } from './cpu-account.ts'
import { processIds } from './process-tree.ts'

/** A server that greets clients now. */
export interface RunningServer {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** CPU seconds used so far, by all its processes. */
  cpuSeconds(): number
  stop(): Promise<void>
}

export interface ServerStart extends Pick<Place, 'home' | 'bucket' | 'workspace'> {
  readonly name: string
  readonly installed: Installed
}

/** Starts a server on a free port. @throws Error with what it wrote when it does not greet within 20 seconds. */
export async function startServer({ name, installed, ...place }: ServerStart): Promise<RunningServer> {
  const folder = place.workspace.serverFolder(name)
  const port = await freePort()
  const { command, args, environment } = installed.launch({ ...place, port, folder })
  const logFile = join(folder, 'output.log')
  const log = openSync(logFile, 'w')
  const child = spawn(command, [...args], { stdio: ['ignore', log, log], env: { ...process.env, ...environment } })
  closeSync(log)
  const account = cpuAccount(child.pid ?? 0)
  const stop = async () => {
    await stopTree(child)
    await account.close()
  }
  try {
    await greeted(child, port)
  } catch (error) {
    await stop()
    throw new Error(`${name} did not start: ${readFileSync(logFile, 'utf8').trim() || String(error)}`, { cause: error })
  }
  return { name, port, pid: child.pid ?? 0, cpuSeconds: account.seconds, stop }
}

async function greeted(child: ChildProcess, port: number): Promise<void> {
  let failure: Error | null = null
  child.once('error', (error) => (failure = error))
  for (let tries = 0; tries < 200; tries++) {
    if (failure !== null) throw failure
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    if (await greets(port)) return
    await sleep(100)
  }
  throw new Error('no greeting within 20 seconds')
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    const settle = (isGreeted: boolean) => {
      socket.destroy()
      resolve(isGreeted)
    }
    socket.setTimeout(5000, () => settle(false))
    socket.once('data', (text) => settle(text.toString().startsWith('220')))
    socket.once('error', () => settle(false))
    socket.once('close', () => settle(false))
  })
}

/** Ends the process and all below it, each by its own id. */
async function stopTree(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  const ids = processIds(pid)
  const gone =
    child.exitCode !== null || child.signalCode !== null ? null : new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await Promise.race([gone, sleep(5000, null, { ref: false })])
  for (const id of [...ids, ...processIds(pid)]) kill(id)
  await gone
}

function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch {
    // it has ended by itself
  }
}
