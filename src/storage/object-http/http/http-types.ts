/** Where to connect. */
export interface Origin {
  readonly secure: boolean
  readonly hostname: string
  readonly port: number
}

export interface HttpCall {
  readonly origin: Origin
  readonly method: string
  /** Path and query as they are sent, encoded by the caller. */
  readonly target: string
  /** `host` among them; `content-length` is added. */
  readonly headers: Readonly<Record<string, string>>
  /** Sent one after another, kept until the answer is there. */
  readonly body?: readonly Uint8Array[]
  /** Waits for the store's "100 Continue" before the body leaves, at most a second. */
  readonly expectContinue?: boolean
  /** False: it may not be sent a second time unasked. */
  readonly isIdempotent?: boolean
  /** Milliseconds from the end of the body to the head of the answer, for calls that take long. */
  readonly firstByteMilliseconds?: number
  readonly signal?: AbortSignal | undefined
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /**
   * Iterated once. Chunks are lent: each is valid until the next is asked for. @throws StoreError when it ends early or
   * stands still, GatewayError 'aborted'.
   */
  readonly body: AsyncIterable<Uint8Array>
  /** The whole body as UTF-8. @throws as `body` does, and StoreError 'NotUnderstood' when it is longer. */
  text(mostBytes: number): Promise<string>
  /** Lets go of the connection: kept when the body was read to its end, else closed. */
  close(): void
}

export interface HttpTimeouts {
  /** Until a connection stands, TLS included. */
  readonly connectMilliseconds: number
  /** From the end of the body to the head of the answer. */
  readonly firstByteMilliseconds: number
  /** Without a single byte either way while bytes are due. */
  readonly noProgressMilliseconds: number
}

export const defaultTimeouts: HttpTimeouts = {
  connectMilliseconds: 10_000,
  firstByteMilliseconds: 60_000,
  noProgressMilliseconds: 30_000,
}
