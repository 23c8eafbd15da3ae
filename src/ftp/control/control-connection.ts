import type net from 'node:net'
import type tls from 'node:tls'
import { GatewayError } from '../../core/errors.ts'
import { findCommand } from '../commands/index.ts'
import type { Afterwards, Said } from '../commands/define.ts'
import type { SessionTls } from '../data/session-tls.ts'
import { replyProfiles, type ReplyProfile } from '../session/reply-profile.ts'
import { looksForeign, parseCommandLine } from '../wire/command-line.ts'
import { lineSplitter, type ControlLine, type LineSplitter } from '../wire/line-splitter.ts'
import { formatReply, type Reply } from '../wire/reply.ts'
import type { ControlOptions } from './control-options.ts'
import { idleTimer, type IdleTimer } from './idle-timer.ts'
import { refusalAfter, refusalBefore } from './refusals.ts'
import { sessionContext, type LiveContext } from './live-context.ts'
import { interrupt, newTurn, signalOf, type Turn } from './turns.ts'

/** How long a farewell may take to reach the client before the socket is destroyed. */
const farewellMilliseconds = 5_000

/** Commands are cut out of this much at a time: a single read may hold tens of thousands, each far larger as a turn. */
const sliceBytes = 256

/** The same for a stranger that had to make room. */
const droppedMilliseconds = 250

/**
 * One client, from greeting to goodbye: reads lines, gives commands their turns, writes their replies. The only place that
 * holds the control socket, and the only one that catches what commands throw.
 */
export class ControlConnection {
  readonly #options: ControlOptions
  readonly #profile: ReplyProfile
  readonly #splitter: LineSplitter
  readonly #context: LiveContext
  readonly #waiting: Turn[] = []
  readonly #idle: IdleTimer
  #socket: net.Socket | tls.TLSSocket
  #running: Turn | null = null
  #isPumping = false
  #isFirstLine = true
  /** The client has sent its FIN. */
  #isEnded = false
  #isClosed = false
  #isDraining = false
  /** Goodbye was said, or need not be: what still comes, in the same packet too, is nobody's command. */
  #isDeaf = false
  #loginDeadline: NodeJS.Timeout | null = null
  #onData: (chunk: Uint8Array) => void = (chunk) => this.#read(chunk)

