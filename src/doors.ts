import type net from 'node:net'
import { admission, type Slot } from './ftp/admission.ts'
import { plainAddress } from './ftp/data/addresses.ts'
import type { LimitsOptions } from './ftp/limits-options.ts'
import type { ListenerOptions } from './ftp/listener-options.ts'
import { openPort } from './ftp/open-port.ts'
import { turnAway } from './ftp/server.ts'

/** Takes a client that has found a place; the index is that of its listener. */
export type TakeClient = (socket: net.Socket, listenerIndex: number, slot: Slot) => void

/** The listening ports. */
export interface Doors {
  /** In the order of the listeners. */
  readonly servers: readonly net.Server[]
  /** From now on there is somebody who serves; those that came before are the first. */
  handTo(take: TakeClient): void
  close(): void
}

/**
 * Opens a port for each listener. Clients that come before `handTo` wait, and are not told.
 * @throws GatewayError when a port cannot be opened; none is left open then.
 */
export async function openDoors(listeners: readonly ListenerOptions[], limits: () => LimitsOptions): Promise<Doors> {
  const places = admission(limits)
  const servers: net.Server[] = []
  const early: Parameters<TakeClient>[] = []
  let take: TakeClient = (...client) => void early.push(client)
  const onConnection = (listener: ListenerOptions, index: number) => (socket: net.Socket) => {
    const place = places.admit(plainAddress(socket.remoteAddress ?? ''))
    if (typeof place === 'string') turnAway(socket, listener, place)
    else take(socket, index, place)
  }
  const close = () => {
    for (const server of servers) server.close()
  }
  try {
    for (const [index, listener] of listeners.entries())
      servers.push(await openPort(listener, onConnection(listener, index)))
  } catch (error) {
    close()
    throw error
  }
  return {
    servers,
    handTo(taker) {
      take = taker
      for (const client of early.splice(0)) taker(...client)
    },
    close,
  }
}
