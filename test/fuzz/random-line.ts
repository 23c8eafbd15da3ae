import { commands } from '../../src/ftp/commands/index.ts'
import { oneOf, type Chance } from './seeded.ts'

const verbs = commands.flatMap(({ verb, aliases = [] }) => [verb, ...aliases]).filter((verb) => verb !== 'AUTH')
const odd = ['XYZZY', 'GET', '', 'N00P', 'STORE', 'x'.repeat(40), 'NO\tOP', '123', 'Ünicode']

const names = [
  'a',
  'b.txt',
  'dir',
  'dir/c',
  '/',
  '.',
  '..',
  '../../x',
  'a b',
  ' lead',
  '"q"',
  '*',
  '[a',
  '-la',
  '',
  '日本',
  'x;y=z;',
  '~',
  '%2e',
  'dir/',
]

const pieces = [
  ...names,
  ...['0', '1', '-1', '5', '9007199254740991', '9007199254740992', '1e3', '0x10'],
  ...['A', 'I', 'L 8', 'E', 'N', 'F', 'S', 'Z', 'P', 'C', 'ALL', '1', '2'],
  ...['127,0,0,1,200,200', '|1|127.0.0.1|51400|', '|||', '20200101000000', '20200230000000', 'Modify=20200101000000;'],
  ...[
    'UTF8 ON',
    'MLST size;',
    'MLST',
    'HASH MD5',
    'HELP',
    'CHMOD 644',
    'UTIME',
    'CPFR',
    'CPTO',
    'IDLE',
    'SYMLINK',
    'ada',
    'open sesame',
  ],
]

/** A command as a client might send it, or might not. No line feed in it. */
export function randomLine(chance: Chance): string {
  const verb = chance(12) === 0 ? oneOf(chance, odd) : oneOf(chance, verbs)
  const cased = chance(6) === 0 ? verb.toLowerCase() : verb
  const words = Array.from({ length: chance(4) }, () => oneOf(chance, pieces))
  const line = words.length === 0 ? cased : `${cased} ${words.join(' ')}`
  // An empty line has no reply.
  if (line === '') return 'NOOP'
  if (chance(40) === 0) return `${line}${'x'.repeat(9000)}`
  return chance(20) === 0 ? `${line}${String.fromCharCode(chance(9), 127)}` : line
}
