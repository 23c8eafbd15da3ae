import type { ErrorCode, GatewayError } from '../../core/errors.ts'
import { reply, type Reply } from '../wire/reply.ts'

/** Errors to reply codes: total, so that a new error does not compile without its reply. protocol.md §12. */
const codeFor: Record<ErrorCode, number> = {
  'not-found': 550,
  'already-exists': 550,
  'is-directory': 550,
  'not-directory': 550,
  'directory-not-empty': 550,
  'permission-denied': 550,
  'invalid-path': 553,
  'invalid-restart': 554,
  conflict: 450,
  unsupported: 504,
  'quota-exceeded': 552,
  'too-large': 552,
  'storage-full': 452,
  unavailable: 451,
  corrupted: 451,
  'data-connection-refused': 425,
  'data-connection-lost': 426,
  'session-not-resumed': 522,
  aborted: 426,
  'login-denied': 530,
  'tls-required': 530,
  'too-busy': 450,
  'shutting-down': 421,
  internal: 451,
}

/** The reply for an error that ended a command. */
export function failureReply(error: GatewayError): Reply {
  return reply(codeFor[error.code], error.message)
}
