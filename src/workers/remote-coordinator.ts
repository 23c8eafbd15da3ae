import { GatewayError } from '../core/errors.ts'
import type { Coordinator } from './coordinator.ts'
import type { FromWorker, Question } from './messages.ts'

/** The main process's coordinator, as a worker sees it. */
export interface RemoteCoordinator extends Coordinator {
  /** The main process has answered. */
  answer(call: number, value: number | boolean | null): void
}

export function remoteCoordinator(send: (message: FromWorker) => void): RemoteCoordinator {
  const waiting = new Map<number, (value: number | boolean | null) => void>()
  let calls = 0

  const ask = (question: Question): Promise<number | boolean | null> => {
    const call = calls++
    return new Promise((resolve) => {
      waiting.set(call, resolve)
      send({ kind: 'ask', call, question })
    })
  }

  return {
    guard: {
      async delayFor(address) {
        const delay = await ask({ about: 'login-delay', address })
        return typeof delay === 'number' ? delay : null
      },
      failed: (address) => send({ kind: 'tell', what: 'login-failed', of: address }),
      succeeded: (address) => send({ kind: 'tell', what: 'login-succeeded', of: address }),
      abandoned: (address) => send({ kind: 'tell', what: 'login-abandoned', of: address }),
    },
    accountSessions: {
      enter: async (account, limit) => (await ask({ about: 'account-place', account, limit })) === true,
      leave: (account) => send({ kind: 'tell', what: 'account-left', of: account }),
    },
    bandwidth: {
      async delayFor(key, bytesPerSecond, bytes) {
        const delay = await ask({ about: 'bandwidth', key, bytesPerSecond, bytes })
        if (typeof delay !== 'number') throw new GatewayError('internal', 'The main process gave no delay.')
        return delay
      },
    },
    answer(call, value) {
      waiting.get(call)?.(value)
      waiting.delete(call)
    },
  }
}
