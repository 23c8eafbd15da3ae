import { isGatewayError } from '../../core/errors.ts'

interface SystemError extends Error {
  readonly code: string
  readonly address?: string
  readonly port?: number
  readonly path?: string
}

/** One sentence for a person on why the gateway did not start. */
export function startErrorSentence(error: unknown): string {
  const system = systemErrorIn(error)
  if (system === null) return error instanceof Error ? error.message : String(error)
  const { code, address, port, path } = system
  const place = `Port ${port ?? '?'}${address === undefined ? '' : ` of ${address}`}`
  if (code === 'EADDRINUSE') return `${place} is in use by another program.`
  if (code === 'EADDRNOTAVAIL') return `${place} cannot be opened: this machine does not have that address.`
  if (code === 'EACCES' && port !== undefined) return `${place} may not be opened by this user.`
  if (path !== undefined) return `${path} cannot be used: ${code}.`
  return isGatewayError(error) ? `${error.message} (${code})` : system.message
}

/** What the system said, behind any number of causes. */
function systemErrorIn(error: unknown): SystemError | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++)
    if ('syscall' in at && 'code' in at && typeof at.code === 'string') return at as SystemError
  return null
}
