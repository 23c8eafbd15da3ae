import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  formatTimestamp,
  parseMdtmArgument,
  parseMfmt,
  parseSiteUtime,
  parseTimestamp,
} from '../../../src/ftp/wire/times.ts'
import { anyText } from './any-text.ts'

const at = (iso: string) => new Date(iso)
const validTime = fc.date({ min: at('1970-01-01T00:00:00Z'), max: at('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
const notTimes = [
  ['20230230000000', '30 February'],
  ['20230229000000', '29 February of a common year'],
  ['19000229000000', 'before 1970'],
  ['20230001000000', 'month 0'],
  ['20231301000000', 'month 13'],
  ['20230100000000', 'day 0'],
  ['20230132000000', 'day 32'],
  ['20230101240000', 'hour 24'],
  ['20230101006000', 'minute 60'],
  ['20161231235960', 'a leap second'],
  ['00000101000000', 'year 0'],
  ['19691231235959', 'the last second before'],
] as const

test('times are UTC, whole seconds, rounded down', () => {
  assert.equal(formatTimestamp(at('2026-11-21T13:40:00.999Z')), '20261121134000')
  assert.equal(formatTimestamp(at('1970-01-01T00:00:00Z')), '19700101000000')
})

test('times that 14 digits cannot tell are moved to the nearest that they can', () => {
  assert.equal(formatTimestamp(at('1969-12-31T23:59:59Z')), '19700101000000')
  assert.equal(formatTimestamp(new Date(8.64e15)), '99991231235959')
})

test('14 digits are a time; a fraction counts to the millisecond', () => {
  assert.deepEqual(parseTimestamp('20240229235959'), at('2024-02-29T23:59:59Z'))
  assert.deepEqual(parseTimestamp('20240229235959.1'), at('2024-02-29T23:59:59.100Z'))
  assert.deepEqual(parseTimestamp('20240229235959.123999'), at('2024-02-29T23:59:59.123Z'))
  assert.deepEqual(parseTimestamp('99991231235959.999'), at('9999-12-31T23:59:59.999Z'))
})

test('what is not in the calendar is no time', () => {
  for (const [text, why] of notTimes) assert.equal(parseTimestamp(text), null, why)
})

test('anything but digits is no time', () => {
  const texts = ['', '2024', '2024022923595', '202402292359590', '2024-02-29', '20240229235959.', '20240229235959,5']
  for (const text of [
    ...texts,
    ' 20240229235959',
    '20240229235959 ',
    '+0240229235959',
    '２０240229235959',
    '20240229235959\n',
  ])
    assert.equal(parseTimestamp(text), null, JSON.stringify(text))
})

test('every second from 1970 to 9999 goes both ways', () => {
  fc.assert(
    fc.property(validTime, (time) => {
      const seconds = Math.floor(time.getTime() / 1000) * 1000
      assert.equal(parseTimestamp(formatTimestamp(time))?.getTime(), seconds)
      const fraction = `${time.getUTCMilliseconds()}`.padStart(3, '0')
      assert.deepEqual(parseTimestamp(`${formatTimestamp(time)}.${fraction}`), time)
    }),
  )
})

test('14 digits are a time exactly when they name a moment that exists', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9]{14}$/), (digits) => {
      const parsed = parseTimestamp(digits)
      if (parsed !== null) assert.equal(formatTimestamp(parsed), digits)
    }),
  )
})

test('MFMT has a time and a path, blanks and all', () => {
  assert.deepEqual(parseMfmt('20190704081500 old plan.txt'), { time: at('2019-07-04T08:15:00Z'), path: 'old plan.txt' })
  assert.deepEqual(parseMfmt('20190704081500  x')?.path, ' x')
  for (const text of [
    '',
    'x',
    '20190704081500',
    '20190704081500 ',
    '20190230081500 x',
    '2019070408150 x',
    ' 20190704081500 x',
  ])
    assert.equal(parseMfmt(text), null, text)
})

test('MDTM asks for a path, unless a time stands before it', () => {
  for (const path of [
    'a b',
    '20190704081500',
    '20190704081500.txt',
    '20190704081500 ',
    '2019070408150 x',
    ' 20190704081500 x',
  ])
    assert.deepEqual(parseMdtmArgument(path), { path, setting: null })
})

test('MDTM with a time can be read both ways', () => {
  const text = '20190704081500 a b'
  assert.deepEqual(parseMdtmArgument(text), { path: text, setting: { time: at('2019-07-04T08:15:00Z'), path: 'a b' } })
  assert.equal(parseMdtmArgument('20190704081500.5 x').setting?.time?.getUTCMilliseconds(), 500)
})

test('MDTM with 14 digits that are no time says so', () => {
  assert.deepEqual(parseMdtmArgument('20190230081500 x').setting, { time: null, path: 'x' })
})

test('SITE UTIME has a time and a path', () => {
  assert.deepEqual(parseSiteUtime('20190704081501 a b'), { time: at('2019-07-04T08:15:01Z'), path: 'a b' })
  assert.deepEqual(parseSiteUtime('201907040815 a'), { time: at('2019-07-04T08:15:00Z'), path: 'a' })
  assert.deepEqual(parseSiteUtime('20190704 a'), { time: at('2019-07-04T00:00:00Z'), path: 'a' })
})

test('SITE UTIME with three times takes the second, and the path may hold blanks', () => {
  const text = 'a b 20190704081500 20190704081501 20190704081502 UTC'
  assert.deepEqual(parseSiteUtime(text), { time: at('2019-07-04T08:15:01Z'), path: 'a b' })
  assert.deepEqual(parseSiteUtime(`20190101000000 ${text}`)?.path, '20190101000000 a b')
})

test('SITE UTIME refuses what is no time', () => {
  const texts = [
    '',
    'a',
    '20190704',
    '20190704 ',
    '20190230 a',
    '201907041 a',
    'today a',
    '2019070408150100 a',
    '2019 a',
  ]
  for (const text of [
    ...texts,
    'a 20190704081500 20190230081501 20190704081502 UTC',
    'a 20190704081500 20190704081501 UTC',
  ])
    assert.equal(parseSiteUtime(text), null, text)
})

test('both forms of SITE UTIME carry any path', () => {
  const path = anyText({ minLength: 1 }).filter((text) => !/[\0\r\n]| UTC$/.test(text))
  fc.assert(
    fc.property(validTime, path, (time, name) => {
      const stamp = formatTimestamp(time)
      const expected = { time: parseTimestamp(stamp), path: name }
      assert.deepEqual(parseSiteUtime(`${stamp} ${name}`), expected)
      assert.deepEqual(parseSiteUtime(`${name} 20000101000000 ${stamp} 20000101000000 UTC`), expected)
      assert.deepEqual(parseMfmt(`${stamp} ${name}`), expected)
      assert.deepEqual(parseMdtmArgument(`${stamp} ${name}`).setting, expected)
    }),
  )
})

test('no text makes a parser throw', () => {
  const text = fc.oneof(anyText(), fc.stringMatching(/^[0-9]{8,14} [0-9 ]*(?: UTC)?$/))
  fc.assert(
    fc.property(text, (input) => {
      assert.equal(parseMdtmArgument(input).path, input)
      for (const parsed of [parseMfmt(input), parseSiteUtime(input)]) assert.notEqual(parsed?.path, '')
      parseTimestamp(input)
    }),
  )
})
