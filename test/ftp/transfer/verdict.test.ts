import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../src/core/errors.ts'
import type { Verdict } from '../../../src/core/verdict.ts'
import { judge, type Evidence } from '../../../src/ftp/transfer/verdict.ts'

const whole: Evidence = {
  ending: 'close-notify',
  error: null,
  isAborted: false,
  isControlAlive: true,
  isTolerant: false,
}

const rows: readonly (readonly [string, Partial<Evidence>, Verdict])[] = [
  ['close_notify', {}, 'clean'],
  ['a clear FIN while the control connection stands', { ending: 'fin' }, 'presumed'],
  ['a bare FIN inside TLS', { ending: 'bare-fin' }, 'cut'],
  ['a bare FIN inside TLS from a client known to end so', { ending: 'bare-fin', isTolerant: true }, 'presumed'],
  ['a reset', { ending: 'reset' }, 'cut'],
  ['a reset, tolerant or not', { ending: 'reset', isTolerant: true }, 'cut'],
  ['a stall', { ending: 'stalled' }, 'cut'],
  ['a lost control connection, although the data ended', { ending: 'fin', isControlAlive: false }, 'cut'],
  ['a lost control connection after close_notify', { isControlAlive: false }, 'cut'],
  ['ABOR, although the data ended', { isAborted: true }, 'aborted'],
  ['a file above the limit', { ending: null, error: new GatewayError('too-large', 'x') }, 'rejected'],
  ['a quota that is full', { ending: null, error: new GatewayError('quota-exceeded', 'x') }, 'rejected'],
  ['clear bytes under PROT P', { ending: 'tls-error' }, 'rejected'],
  ['a store that failed', { ending: null, error: new GatewayError('unavailable', 'x') }, 'cut'],
  ['a store that failed although the client had ended', { error: new GatewayError('unavailable', 'x') }, 'cut'],
  ['no data connection at all', { ending: null }, 'cut'],
]

for (const [what, evidence, verdict] of rows)
  test(`${what}: ${verdict}`, () => assert.equal(judge({ ...whole, ...evidence }), verdict))
