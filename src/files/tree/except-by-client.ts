import { abortedError } from '../../storage/abortable.ts'

/** A signal that follows another, but for what the client says: past its turning point an operation is only finished. */
export function exceptByClient(signal: AbortSignal | undefined): { readonly signal: AbortSignal; close(): void } {
  const own = new AbortController()
  const follow = () => {
    const reason = signal === undefined ? null : abortedError(signal)
    if (reason?.code !== 'aborted') own.abort(reason)
  }
  if (signal?.aborted === true) follow()
  else signal?.addEventListener('abort', follow, { once: true })
  return { signal: own.signal, close: () => signal?.removeEventListener('abort', follow) }
}
