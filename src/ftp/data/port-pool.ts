import net from 'node:net'
import { GatewayError } from '../../core/errors.ts'

/** The ports passive clients may be sent to. */
export interface PortPool {
  /**
   * Listens on a port of the range, drawn at random, on the address. Sockets come paused, half-open, without delay.
   * @throws GatewayError 'data-connection-refused', at once, when no port is free or the address cannot be used.
   */
  listen(address: string): Promise<PassivePort>
}

export interface PassivePort {
  readonly server: net.Server
  readonly port: number
  /** Gives the port back. Connections live on. */
  close(): void
}

export interface PortPoolOptions {
  /** 1–65535, both ends belong to it; or 0 and 0: the system draws from its own range. */
  readonly first: number
  readonly last: number
  /** A number from 0 up to 1. Whoever can foretell it can take a client's place. */
  readonly random: () => number
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** Only the owner comes to a passive port, but strangers that flood it must not keep the owner waiting. */
const backlog = 64

/** How long a port that was in use is tried only after all others: as long as a closed connection keeps it. */
const restMilliseconds = 60_000

/** The kernel is the arbiter: other processes draw from the same range. */
export function portPool({ now, ...range }: PortPoolOptions): PortPool {
  const held = new Set<number>()
  /** Ports that were in use, and until when they rest. */
  const resting = new Map<number, number>()

  async function tryPort(port: number, address: string): Promise<PassivePort | null> {
    if (held.has(port)) return null
    if (port !== 0) held.add(port)
    const server = await tryListening(port, address).finally(() => held.delete(port))
    if (server === 'in-use') {
      resting.set(port, now() + restMilliseconds)
      return null
    }
    resting.delete(port)
    const bound = port === 0 ? (server.address() as net.AddressInfo).port : port
    held.add(bound)
    const close = () => {
      if (!server.listening) return
      held.delete(bound)
      server.close()
    }
    return { server, port: bound, close }
  }

  return {
    async listen(address) {
      const started = now()
      const later: number[] = []
      for (const port of shuffled(range)) {
        if ((resting.get(port) ?? 0) > started) later.push(port)
        else {
          const opened = await tryPort(port, address)
          if (opened !== null) return opened
        }
      }
      for (const port of later) {
        const opened = await tryPort(port, address)
        if (opened !== null) return opened
      }
      throw new GatewayError('data-connection-refused', 'No passive port is free; try again later.')
    },
  }
}

/** Each port of the range once; costs as much as is asked for, however long the range. */
function* shuffled({ first, last, random }: Omit<PortPoolOptions, 'now'>): Iterable<number> {
  const moved = new Map<number, number>()
  for (let left = last - first + 1; left > 0; left--) {
    const drawn = Math.floor(random() * left)
    yield first + (moved.get(drawn) ?? drawn)
    moved.set(drawn, moved.get(left - 1) ?? left - 1)
  }
}

function tryListening(port: number, host: string): Promise<net.Server | 'in-use'> {
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true })
  return new Promise((resolve, reject) => {
    let isListening = false
    server.on('error', (error: NodeJS.ErrnoException) => {
      // Later ones tell of a connection that could not be taken; its client tries again or gives up.
      if (isListening) return
      // EACCES: a port the system keeps for itself, inside the range.
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve('in-use')
      else reject(new GatewayError('data-connection-refused', 'No passive port can be opened.', { cause: error }))
    })
    server.listen({ port, host, backlog, exclusive: true }, () => {
      isListening = true
      resolve(server)
    })
  })
}
