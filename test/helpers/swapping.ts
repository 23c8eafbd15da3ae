import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { uncovered } from './uncovered.ts'

/**
 * Another process that puts, in turns and as fast as it can, a folder `d` with a file `f` in it, and a link to `../secrets`
 * in their place; and the same with a file `s/f` and a link to the secret. Returns what stops it and says how often it swapped.
 */
export async function swapping(t: TestContext, directory: string): Promise<() => Promise<number>> {
  const child = spawn(process.execPath, ['-e', program, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: uncovered(),
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return async () => {
    const count = once(child.stdout, 'data')
    child.stdin.end()
    const [text] = (await count) as [Buffer]
    return Number(text)
  }
}

const program = `
const fs = require('node:fs')
process.chdir(process.argv[1])
fs.mkdirSync('s')
fs.writeFileSync('s/f', 'inside')
fs.symlinkSync('../secrets', 'trap')
fs.symlinkSync('../../secrets/f', 's/trap')
let count = 0
let isOver = false
process.stdin.on('end', () => { isOver = true }).resume()
process.stdout.write('ready')
const swap = (at, trap, aside) => { fs.renameSync(at, aside); fs.renameSync(trap, at) }
const back = (at, trap, aside) => { fs.renameSync(at, trap); fs.renameSync(aside, at) }
function turn() {
  for (let i = 0; i < 20; i++) {
    swap('d', 'trap', 'aside'); swap('s/f', 's/trap', 's/aside')
    back('d', 'trap', 'aside'); back('s/f', 's/trap', 's/aside')
    count++
  }
  if (isOver) process.stdout.write(String(count))
  else setImmediate(turn)
}
turn()
`
