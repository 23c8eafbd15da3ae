import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import type { GatewayUnderTest } from './gateway.ts'
import { password, type ListenerKind } from './gateway-configuration.ts'

/** A whole reply, with its lines as they came, without CRLF. */
export interface RawReply {
  readonly code: number
  /** The last line behind its code. */
  readonly text: string
  readonly lines: readonly string[]
}

/** Patience with a server that says nothing: long beside any work it does here. */
const patienceMilliseconds = 15_000

export interface RawClientOptions {
  readonly port: number
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly kind?: ListenerKind
  readonly tls?: tls.ConnectionOptions
  readonly localAddress?: string
  readonly clients?: Set<net.Socket>
}

/** A client that does exactly what it is told, and checks the form of every reply. RFC 959 §4.2. */
export class RawClient {
  readonly port: number
  readonly kind: ListenerKind
  readonly #options: RawClientOptions
  readonly #raw: net.Socket
  #socket: net.Socket
  #buffer = Buffer.alloc(0)
  #lines: string[] = []
  #wake: (() => void) | null = null
  #last = 'the connection'
  isClosed = false
  isReset = false
  session: Buffer | undefined
  /** PROT P. */
  isProtected = false

  constructor(options: RawClientOptions) {
    this.#options = options
    this.port = options.port
    this.kind = options.kind ?? 'none'
    const { localAddress, host = '127.0.0.1' } = options
    this.#raw = net.connect({
      ...{ host, port: options.port, allowHalfOpen: true, noDelay: true },
      ...(localAddress === undefined ? {} : { localAddress }),
    })
    this.#socket = this.#raw
    options.clients?.add(this.#raw)
    if (this.kind !== 'implicit') this.#watch(this.#socket)
    else this.#socket.on('error', () => (this.isReset = true))
  }

  get socket(): net.Socket {
    return this.#socket
  }

  /** Connects; on an implicit listener, in TLS. */
  async open(): Promise<void> {
    if (this.#socket.connecting) await once(this.#socket, 'connect')
    if (this.kind !== 'implicit') return
    await this.handshake()
    this.isProtected = true
  }

  /** Connects, and takes the first reply. */
  async start(): Promise<RawReply> {
    await this.open()
    return await this.reply()
  }

  #watch(socket: net.Socket): void {
    socket.on('error', () => (this.isReset = true))
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#cut()
      this.#wake?.()
    })
    const closed = () => {
      this.isClosed = true
      this.#wake?.()
    }
    socket.on('end', closed)
    socket.on('close', closed)
  }

  #cut(): void {
    for (let end = this.#buffer.indexOf('\n'); end >= 0; end = this.#buffer.indexOf('\n')) {
      const line = this.#buffer.toString('utf8', 0, end + 1)
      this.#buffer = this.#buffer.subarray(end + 1)
      this.#lines.push(line)
    }
  }

  /** Turns the connection into TLS. */
  async handshake(options: tls.ConnectionOptions = {}): Promise<void> {
    const raw = this.#socket
    raw.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close')
    const secured = tls.connect({ socket: raw, rejectUnauthorized: false, ...this.#options.tls, ...options })
    secured.on('session', (session) => (this.session = session))
    this.#watch(secured)
    this.#socket = secured
    await within(once(secured, 'secureConnect'), 'TLS handshake')
    this.session ??= secured.getSession()
  }

  /** Bytes as they are; a string is a line, CRLF added. */
  send(what: string | Uint8Array): void {
    this.#last = typeof what === 'string' ? what : Buffer.from(what).toString('latin1')
    this.#socket.write(typeof what === 'string' ? `${what}\r\n` : what)
  }

  /** One line of the server, with its form checked; null once it has closed. */
  async line(): Promise<string | null> {
    const waited = Date.now()
    while (this.#lines.length === 0 && !this.isClosed) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const timer = setTimeout(resolve, patienceMilliseconds)
      await promise
      clearTimeout(timer)
      this.#wake = null
      if (Date.now() - waited >= patienceMilliseconds && this.#lines.length === 0)
        assert.fail(`no line came after ${JSON.stringify(this.#last)}`)
    }
    const line = this.#lines.shift()
    if (line === undefined) {
      assert.equal(this.#buffer.length, 0, `an unfinished line: ${JSON.stringify(this.#buffer.toString())}`)
      return null
    }
    assert.match(line, /^[^\r\n]*\r\n$/, 'a line ends in CRLF and holds no other CR or LF')
    return line.slice(0, -2)
  }

  /** Passes over the lines up to the last one of this reply. */
  async skipInnerLines(): Promise<void> {
    while (this.#lines.length === 0 || !/^\d{3} /.test(this.#lines[0] ?? '')) {
      const line = await this.line()
      assert.notEqual(line, null, 'the server closed within a reply')
      if (/^\d{3} /.test(line ?? '')) {
        this.#lines.unshift(`${line}\r\n`)
        return
      }
    }
  }

  /** The next whole reply. */
  async reply(): Promise<RawReply> {
    const first = await this.line()
    assert.notEqual(first, null, `the server closed after ${JSON.stringify(this.#last)}`)
    const lines = [first ?? '']
    assert.match(lines[0] ?? '', /^[1-5]\d\d[ -]/, 'a reply begins with a code')
    const code = (lines[0] ?? '').slice(0, 3)
    const isLast = (line: string) => line.startsWith(`${code} `)
    while (!isLast(lines.at(-1) ?? '')) {
      const line = (await this.line()) ?? assert.fail('the server closed within a reply')
      lines.push(line)
      if (!isLast(line)) assert.doesNotMatch(line, /^\d/, 'inner lines never begin with a digit')
    }
    return { code: Number(code), text: (lines.at(-1) ?? '').slice(4), lines }
  }

  async command(line: string | Uint8Array): Promise<RawReply> {
    this.send(line)
    return await this.reply()
  }

  /** Sends lines one after the other; gives the codes of their replies. */
  async codes(...lines: readonly string[]): Promise<number[]> {
    const codes: number[] = []
    for (const line of lines) codes.push((await this.command(line)).code)
    return codes
  }

  async login(name = 'ada', secret = password): Promise<void> {
    assert.equal((await this.command(`USER ${name}`)).code, 331)
    assert.equal((await this.command(`PASS ${secret}`)).code, 230)
  }

  /** AUTH TLS, PBSZ 0, PROT P. */
  async secure(options: tls.ConnectionOptions = {}): Promise<void> {
    assert.equal((await this.command('AUTH TLS')).code, 234)
    await this.handshake(options)
    await this.protect()
  }

  async protect(): Promise<void> {
    assert.deepEqual(await this.codes('PBSZ 0', 'PROT P'), [200, 200])
    this.isProtected = true
  }

  /** Agrees on a data connection by EPSV; gives its port. */
  async passive(): Promise<number> {
    const { code, text } = await this.command('EPSV')
    assert.equal(code, 229, text)
    return Number(/\|\|\|(\d+)\|/.exec(text)?.[1])
  }

  /** Connects to a data port; in TLS under PROT P, resuming the control connection's session. */
  async data(port: number, options: tls.ConnectionOptions & { readonly clear?: boolean } = {}): Promise<net.Socket> {
    const { host = '127.0.0.1' } = this.#options
    const raw = net.connect({ host, port, allowHalfOpen: true, noDelay: true })
    this.#options.clients?.add(raw)
    raw.on('error', () => {})
    await within(once(raw, 'connect'), 'data connection')
    if (!this.isProtected || options.clear === true) return raw
    const { session } = this
    const secured = tls.connect({
      ...{ socket: raw, rejectUnauthorized: false, allowHalfOpen: true },
      ...this.#options.tls,
      ...(session === undefined ? {} : { session }),
      ...options,
    } as tls.ConnectionOptions)
    secured.on('error', () => {})
    await within(once(secured, 'secureConnect'), 'TLS handshake of the data connection')
    return secured
  }

  /** EPSV, a connection, and the command; gives the reply that is to be a 150, and the connection. */
  async transfer(line: string): Promise<{ readonly reply: RawReply; readonly data: net.Socket }> {
    const data = await this.data(await this.passive())
    return { data, reply: await this.command(line) }
  }

  /** Stores bytes; gives the final reply. */
  async upload(line: string, bytes: string | Uint8Array): Promise<RawReply> {
    const { reply, data } = await this.transfer(line)
    if (reply.code !== 150) {
      data.destroy()
      return reply
    }
    data.resume()
    data.end(bytes)
    return await this.reply()
  }

  /** Reads a file or a listing; gives the final reply and what came. */
  async download(line: string): Promise<{ readonly reply: RawReply; readonly bytes: Buffer; readonly ending: Ending }> {
    const { reply, data } = await this.transfer(line)
    if (reply.code !== 150) {
      data.destroy()
      return { reply, bytes: Buffer.alloc(0), ending: 'none' }
    }
    const { bytes, ending } = await readToEnd(data)
    data.destroy()
    return { reply: await this.reply(), bytes, ending }
  }

  /** Waits until the server has closed; gives what it still said. */
  async rest(): Promise<readonly string[]> {
    const lines: string[] = []
    for (let line = await this.line(); line !== null; line = await this.line()) lines.push(line)
    return lines
  }

  /** Breaks the TCP connection, whatever is above it. */
  reset(): void {
    this.#raw.resetAndDestroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

export type Ending = 'none' | 'end' | 'reset'

/** Everything until the other side ends, and how it did. */
export async function readToEnd(socket: net.Socket): Promise<{ readonly bytes: Buffer; readonly ending: Ending }> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.resume()
  const ending = await within(
    new Promise<Ending>((resolve) => {
      if (socket.readableEnded) resolve('end')
      else if (socket.closed) resolve('reset')
      socket.once('end', () => resolve('end'))
      socket.once('close', () => resolve('reset'))
    }),
    'end of data',
  )
  return { bytes: Buffer.concat(chunks), ending }
}

/** Connects and takes the greeting. */
export async function connected(
  gateway: Pick<GatewayUnderTest, 'ports' | 'clients'>,
  kind: ListenerKind = 'none',
  options: Partial<RawClientOptions> = {},
): Promise<RawClient> {
  const client = new RawClient({ port: gateway.ports[kind], kind, clients: gateway.clients, ...options })
  assert.equal((await client.start()).code, 220)
  return client
}

/** Connects, protects what can be, logs in, and sets TYPE I. */
export async function loggedIn(
  gateway: Pick<GatewayUnderTest, 'ports' | 'clients'>,
  kind: ListenerKind = 'none',
  options: Partial<RawClientOptions> & { readonly name?: string } = {},
): Promise<RawClient> {
  const client = await connected(gateway, kind, options)
  if (kind === 'explicit' || kind === 'required') await client.secure()
  await client.login(options.name)
  assert.equal((await client.command('TYPE I')).code, 200)
  return client
}

async function within<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${patienceMilliseconds} ms`)), patienceMilliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
