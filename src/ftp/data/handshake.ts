import type tls from 'node:tls'

export interface HandshakeOptions {
  readonly milliseconds: number
  /** Ends the waiting; the result is then its reason. */
  readonly signal?: AbortSignal | undefined
  /** Calls when the connection below has ended, which the TLS engine may not notice; at once when it has already. */
  readonly whenEnded?: (tell: () => void) => void
}

/** Waits until the TLS connection is secure. Null when it is; else what went wrong. Destroys nothing. */
export function handshake(secured: tls.TLSSocket, options: HandshakeOptions): Promise<Error | null> {
  if (secured.destroyed) return Promise.resolve(new Error('closed before the handshake'))
  if (secured.getFinished() !== undefined && secured.getPeerFinished() !== undefined) return Promise.resolve(null)
  return new Promise((resolve) => {
    const settle = (result: Error | null) => {
      clearTimeout(deadline)
      options.signal?.removeEventListener('abort', onAbort)
      for (const [event, listener] of listeners) secured.removeListener(event, listener)
      resolve(result)
    }
    const onAbort = () => settle(options.signal?.reason as Error)
    const onEnd = () => settle(new Error('closed during the handshake'))
    const listeners: readonly (readonly [string, (error?: Error) => void])[] = [
      ['secure', () => settle(null)],
      ['_tlsError', (error) => settle(error ?? null)],
      ['end', onEnd],
      ['close', onEnd],
    ]
    for (const [event, listener] of listeners) secured.on(event, listener)
    const deadline = setTimeout(() => settle(new Error('handshake timed out')), options.milliseconds)
    options.signal?.addEventListener('abort', onAbort)
    if (options.signal?.aborted) onAbort()
    options.whenEnded?.(onEnd)
  })
}
