// Takes the state directory, or says why not, and waits for its end.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { lockState } from '../../src/state/instance.ts'

const [, , directory = ''] = process.argv
try {
  lockState(directory)
  // Nobody holds on to the lock here; it must last all the same.
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  console.log('mine')
  setInterval(() => {}, 60_000)
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
}
