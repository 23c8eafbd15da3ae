import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { GatewayError } from '../../src/core/errors.ts'
import { openLog, type OpenLogOptions } from '../../src/log/open-log.ts'
import { turnedClock } from '../helpers/turned-clock.ts'

/** Any code units, those of terminals and line ends among them. */
const anyText = fc.array(fc.integer({ min: 0, max: 0x2fff })).map((units) => String.fromCharCode(...units))

function memoryLog(options: Partial<OpenLogOptions> = {}) {
  const lines: string[] = []
  const lost = { lines: 0 }
  const writer = {
    lostLines: () => lost.lines,
    write: (line: string) => void lines.push(line),
    reopen: () => {},
    close: async () => {},
  }
  const log = openLog({
    level: 'debug',
    format: 'json',
    file: null,
    clock: turnedClock(),
    isTerminal: false,
    isColoured: false,
    writer,
    ...options,
  })
  return {
    log,
    logger: log.logger,
    lines,
    lost,
    last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>,
  }
}

test('an event is one line of JSON with time, level as a word, and message', () => {
  const { logger, last } = memoryLog()
  logger.with({ session: 'a1' }).info('Stored.', { bytes: 7, when: new Date(0), big: 5n })
  assert.deepEqual(last(), {
    level: 'info',
    time: '2026-11-20T12:00:00.000Z',
    session: 'a1',
    bytes: 7,
    when: '1970-01-01T00:00:00.000Z',
    big: '5',
    msg: 'Stored.',
  })
})

test('whatever a client names its file, the log stays one printable line', () => {
  const nasty = fc
    .array(
      fc.oneof(
        anyText,
        fc.constantFrom('\n', '\r\n', '\x1b[2J', '\u2028', '\u2029', '\x7f', '\x9b', '\u202e', '"}\n{"level":"error"'),
      ),
    )
    .map((parts) => parts.join(''))
  for (const format of ['json', 'pretty'] as const) {
    const { logger, lines } = memoryLog({ format })
    fc.assert(
      fc.property(nasty, (text) => {
        lines.length = 0
        logger.warn(text, { path: text, nested: { list: [text] }, [text]: 1 })
        assert.equal(lines.length, 1)
        assert.doesNotMatch(lines[0] ?? '', /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/)
        if (format === 'json') assert.equal((JSON.parse(lines[0] ?? '') as { msg: string }).msg, text.toWellFormed())
      }),
    )
  }
})

test('nothing under a secret name is written, at any depth and level', () => {
  const { logger, lines } = memoryLog()
  logger
    .with({ password: 'HIDDEN' })
    .debug('x', { secret: 'HIDDEN', a: { passwordHash: 'HIDDEN', list: [{ token: 'HIDDEN' }] } })
  assert.equal(lines.length, 1)
  assert.ok(!lines[0]?.includes('HIDDEN'))
})

test('an error is written with its code, stack and causes, also one that is its own cause', () => {
  const { logger, last } = memoryLog()
  const inner = Object.assign(new Error('disk'), { code: 'EIO' })
  logger.error('failed', { error: new GatewayError('unavailable', 'Try again.', { cause: inner }) })
  const error = last()['error'] as Record<string, unknown>
  assert.deepEqual([error['code'], error['message']], ['unavailable', 'Try again.'])
  assert.equal((error['cause'] as Record<string, unknown>)['code'], 'EIO')
  const circle: Error = new Error('round')
  circle.cause = circle
  logger.error('failed', { error: circle })
  assert.ok(JSON.stringify(last()).includes('round'))
})

test('the stack of an error is for faults of ours, and for whoever looks closer', () => {
  const { logger, last, log } = memoryLog({ level: 'info' })
  const hasStack = () => 'stack' in (last()['error'] as object)
  logger.error('failed', { error: new Error('ours') })
  assert.equal(hasStack(), true)
  logger.info('refused', { error: new Error('theirs') })
  assert.equal(hasStack(), false)
  log.setLevel('debug')
  logger.info('refused', { error: new Error('theirs') })
  assert.equal(hasStack(), true)
})

test('fields cannot pass for the time, level or message of a line', () => {
  const { logger, last } = memoryLog()
  logger.info('real', { msg: 'false', level: 'error', time: 'never' })
  const { msg, level, msg_, level_ } = last()
  assert.deepEqual([msg, level, msg_, level_], ['real', 'info', 'false', 'error'])
})

test('what is too long or too deep is cut', () => {
  const { logger, lines } = memoryLog()
  const deep: Record<string, unknown> = {}
  deep['self'] = deep
  logger.info('x', { text: 'y'.repeat(1e6), deep, many: Array.from({ length: 1e5 }, (_, at) => at) })
  assert.ok((lines[0] ?? '').length < 20_000)
})

test('the level counts, also when it is changed under loggers that are in use', () => {
  const { log, logger, lines } = memoryLog({ level: 'warn' })
  const child = logger.with({ a: 1 })
  child.info('no')
  log.setLevel('debug')
  child.debug('yes')
  log.setLevel('error')
  child.warn('no')
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { msg: string }).msg),
    ['yes'],
  )
})

test('a gap is told as soon as lines are written again', () => {
  const { logger, lines, lost, log } = memoryLog()
  lost.lines = 3
  logger.info('after')
  logger.info('later')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).map(({ msg, lost }) => [msg, lost]),
    [
      ['after', undefined],
      ['Log lines were lost.', 3],
      ['later', undefined],
    ],
  )
  assert.equal(log.lostLines(), 3)
})

test('pretty is for terminals, and coloured only where colour is wanted', () => {
  const say = (options: Partial<OpenLogOptions>) => {
    const { logger, lines } = memoryLog({ format: 'auto', ...options })
    logger.info('Listening.', { port: 2121, path: '/a b', nested: { a: 1 } })
    return lines[0] ?? ''
  }
  assert.equal(say({ isTerminal: true }), '12:00:00 info  Listening. port=2121 path="/a b" nested={"a":1}')
  assert.ok(say({ isTerminal: true, isColoured: true }).includes('\x1b[36minfo'))
  for (const options of [{}, { isTerminal: true, file: 'x.log' }]) assert.equal(say(options)[0], '{')
})
