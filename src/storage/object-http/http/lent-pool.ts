import type { Origin } from './http-types.ts'
import { lentConnection, type ConnectOptions, type LentConnection } from './lent-connection.ts'

/** Connections that are kept between requests. */
export interface LentPool {
  /** The one that was used last, for which the store had the least time to close it; null: none is idle. */
  takeIdle(origin: Origin): LentConnection | null
  connect(origin: Origin): LentConnection
  /** Gives one back, to be kept for so long at most; 0: closes it. */
  keep(origin: Origin, connection: LentConnection, milliseconds: number): void
  /** Closes all of them, those at work too. */
  close(): void
}

export interface LentPoolOptions extends ConnectOptions {
  readonly mostIdleConnections: number
  readonly idleMilliseconds: number
}

interface Idle {
  readonly name: string
  readonly connection: LentConnection
  readonly timer: NodeJS.Timeout
}

const nameOf = ({ secure, hostname, port }: Origin) => `${secure ? 'tls' : 'tcp'} ${hostname} ${port}`

export function lentPool(options: LentPoolOptions): LentPool {
  const idle: Idle[] = []
  const open = new Set<LentConnection>()
  const sessions = new Map<string, Buffer>()

  function connect(origin: Origin): LentConnection {
    const name = nameOf(origin)
    const connection = lentConnection(origin, { ...options, session: sessions.get(name) ?? null })
    const { socket } = connection
    open.add(connection)
    socket.once('end', () => drop(connection))
    socket.once('close', () => {
      drop(connection)
      open.delete(connection)
    })
    socket.on('session', (made: Buffer) => sessions.set(name, made))
    return connection
  }

  function keep(origin: Origin, connection: LentConnection, milliseconds: number): void {
    connection.served++
    const wait = Math.min(options.idleMilliseconds, milliseconds)
    const isKept = wait > 0 && idle.length < options.mostIdleConnections && connection.rest()
    if (!isKept) return void connection.socket.destroy()
    const timer = setTimeout(drop, wait, connection).unref()
    idle.push({ name: nameOf(origin), connection, timer })
  }

  /** Nothing happens to one that is at work. */
  function drop(connection: LentConnection): void {
    taken(idle.findIndex((entry) => entry.connection === connection))?.socket.destroy()
  }

  /** @param index -1: none. */
  function taken(index: number): LentConnection | null {
    const entry = idle[index]
    if (entry === undefined) return null
    idle.splice(index, 1)
    clearTimeout(entry.timer)
    return entry.connection
  }

  function takeIdle(origin: Origin): LentConnection | null {
    const name = nameOf(origin)
    for (;;) {
      const connection = taken(idle.findLastIndex((entry) => entry.name === name))
      if (connection === null) return null
      // Bytes that nobody asked for would be taken for the next answer.
      if (connection.rest()) return connection
      connection.socket.destroy()
    }
  }

  return {
    takeIdle,
    connect,
    keep,
    close() {
      for (const { socket } of open) socket.destroy()
    },
  }
}
