import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { bucket as emptyBucket, type Bucket, type VirtualKeys } from './bucket.ts'
import { operationOf, operations } from './operations.ts'
import { errorXml, Refusal, strictEncode, type Incoming, type Outgoing } from './protocol.ts'
import { rules as noRules, type Fault, type Rules } from './rules.ts'
import { checkCos, checkV4, type Secrets } from './signatures.ts'

/**
 * An object store on loopback that is as strict as the real ones, and fails on demand. One bucket, all in memory. `s3` takes
 * Signature Version 4 and bucket names in the path; `cos` takes COS's own signature, and refuses names in the path.
 */
export interface ObjectStoreDouble {
  /** For clients. COS: below it, `bucket.host` leads here too, for those that resolve it to loopback. */
  readonly endpoint: string
  readonly port: number
  readonly bucketName: string
  readonly secrets: Secrets
  readonly bucket: Bucket
  readonly rules: Rules
  /** Everything that was asked, in its order. */
  readonly requests: readonly RecordedRequest[]
  /** Requests begun and neither answered nor cut. */
  readonly open: number
  /** Connections accepted so far. */
  readonly connections: number
  /** Ends all connections that are idle now, as a store does after a while. */
  closeIdle(): void
  /** Ends all connections, also where an answer is under way. */
  breakAll(): void
  /** From now on only these are taken. */
  changeSecrets(secrets: Secrets): void
}

export interface RecordedRequest extends Incoming {
  readonly op: string
  readonly key: string
  readonly at: number
  readonly status: number | null
}

export interface DoubleOptions {
  readonly kind?: 's3' | 'cos'
  readonly bucket?: string
  readonly secrets?: Secrets
  readonly virtualKeys?: VirtualKeys
  /** COS with metadata acceleration. */
  readonly hasDirectories?: boolean
  /** Default: 5 MiB, COS 1 MiB. */
  readonly leastPartBytes?: number
  /** Every header that matters must be signed; default true. */
  readonly strictSignature?: boolean
  readonly now?: () => Date
  readonly random?: () => number
}

export const doubleSecrets: Secrets = { accessKey: 'DOUBLEACCESSKEY', secretKey: 'double/secret+key', token: null }

