import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatListLine, type ListedEntry } from '../../../src/ftp/wire/list-lines.ts'
import { anyText } from './any-text.ts'

const now = new Date('2026-11-21T14:00:00Z')
const hour = 3_600_000
const day = 24 * hour

const file: ListedEntry = {
  kind: 'file',
  name: 'price list.txt',
  bytes: 70_244,
  modified: new Date('2024-01-05T09:15:00Z'),
  mode: 0o644,
}

const unknownTime = new Date('2019-03-04T05:06:07Z')
const line = (changes: Partial<ListedEntry>) => formatListLine({ ...file, ...changes }, now, unknownTime)
const dateOf = (milliseconds: number) => line({ modified: new Date(milliseconds) }).slice(-28, -15)

test('a line looks as ls writes it', () => {
  assert.equal(line({}), '-rw-r--r--   1 sluice   sluice        70244 Jan  5  2024 price list.txt')
  const folder = {
    kind: 'directory',
    name: 'reports',
    bytes: 0,
    modified: new Date('2026-11-21T13:40:59Z'),
    mode: 0o755,
  } as const
  assert.equal(line(folder), 'drwxr-xr-x   2 sluice   sluice            0 Nov 21 13:40 reports')
})

test('the hour is shown for the last 182 days and one hour ahead, the year else', () => {
  const at = now.getTime()
  assert.equal(dateOf(at), ' Nov 21 14:00')
  assert.equal(dateOf(at - 182 * day), ' May 23 14:00')
  assert.equal(dateOf(at - 182 * day - 1), ' May 23  2026')
  assert.equal(dateOf(at + hour), ' Nov 21 15:00')
  assert.equal(dateOf(at + hour + 1), ' Nov 21  2026')
})

test('a folder without a time bears the one that stands for all of them', () => {
  assert.equal(line({ modified: null }).slice(-28, -15), ' Mar  4  2019')
})

test('all twelve bits of a mode are shown', () => {
  const modes: Record<string, number> = {
    '----------': 0,
    '-rwxrwxrwx': 0o777,
    '-rwsr-sr-t': 0o7755,
    '-rwSr-Sr-T': 0o7644,
    '-r--r-----': 0o440,
  }
  for (const [text, mode] of Object.entries(modes)) assert.equal(line({ mode }).slice(0, 10), text)
})

test('long owners and sizes widen their columns and never run together', () => {
  const text = line({ owner: 'archive-robot', group: 'the archive', bytes: Number.MAX_SAFE_INTEGER })
  assert.equal(text, '-rw-r--r--   1 archive-robot the_archive 9007199254740991 Jan  5  2024 price list.txt')
})

test('a client that reads columns finds every field again, and the name as it is', () => {
  const entry = fc.record({
    kind: fc.constantFrom('file', 'directory'),
    name: anyText({ minLength: 1 }).filter((name) => !/[\0-\x1f\x7f]/.test(name)),
    bytes: fc.nat(Number.MAX_SAFE_INTEGER),
    modified: fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
    mode: fc.nat(0o7777),
    owner: fc.string({ minLength: 1 }),
  })
  const columns = /^([d-])[-rwxsStT]{9} +[12] +\S+ +sluice +(\d+) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d| \d{4}) (.*)$/su
  fc.assert(
    fc.property(entry, (listed) => {
      const match = columns.exec(formatListLine(listed, now, unknownTime))
      const [, kind, bytes, , dayOfMonth, , name] = match ?? []
      assert.deepEqual(
        [kind, Number(bytes), Number(dayOfMonth), name],
        [listed.kind === 'file' ? '-' : 'd', listed.bytes, listed.modified.getUTCDate(), listed.name],
      )
    }),
  )
})
