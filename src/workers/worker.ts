import type net from 'node:net'
import { systemClock } from '../core/clock.ts'
import { toGatewayError } from '../core/errors.ts'
import { startEngine, type Engine, type EngineOptions, type EngineSettings } from '../engine.ts'
import type { Slot } from '../ftp/admission.ts'
import { openReporting, type Reporting } from '../reporting.ts'
import type { ToWorker } from './messages.ts'
import { outbox } from './outbox.ts'
import { remoteCoordinator } from './remote-coordinator.ts'

/**
 * One worker process: serves the clients whose sockets the main process hands over. It ends with the main process, however
 * that ends.
 */
function main(): void {
  const send = outbox((messages) => {
    if (process.connected) process.send?.(messages)
  })
  const coordinator = remoteCoordinator(send)
  const slots = new Map<number, Slot>()
  let engine: Engine | null = null
  let options: EngineOptions | null = null
  let reporting: Reporting | null = null
  let latest: EngineSettings | null = null

  process.on('message', (message: ToWorker, socket?: net.Socket) => {
    if (message.kind === 'answer') coordinator.answer(message.call, message.value)
    else if (message.kind === 'client') take(message.slot, message.listener, socket)
    else if (message.kind === 'drop') slots.get(message.slot)?.onDrop?.()
    else void obey(message)
  })
  // Nothing may go on serving, and holding ports, that nobody watches over.
  process.on('disconnect', () => process.exit(0))
  // The main process decides what a signal to the whole group means.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

  async function obey(message: Exclude<ToWorker, { kind: 'answer' | 'client' | 'drop' }>): Promise<void> {
    if (message.kind === 'start') await start(message.options)
    else if (message.kind === 'settings') apply(message.settings)
    else {
      await engine?.drain(message.milliseconds)
      await engine?.close()
      await reporting?.close()
      send({ kind: 'drained' })
    }
  }

  /** They may come while the engine starts. */
  function apply(settings: EngineSettings): void {
    latest = settings
    engine?.apply(settings)
    reporting?.setLevel(settings.logLevel)
  }

  async function start(given: EngineOptions): Promise<void> {
    options = given
    try {
      const opened = openReporting(given.log, { clock: systemClock, worker: given.owner })
      reporting = opened
      process.on('SIGUSR2', () => opened.reopen())
      engine = await startEngine(given, { ...opened, coordinator })
      if (latest !== null) apply(latest)
      send({ kind: 'ready' })
    } catch (error) {
      const { code, message } = toGatewayError(error)
      send({ kind: 'failed', code, message })
    }
  }

  function take(id: number, listenerIndex: number, socket: net.Socket | undefined): void {
    const listener = options?.listeners[listenerIndex]
    // A client that has gone meanwhile comes without its socket.
    if (socket === undefined || engine === null || listener === undefined) return send({ kind: 'left', slot: id })
    send({ kind: 'taken', slot: id })
    socket.allowHalfOpen = true
    const slot: Slot = {
      onDrop: null,
      authenticated: () => send({ kind: 'authenticated', slot: id }),
      leave() {
        slots.delete(id)
        send({ kind: 'left', slot: id })
      },
    }
    slots.set(id, slot)
    engine.accept(socket, listener, slot)
  }
}

main()
