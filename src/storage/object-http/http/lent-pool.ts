import type { Origin } from './http-types.ts'
import { lentConnection, type ConnectOptions, type LentConnection } from './lent-connection.ts'

/** Connections that are kept between requests. */
export interface LentPool {
  /** The one that was used last, for which the store had the least time to close it; null: none is idle. */
  takeIdle(origin: Origin): LentConnection | null
  connect(origin: Origin): LentConnection
  /** Gives one back after a whole answer. */
  keep(origin: Origin, connection: LentConnection): void
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
  readonly drop: () => void
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
    open.add(connection)
    connection.socket.once('close', () => open.delete(connection))
    connection.socket.on('session', (made: Buffer) => sessions.set(name, made))
    return connection
  }

  function keep(origin: Origin, connection: LentConnection): void {
    const { socket } = connection
    connection.served++
    if (idle.length >= options.mostIdleConnections || !connection.rest()) return void socket.destroy()
    const drop = () => {
      forget(entry)
      socket.destroy()
    }
    const timer = setTimeout(drop, options.idleMilliseconds).unref()
    const entry: Idle = { name: nameOf(origin), connection, drop, timer }
    socket.once('end', drop).once('close', drop)
    idle.push(entry)
  }

  function forget(entry: Idle): void {
    const { socket } = entry.connection
    clearTimeout(entry.timer)
    socket.off('end', entry.drop).off('close', entry.drop)
    const index = idle.indexOf(entry)
    if (index >= 0) idle.splice(index, 1)
  }

  function takeIdle(origin: Origin): LentConnection | null {
    for (;;) {
      const entry = idle.findLast(({ name }) => name === nameOf(origin))
      if (entry === undefined) return null
      forget(entry)
      // Bytes that nobody asked for would be taken for the next answer.
      if (entry.connection.rest()) return entry.connection
      entry.connection.socket.destroy()
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
