import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { TransferEvent } from '../../src/events/transfer-event.ts'
import { formatTransfer, transferLog } from '../../src/events/transfer-log.ts'

/** Any code units, those of terminals and line ends among them. */
const anyText = fc.array(fc.integer({ min: 0, max: 0x2fff })).map((units) => String.fromCharCode(...units))

const upload: TransferEvent = {
  when: new Date(2026, 10, 1, 3, 4, 5),
  seconds: 2.4,
  address: '203.0.113.7',
  bytes: 40_213,
  path: '/in/price list.txt',
  mode: 'binary',
  direction: 'in',
  account: 'ada',
  isAnonymous: false,
  isComplete: true,
}

test('a transfer is a line of xferlog, as tools that count it expect', () => {
  assert.equal(
    formatTransfer(upload),
    'Sun Nov  1 03:04:05 2026 2 203.0.113.7 40213 /in/price_list.txt b _ i r ada ftp 0 * c',
  )
  const download = {
    ...upload,
    direction: 'out',
    mode: 'ascii',
    isComplete: false,
    isAnonymous: true,
    seconds: 0,
  } as const
  assert.equal(
    formatTransfer(download),
    'Sun Nov  1 03:04:05 2026 1 203.0.113.7 40213 /in/price_list.txt a _ o a ada ftp 0 * i',
  )
  assert.match(formatTransfer({ ...upload, direction: 'delete' }), / b _ d r /)
})

test('whatever a file or account is called, a line has its fourteen fields', () => {
  fc.assert(
    fc.property(anyText, fc.string(), (path, account) => {
      const line = formatTransfer({ ...upload, path, account })
      assert.doesNotMatch(line, /[\r\n\u2028\u2029]/)
      // The time takes five words.
      assert.equal(line.replace('  1', ' 1').split(' ').length, 18)
    }),
  )
})

test('each transfer is written once', () => {
  const lines: string[] = []
  const tell = transferLog({ write: (line) => void lines.push(line) })
  tell(upload)
  tell({ ...upload, bytes: 0 })
  assert.equal(lines.length, 2)
})