/** Starts one that does not outlive the test. */
export async function objectStoreDouble(t: TestContext, options: DoubleOptions = {}): Promise<ObjectStoreDouble> {
  const { kind = 's3', now = () => new Date() } = options
  const bucketName = options.bucket ?? (kind === 'cos' ? 'files-1250000000' : 'files')
  const bucket = emptyBucket(options.virtualKeys ?? null)
  const rules = noRules(options.random ?? Math.random)
  const requests: RecordedRequest[] = []
  let secrets = options.secrets ?? doubleSecrets
  let open = 0
  let connections = 0

  async function serve(message: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    open++
    response.once('close', () => open--)
    const request = await read(message)
    if (request === null) return
    const { key, hasKey } = keyOf(request)
    const op = operationOf(request, hasKey)
    const fault = rules.faultFor(op, key)
    const record = { ...request, op, key, at: performance.now(), status: null }
    const index = requests.push(record) - 1
    if (fault?.kind === 'stall') return
    if (fault?.kind === 'drop-connection') return void message.socket.resetAndDestroy()
    if (fault?.kind === 'delay') await wait(fault.milliseconds, undefined, { ref: false })
    const answer = madeUp(fault) ?? answerTo(corrupted(request, fault), { key, op })
    requests[index] = { ...record, status: answer.status }
    if (fault?.kind === 'drop-response') return void message.socket.resetAndDestroy()
    send(response, { answer, fault, method: request.method, now: now() })
  }

  function answerTo(request: Incoming, { key, op }: { key: string; op: string }): Outgoing {
    try {
      checkPlace(request)
      if (kind === 'cos') checkCos(request, secrets, { now: now(), strict: options.strictSignature ?? true })
      else checkV4(request, secrets, now())
      const leastPartBytes = options.leastPartBytes ?? (kind === 'cos' ? 1 : 5) * 1024 ** 2
      const run = operations[op]
      if (run === undefined) throw new Refusal(405, 'MethodNotAllowed')
      return run({
        request,
        bucket,
        key,
        kind,
        name: bucketName,
        now: now(),
        leastPartBytes,
        hasDirectories: options.hasDirectories ?? false,
      })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { status: error.status, body: errorXml(error.code, error.message) }
    }
  }

  /** Where the bucket stands in the request; the key is what is left. */
  function keyOf({ rawPath, headers }: Incoming): { key: string; hasKey: boolean } {
    const isVirtual = headers['host']?.startsWith(`${bucketName}.`) === true
    const inPath = isVirtual ? rawPath.slice(1) : rawPath.slice(strictEncode(bucketName).length + 2)
    return { key: decodeURIComponent(inPath), hasKey: inPath !== '' }
  }

  function checkPlace({ rawPath, headers }: Incoming): void {
    const isVirtual = headers['host']?.startsWith(`${bucketName}.`) === true
    if (kind === 'cos' && !isVirtual) throw new Refusal(403, 'PathStyleDomainForbidden')
    if (!isVirtual && rawPath.split('/')[1] !== strictEncode(bucketName)) throw new Refusal(404, 'NoSuchBucket')
  }

  async function read(message: http.IncomingMessage): Promise<Incoming | null> {
    const pieces: Buffer[] = []
    try {
      for await (const piece of message as AsyncIterable<Buffer>) pieces.push(piece)
    } catch {
      // The client left in the middle of its request: nothing happened.
      return null
    }
    // Through a proxy the whole address stands in the first line.
    const [path = '/', query = ''] = (message.url ?? '/').replace(/^http:\/\/[^/]*/, '').split('?', 2)
    const parameters = new Map(
      query
        .split('&')
        .filter((pair) => pair !== '')
        .map((pair): [string, string] => {
          const [name = '', value = ''] = pair.split('=', 2)
          return [decodeURIComponent(name), decodeURIComponent(value)]
        }),
    )
    const headers = message.headers as Readonly<Record<string, string>>
    return { method: message.method ?? '', rawPath: path, query: parameters, headers, body: Buffer.concat(pieces) }
  }

  const server = http.createServer((message, response) => {
    serve(message, response).catch((error: unknown) => {
      response.statusCode = 500
      response.end(errorXml('DoubleBroken', String(error)))
    })
  })
  server.on('connection', () => connections++)
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo

  return {
    endpoint: kind === 'cos' ? `http://cos.double.test:${port}` : `http://127.0.0.1:${port}`,
    port,
    bucketName,
    get secrets() {
      return secrets
    },
    bucket,
    rules,
    requests,
    get open() {
      return open
    },
    get connections() {
      return connections
    },
    closeIdle: () => server.closeIdleConnections(),
    breakAll: () => server.closeAllConnections(),
    changeSecrets: (changed) => (secrets = changed),
  }
}

function madeUp(fault: Fault | null): Outgoing | null {
  if (fault?.kind === 'foreign')
    return { status: fault.status, headers: { 'x-amz-request-id': '' }, body: '<html></html>' }
  if (fault?.kind === 'answer') return { status: 200, body: fault.body }
  if (fault?.kind !== 'error') return null
  const { status, code, message = code, headers = {}, spaces = 0 } = fault
  return { status, headers, body: ' '.repeat(spaces) + errorXml(code, message) }
}

function corrupted(request: Incoming, fault: Fault | null): Incoming {
  if (fault?.kind !== 'corrupt-request' || request.body.length === 0) return request
  return { ...request, body: flipped(request.body) }
}

function flipped(body: Buffer): Buffer {
  const other = Buffer.from(body)
  const middle = Math.floor(other.length / 2)
  other[middle] = (other[middle] ?? 0) ^ 1
  return other
}

interface Sending {
  readonly answer: Outgoing
  readonly fault: Fault | null
  readonly method: string
  readonly now: Date
}

function send(response: http.ServerResponse, { answer, fault, method, now }: Sending): void {
  if (response.headersSent || response.destroyed) return
  const content = Buffer.from(answer.body ?? '')
  const body = fault?.kind === 'corrupt-response' ? flipped(content) : content
  const headers: Record<string, string> = {
    date: now.toUTCString(),
    'x-amz-request-id': 'double-request',
    'content-length': String(body.length),
    ...answer.headers,
    ...(fault?.kind === 'headers' && fault.headers),
  }
  for (const [name, value] of Object.entries(headers)) if (value === '' && name !== 'content-type') delete headers[name]
  if (answer.status === 204) delete headers['content-length']
  response.writeHead(answer.status, headers)
  if (method === 'HEAD') return void response.end()
  if (fault?.kind !== 'cut-body') return void response.end(body)
  response.write(body.subarray(0, fault.bytes), () => {
    if (fault.ending === 'reset') response.socket?.resetAndDestroy()
  })
}
