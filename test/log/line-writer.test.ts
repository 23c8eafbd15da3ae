import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { lineWriter } from '../../src/log/line-writer.ts'
import type { Output } from '../../src/log/output.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

test('lines are appended in order, each whole', async (t) => {
  const file = join(temporaryFolder(t), 'a.log')
  const writer = lineWriter({ to: file })
  const lines = Array.from({ length: 5000 }, (_, at) => `${at} ${'ä'.repeat(at % 50)}`)
  for (const line of lines) writer.write(line)
  await writer.close(5000)
  assert.equal(readFileSync(file, 'utf8'), `${lines.join('\n')}\n`)
  assert.equal(writer.lostLines(), 0)
  const again = lineWriter({ to: file })
  again.write('more')
  await again.close(5000)
  assert.equal(readFileSync(file, 'utf8').split('\n').at(-2), 'more')
  assert.equal(statSync(file).mode & 0o137, 0)
})

test('after a file was moved away, lines go to a new one', async (t) => {
  const folder = temporaryFolder(t)
  const [file, old] = [join(folder, 'a.log'), join(folder, 'a.log.1')]
  const writer = lineWriter({ to: file })
  writer.write('first')
  while (readFileSync(file, 'utf8') === '') await new Promise(setImmediate)
  renameSync(file, old)
  writer.reopen()
  writer.write('second')
  await writer.close(5000)
  assert.equal(readFileSync(old, 'utf8'), 'first\n')
  assert.equal(readFileSync(file, 'utf8'), 'second\n')
})

test('a file that cannot be opened is an error at the start', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'file'), '')
  assert.throws(() => lineWriter({ to: join(folder, 'file', 'a.log') }), { code: 'EEXIST' })
  assert.throws(() => lineWriter({ to: folder }), { code: 'EISDIR' })
})

test('the folder of a file is made when it is missing, also when it is opened again', async (t) => {
  const folder = join(temporaryFolder(t), 'var', 'log')
  const file = join(folder, 'a.log')
  const writer = lineWriter({ to: file })
  writer.write('first')
  while (readFileSync(file, 'utf8') === '') await new Promise(setImmediate)
  renameSync(folder, `${folder}.old`)
  writer.reopen()
  writer.write('second')
  await writer.close(5000)
  assert.equal(readFileSync(file, 'utf8'), 'second\n')
})

test('a full disk loses lines and counts them, and stops nothing', { skip: noFullDisk() }, async () => {
  const writer = lineWriter({ to: '/dev/full' })
  for (let at = 0; at < 10; at++) writer.write('x')
  await writer.close(100)
  assert.equal(writer.lostLines(), 10)
})

test('an output that never takes anything blocks nobody: the queue is bounded, the rest is lost and counted', async () => {
  const writer = lineWriter({ to: outputThat(() => new Promise(() => {})), queueLength: 100_000 })
  for (let at = 0; at < 1000; at++) writer.write('x'.repeat(999))
  assert.ok(writer.lostLines() >= 830 && writer.lostLines() < 1000)
  await writer.close(10)
})

test('a line that was cut by an error is ended before the next one begins', async () => {
  let written = ''
  const steps = [3, new Error('full'), 100]
  const output = outputThat(async (bytes) => {
    const step = steps.shift() ?? 100
    if (typeof step !== 'number') throw step
    written += bytes.toString().slice(0, step)
    return Math.min(step, bytes.length)
  })
  const writer = lineWriter({ to: output })
  writer.write('first')
  writer.write('second')
  await writer.close(5000)
  assert.equal(written, 'fir\nsecond\n')
  assert.equal(writer.lostLines(), 1)
})

test('a reader that went away ends the writing, and all lines from then on are lost', async () => {
  const writer = lineWriter({
    to: outputThat(() => Promise.reject(Object.assign(new Error('gone'), { code: 'EPIPE' }))),
  })
  writer.write('one')
  await new Promise(setImmediate)
  writer.write('two')
  await writer.close(5000)
  assert.equal(writer.lostLines(), 2)
})

for (const kind of ['socket', 'pipe'] as const)
  test(`a process whose ${kind} nobody reads can still exit`, async (t) => {
    const program = `import { openLog } from '${new URL('../../src/log/open-log.ts', import.meta.url).href}'
const clock = { now: () => new Date(), monotonic: () => 0 }
const log = openLog({ level: 'info', format: 'json', file: null, clock, isTerminal: false, isColoured: false })
for (let at = 0; at < 1000; at++) log.logger.info('x'.repeat(999))
await log.close()
process.exit(7)`
    const args = ['--input-type=module-typescript', '-e', program]
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', kind === 'pipe' ? unreadPipe(t) : 'pipe', 'inherit'],
    })
    t.after(() => child.kill('SIGKILL'))
    child.stdout?.pause()
    const [status] = (await once(child, 'exit')) as [number]
    assert.equal(status, 7)
  })

/** The writing end of a pipe; what spawn calls a pipe is a socket. */
function unreadPipe(t: TestContext): number {
  const path = join(temporaryFolder(t), 'pipe')
  const makePipe = 'mkfifo'
  execFileSync(makePipe, [path])
  const ends = [openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), openSync(path, 'w')] as const
  t.after(() => ends.forEach((end) => closeSync(end)))
  return ends[1]
}

function outputThat(write: (bytes: Buffer) => Promise<number>): Output {
  return { write, reopen: async () => {}, close: async () => {} }
}

function noFullDisk(): string | false {
  try {
    statSync('/dev/full')
    return false
  } catch {
    return 'there is no /dev/full here'
  }
}
