import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { lineSplitter, type ControlLine, type LineSplitterOptions } from '../../../src/ftp/wire/line-splitter.ts'

const ascii = (text: string) => Buffer.from(text, 'latin1')

const shown = (lines: readonly ControlLine[]) =>
  lines.map((line) => (line.kind === 'line' ? Buffer.from(line.bytes).toString('latin1') : `<${line.kind}>`))

/** Everything that comes out when the chunks go in one after another. */
function split(chunks: readonly string[], options?: LineSplitterOptions): string[] {
  const splitter = lineSplitter(options)
  return chunks.flatMap((chunk) => shown(splitter.push(ascii(chunk))))
}

test('a line ends at LF, with or without a CR before it', () => {
  assert.deepEqual(split(['USER ada\r\nNOOP\nQUIT\r\n']), ['USER ada', 'NOOP', 'QUIT'])
})

test('CR, LF and every byte may come alone', () => {
  assert.deepEqual(split('USER ada\r\nNOOP\r\n'.split('')), ['USER ada', 'NOOP'])
  assert.deepEqual(split(['NOOP\r', '\nNO', 'OP', '\r\n']), ['NOOP', 'NOOP'])
})

test('a CR elsewhere ends no line, and only one is taken from the end', () => {
  assert.deepEqual(split(['DELE a\rNOOP\r\r\n']), ['DELE a\rNOOP\r'])
})

test('empty lines vanish', () => {
  assert.deepEqual(split(['\r\n\n\r\nNOOP\r\n\r', '\n']), ['NOOP'])
})

test('Telnet is gone before lines are cut', () => {
  assert.deepEqual(split(['\xff\xf4\xffABOR\r\n', 'DELE \xff', '\xff\r\n', '\xff\xfb\nNOOP\r\n']), [
    'ABOR',
    'DELE \xff',
    'NOOP',
  ])
})

test('a line of 8192 bytes passes, one of 8193 is refused, whichever way it arrives', () => {
  const longest = 'x'.repeat(8192)
  for (const end of ['\n', '\r\n']) {
    assert.deepEqual(split([longest + end]), [longest])
    assert.deepEqual(split([longest, ...end.split('')]), [longest])
    assert.deepEqual(split([`${longest}y${end}NOOP\n`]), ['<too-long>', 'NOOP'])
    assert.deepEqual(split([longest, 'y', end, 'NOOP\n']), ['<too-long>', 'NOOP'])
  }
})

test('too-long tells how the line begins, however it came', () => {
  for (const chunks of [
    ['GET /abcdefghijklmnopqrst'],
    ['G', 'ET /abcdefghijklmnopq'],
    ['GET ', '/', 'abcdefghijklmnopq'],
  ]) {
    const splitter = lineSplitter({ maxLineBytes: 20 })
    const [line] = chunks.flatMap((chunk) => [...splitter.push(ascii(chunk))])
    assert.ok(line?.kind === 'too-long')
    assert.equal(Buffer.from(line.start).toString('latin1'), 'GET /abcdefghijk')
  }
})

test('too-long is told as soon as the limit is passed, and once', () => {
  const splitter = lineSplitter({ maxLineBytes: 4 })
  assert.deepEqual(shown(splitter.push(ascii('abcde'))), ['<too-long>'])
  assert.deepEqual(shown(splitter.push(ascii('more and more'))), [])
  assert.deepEqual(shown(splitter.push(ascii('\r\nOK\r\n'))), ['OK'])
})

test('the rest of a refused line is never a command', () => {
  assert.deepEqual(split(['STOR ', 'x'.repeat(9000), 'DELE all\r\nNOOP\r\n']), ['<too-long>', 'NOOP'])
})

test('64 KiB more without a line end are endless, and nothing follows', () => {
  const kibibyte = 'x'.repeat(1024)
  assert.deepEqual(split([...Array<string>(72).fill(kibibyte), '\nNOOP\n']), ['<too-long>', 'NOOP'])
  assert.deepEqual(split([...Array<string>(73).fill(kibibyte), '\nNOOP\n']), ['<too-long>', '<endless>'])
  assert.deepEqual(split(['x'.repeat(80_000)]), ['<too-long>', '<endless>'])
})

