/** Which way the bytes go, as the client sees it: STOR is an upload; RETR and listings are downloads. */
export type Direction = 'upload' | 'download'

/** A data connection that PASV, EPSV, PORT or EPRT agreed on. Serves one transfer. */
export interface DataAgreement {
  /** The port a passive client shall come to; null for active. */
  readonly port: number | null
  /**
   * Active only: makes the connection, which comes before the 150; the TLS handshake comes after it. `connect` does it where
   * it was not called. @throws GatewayError 'data-connection-refused'; the signal's reason when aborted.
   */
  reach?(signal: AbortSignal): Promise<void>
  /**
   * Waits for (passive) or makes (active) the connection. Called once; the TLS handshake is part of it.
   * @throws GatewayError 'data-connection-refused' when nobody came, only strangers did, or the handshake failed;
   *   'session-not-resumed' when TLS session reuse is required and was not done; the signal's reason when aborted.
   */
  connect(direction: Direction, signal: AbortSignal): Promise<DataChannel>
  /** Gives up port and connection, whatever their state. May be called at any time, and again. */
  close(): void
}

/** One open data connection. Whoever connected it calls `finish` or `destroy`, and only one side of it is used. */
export interface DataChannel {
  /** The TLS version, or null in clear. */
  readonly tlsVersion: string | null
  /**
   * What the client sends, until it ends in whatever way; `ending` then tells how. Chunks are lent. Never throws for what
   * the client does; throws the reason given to `destroy`.
   */
  receive(): AsyncIterable<Uint8Array>
  /** How the bytes ended; null while they flow. */
  readonly ending: Ending | null
  /**
   * Hands the chunk to the system; resolves when the chunk's memory may be used again.
   * @throws GatewayError 'data-connection-lost' when the client is gone or stalls; the reason given to `destroy`.
   */
  send(chunk: Uint8Array): Promise<void>
  /**
   * The proper end: after a download close_notify and FIN, then a short wait for the client's; after an upload our
   * close_notify (and tickets held back) in answer, then FIN.
   * @throws GatewayError 'data-connection-lost' when a download's last bytes could not be delivered.
   */
  finish(): Promise<void>
  /** The hard end: a reset. Pending `receive` and `send` throw the reason. */
  destroy(reason: Error): void
}

/** How the client ended an upload's bytes. */
export type Ending =
  /** TLS close_notify. */
  | 'close-notify'
  /** FIN in clear. */
  | 'fin'
  /** FIN inside TLS, without close_notify. */
  | 'bare-fin'
  /** Reset, or another socket error, before the end. */
  | 'reset'
  /** No byte for longer than the data time-out. */
  | 'stalled'
  /** Bytes that are no TLS, where TLS was agreed; or a TLS alert, a broken record. */
  | 'tls-error'