  constructor(options: ControlOptions) {
    const { services, listener, socket } = options
    const limits = services.limits()
    this.#options = options
    this.#socket = socket
    this.#profile = replyProfiles[listener.replies]
    this.#splitter = lineSplitter({ maxLineBytes: limits.commandLineBytes })
    this.#awaitLogin()
    this.#idle = idleTimer({
      milliseconds: limits.idleTimeout,
      isBusy: () => this.#running !== null,
      onIdle: () => this.#farewell(this.#profile.say.idleTimeout()),
    })
    this.#context = sessionContext(options, {
      say: this.#profile.say,
      isSecure: () => 'encrypted' in this.#socket,
      serverName: () => ('servername' in this.#socket ? this.#socket.servername || null : null),
      isAlive: () => !this.#isEnded && !this.#isClosed,
      signal: () => (this.#running === null ? AbortSignal.abort(lost()) : signalOf(this.#running)),
      takeInterrupted: () => this.#running?.interrupts.some(({ wasInterrupted }) => wasInterrupted) === true,
      setIdleMilliseconds: (milliseconds) => this.#idle.setMilliseconds(milliseconds),
      onLogin: () => {
        if (this.#loginDeadline !== null) clearTimeout(this.#loginDeadline)
        this.#loginDeadline = null
        options.onLogin()
      },
      onLogout: () => this.#awaitLogin(),
    })
  }

  /** Greets the client, on implicit listeners after the handshake. */
  async start(): Promise<void> {
    const { listener, tls } = this.#options
    this.#watch(this.#socket)
    if (listener.tls === 'implicit' && !(await this.#secure(tls))) return
    this.#write(this.#profile.say.greeting(listener.banner))
    this.#listen()
  }

  /** Whether bytes move. */
  get isTransferring(): boolean {
    return this.#running?.command?.usesData === true
  }

  /** Says goodbye at once, or after the transfer that runs. */
  drain(): void {
    this.#isDraining = true
    if (!this.isTransferring) this.#farewell(this.#profile.say.shuttingDown())
  }

  /** Ends whatever runs and says goodbye. */
  end(): void {
    this.#isDraining = true
    if (this.#running === null) this.#farewell(this.#profile.say.shuttingDown())
    else this.#abortRunning(() => new GatewayError('shutting-down', 'The server is going down.'))
  }

  /** Too many strangers: this one has waited longest. */
  dropUnauthenticated(): void {
    this.#farewell(this.#profile.say.tooManySessions())
    // Its place is another's already, so what it holds may not outlive it by much.
    const socket = this.#socket
    setTimeout(() => socket.destroy(), droppedMilliseconds).unref()
  }

  /** From now on the client has so long to log in, whatever it sends. */
  #awaitLogin(): void {
    const limits = this.#options.services.limits()
    this.#loginDeadline ??= setTimeout(() => this.#farewell(this.#profile.say.loginTimeout()), limits.loginTimeout)
  }

  #watch(socket: net.Socket): void {
    socket.on('error', (error) => {
      this.#options.logger.debug('control connection failed', { error })
    })
    socket.on('close', () => this.#closed())
  }

  #listen(): void {
    this.#socket.on('data', this.#onData)
    this.#socket.on('end', () => this.#ended())
    // Accepted sockets come paused, so that a worker process or the TLS engine can be the first to read them.
    this.#socket.resume()
  }

  async #secure(tls: SessionTls | null): Promise<boolean> {
    const raw = this.#socket
    raw.removeAllListeners('data')
    raw.removeAllListeners('end')
    this.#splitter.clear()
    this.#waiting.length = 0
    if (tls === null) {
      raw.destroy()
      return false
    }
    try {
      const { handshakeTimeout } = this.#options.services.limits()
      const secured = await tls.startControl(raw, { handshakeMilliseconds: handshakeTimeout })
      if (this.#isClosed) {
        secured.destroy()
        return false
      }
      this.#socket = secured
      this.#watch(secured)
      return true
    } catch (error) {
      this.#options.logger.info('TLS handshake failed', { error })
      raw.destroy()
      return false
    }
  }

  #read(chunk: Uint8Array): void {
    this.#idle.touch()
    const most = this.#options.services.limits().queuedCommands
    let read = 0
    while (read < chunk.length && this.#waiting.length < most) {
      for (const line of this.#splitter.push(chunk.subarray(read, read + sliceBytes))) {
        if (this.#isClosed || this.#isDeaf) return
        this.#line(line)
      }
      read += sliceBytes
    }
    const urgent = this.#splitter.pendingUrgentLine()
    if (urgent !== null) {
      this.#splitter.takePending()
      this.#command(urgent)
    }
    if (this.#waiting.length >= most) this.#socket.pause()
    if (read < chunk.length && !this.#socket.destroyed) this.#socket.unshift(chunk.subarray(read))
    this.#pump()
  }

  #line(line: ControlLine): void {
    const { say } = this.#profile
    if (this.#isFirstLine) {
      this.#isFirstLine = false
      if (line.kind !== 'endless' && looksForeign(line.kind === 'line' ? line.bytes : line.start)) {
        this.#isDeaf = true
        this.#options.logger.info('not an FTP client')
        this.#socket.destroy()
        return
      }
    }
    if (line.kind === 'endless') this.#farewell(say.endlessLine())
    else if (line.kind === 'too-long') this.#refuse(say.lineTooLong(), '')
    else this.#command(line.bytes)
  }

  #command(bytes: Uint8Array): void {
    const parsed = parseCommandLine(bytes, this.#context.codec.decode)
    if (parsed.kind === 'refused')
      return this.#refuse(this.#profile.say.refusedLine(parsed.code, parsed.sentence), parsed.verb ?? '')
    const { verb, text, raw } = parsed
    const command = findCommand(verb) ?? null
    const turn = newTurn({ verb, command, text, raw })
    if (command?.turn === 'interrupt' && this.#context.state.account !== null)
      interrupt(turn, this.#running, this.#waiting)
    if (this.#mayCutIn(turn)) void this.#take(turn)
    else this.#waiting.push(turn)
  }

  /** NOOP, STAT and FEAT are answered while bytes or folders move, if nothing else waits before them. */
  #mayCutIn({ command, verb, text }: Turn): boolean {
    return (
      command?.turn === 'immediate' &&
      (this.isTransferring || this.#context.state.work !== null) &&
      this.#waiting.length === 0 &&
      !(verb === 'STAT' && text !== null) &&
      this.#socket.writableLength < this.#options.services.limits().queuedReplyBytes
    )
  }

  #refuse(reply: Reply, verb: string): void {
    const refusal = () => this.#write(reply)
    this.#waiting.push(newTurn({ verb, command: null, text: null, raw: new Uint8Array(), refusal }))
  }

  #pump(): void {
    if (this.#isPumping || this.#waiting.length === 0) return
    this.#isPumping = true
    void this.#takeTurns()
  }

  async #takeTurns(): Promise<void> {
    for (let turn = this.#waiting.shift(); turn !== undefined; turn = this.#waiting.shift()) {
      this.#running = turn
      await this.#take(turn)
      this.#running = null
      if (this.#isClosed) break
      if (this.#isDraining) this.#farewell(this.#profile.say.shuttingDown())
      if (this.#socket.writableNeedDrain) await this.#drained()
      if (this.#socket.isPaused() && this.#waiting.length * 2 < this.#options.services.limits().queuedCommands)
        this.#socket.resume()
    }
    this.#isPumping = false
    this.#idle.touch()
    if (this.#isClosed) this.#release()
    else if (this.#isEnded) this.#finish()
  }

  /** Runs one command and writes what it says. The one place that catches. */
  async #take(turn: Turn): Promise<void> {
    const { command, verb, text, raw } = turn
    try {
      if (turn.refusal !== null) return turn.refusal()
      this.#forgetRename(turn)
      const refusal = refusalBefore(turn, this.#profile, this.#context.state.account !== null)
      if (refusal !== null || command === null) return this.#write(refusal ?? this.#profile.say.unknownCommand(verb))
      const replies = command.execute(this.#context, text, raw)
      if (Symbol.asyncIterator in replies) {
        for await (const said of replies) if (!(await this.#say(said))) return
      } else await this.#say(replies instanceof Promise ? await replies : replies)
    } catch (error) {
      this.#write(refusalAfter(turn, error, { profile: this.#profile, logger: this.#options.logger }))
    }
  }

  #forgetRename({ command }: Turn): void {
    if (command?.keepsRename === true) return
    const { state } = this.#context
    state.renameFrom = null
    state.copyFrom = null
  }

  /** Writes what a command yields; false when there is nobody left to write to. */
  async #say(said: Said): Promise<boolean> {
    if ('next' in said) {
      this.#write(said.reply)
      await this.#follow(said.next)
    } else this.#write(said)
    return !this.#isClosed
  }

  async #follow(next: Afterwards): Promise<void> {
    if (next === 'close') return this.#close()
    this.#socket.off('data', this.#onData)
    this.#socket.pause()
    await this.#flushed()
    if (await this.#secure(this.#options.tls)) this.#listen()
  }

  #write(reply: Reply): void {
    if (this.#isClosed || !this.#socket.writable) return
    const text = formatReply(reply)
    this.#options.logger.debug('reply', { code: reply.code })
    this.#socket.write(this.#context.isLegacy ? this.#context.codec.encode(text) : text)
  }

  /** Waits until the client has read its replies; one that does not is left. */
  async #drained(): Promise<void> {
    const timer = setTimeout(() => this.#socket.destroy(), this.#options.services.limits().replyTimeout)
    const socket = this.#socket
    await new Promise<void>((resolve) => {
      socket.once('drain', resolve)
      socket.once('close', () => resolve())
    })
    clearTimeout(timer)
  }

  #flushed(): Promise<void> {
    const socket = this.#socket
    return new Promise((resolve) => {
      if (socket.writableLength === 0 || this.#isClosed) return resolve()
      socket.write('', () => resolve())
      socket.once('close', () => resolve())
    })
  }

  /** A last reply, and the end; what waits is dropped, what runs is ended. */
  #farewell(reply: Reply): void {
    if (this.#isClosed) return
    this.#write(reply)
    this.#abortRunning(lost)
    this.#close()
  }

  #close(): void {
    const socket = this.#socket
    this.#isDeaf = true
    this.#waiting.length = 0
    socket.off('data', this.#onData)
    socket.resume()
    socket.end()
    setTimeout(() => socket.destroy(), farewellMilliseconds).unref()
  }

  /** The client's FIN: what it has asked for is answered, but an upload whose control connection is gone is cut. */
  #ended(): void {
    this.#isEnded = true
    if (this.#context.state.transfer?.direction === 'upload') this.#abortRunning(lost)
    if (!this.#isPumping) this.#finish()
  }

  #finish(): void {
    if (!this.#socket.writableEnded) this.#socket.end()
  }

  /** The reason is made only when there is somebody to tell: an error costs as much as a command. */
  #abortRunning(reason: () => GatewayError): void {
    const turn = this.#running
    if (turn === null) return
    turn.controller ??= new AbortController()
    turn.controller.abort(reason())
  }

  #closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#idle.stop()
    if (this.#loginDeadline !== null) clearTimeout(this.#loginDeadline)
    this.#waiting.length = 0
    this.#abortRunning(lost)
    if (!this.#isPumping) this.#release()
  }

  #release(): void {
    this.#context.release()
    this.#options.tls?.release()
    this.#options.onClosed()
  }
}

function lost(): GatewayError {
  return new GatewayError('data-connection-lost', 'The control connection is gone.')
}