test('Telnet commands without end are endless too', () => {
  assert.deepEqual(split(['\xff\xf1'.repeat(32_769)]), ['<endless>'])
  assert.deepEqual(split(['\xff\xfa', 'x'.repeat(65_536)]), ['<endless>'])
})

test('ABOR, or STAT and a path, and CR alone are complete, in any case', () => {
  const longest = `STAT ${'x'.repeat(507)}\r`
  for (const text of ['ABOR\r', 'AbOr\r', '\xff\xf4\xff\xf2ABOR\r', 'STAT\r', 'stat\r', 'STAT a b\r', longest]) {
    const splitter = lineSplitter()
    assert.deepEqual(splitter.push(ascii(text)), [])
    const line = splitter.pendingUrgentLine()
    assert.equal(line && Buffer.from(line).toString('latin1'), text.replace(/^[^A-Za-z]+/u, '').slice(0, -1))
  }
})

test('anything else that waits is not complete', () => {
  for (const text of [
    '',
    'ABOR',
    'ABOR\r\n',
    ' ABOR\r',
    'ABOR\rx',
    'ABOR \r',
    'xABOR\r',
    'ABOT\r',
    'NOOP\r',
    'STAT',
    'STATx\r',
    'STAT x\ry\r',
    'STAT x\ry',
    `STAT ${'x'.repeat(508)}\r`,
    'LIST x\r',
  ]) {
    const splitter = lineSplitter()
    splitter.push(ascii(text))
    assert.equal(splitter.pendingUrgentLine(), null, JSON.stringify(text))
  }
})

test('a line feed that comes late, after a bare ABOR was taken, is an empty line', () => {
  const splitter = lineSplitter()
  splitter.push(ascii('ABOR\r'))
  splitter.takePending()
  assert.deepEqual(shown(splitter.push(ascii('\nNOOP\r\n'))), ['NOOP'])
})

test('clear forgets half lines, refused lines, Telnet and the end', () => {
  for (const text of ['DELE x', 'x'.repeat(9000), '\xff', '\xff\xfa', 'x'.repeat(80_000)]) {
    const splitter = lineSplitter()
    splitter.push(ascii(text))
    splitter.clear()
    assert.deepEqual(shown(splitter.push(ascii('NOOP\r\n'))), ['NOOP'])
  }
})

test('lines stay what they were when the chunk is used again', () => {
  const splitter = lineSplitter()
  const chunk = ascii('NOOP\r\nDE')
  const lines = splitter.push(chunk)
  chunk.fill(0x58)
  assert.deepEqual(shown(lines), ['NOOP'])
  assert.deepEqual(shown(splitter.push(ascii('LE a\n'))), ['DELE a'])
})

test('where the network cuts the stream changes nothing', () => {
  const piece = fc.oneof(fc.constantFrom('\r', '\n', '\r\n', '\xff', '\xfa', '\xf0', 'NOOP', 'xxxxxxx'), fc.string())
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(200)), (pieces, cuts) => {
      const whole = pieces.join('')
      const options = { maxLineBytes: 12, maxSwallowedBytes: 24 }
      const edges = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length]
      const chunks = edges.slice(1).map((edge, index) => whole.slice(edges[index], edge))
      // Bytes taken out by Telnet are counted where a chunk ends, so their limit is kept out of the way.
      const plain = whole.includes('\xff') ? { maxLineBytes: 12 } : options
      assert.deepEqual(split(chunks, plain), split([whole], plain))
    }),
  )
})

test('lines come out as they went in', () => {
  const line = fc.string({
    minLength: 1,
    maxLength: 50,
    unit: fc.constantFrom(...'abcXYZ 019/._-"~\xe9\t\r\0'.split('')),
  })
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), (lines, end) => {
      const kept = end === '\n' ? lines.map((text) => text.replace(/\r$/, '')).filter((text) => text !== '') : lines
      assert.deepEqual(split([lines.map((text) => text + end).join('')]), kept)
    }),
  )
})
