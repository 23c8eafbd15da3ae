import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { GatewayError } from '../core/errors.ts'

/** What goes to the thread, and what comes back. */
export interface BcryptQuestion {
  readonly id: number
  readonly text: string
  readonly hash: string
}

export interface BcryptAnswer {
  readonly id: number
  readonly isRight: boolean
}

interface Thread {
  ask(text: string, hash: string): Promise<boolean>
}

/** The longest password bcrypt looks at; what lies behind would be right whatever it says. */
const mostBytes = 72

let thread: Thread | null = null

/**
 * Whether the password is the one behind a bcrypt hash. Always costs the whole hash. False for what bcrypt cannot tell
 * apart from something shorter (over 72 bytes, or a NUL inside), and for bytes that are not UTF-8, for it takes text.
 */
export async function bcryptMatches(hash: string, password: Uint8Array): Promise<boolean> {
  const text = Buffer.from(password).toString('utf8')
  const isFaithful = password.length <= mostBytes && !password.includes(0) && Buffer.from(text).equals(password)
  thread ??= startThread(() => {
    thread = null
  })
  return (await thread.ask(text, hash)) && isFaithful
}

function startThread(onEnd: () => void): Thread {
  // The extension is this file's own: .ts from the sources, .js in the package.
  const worker = new Worker(new URL(`./bcrypt-thread${extname(import.meta.url)}`, import.meta.url))
  const open = new Map<number, PromiseWithResolvers<boolean>>()
  let lastId = 0

  function end(cause: unknown): void {
    onEnd()
    const error = new GatewayError('internal', 'Something went wrong on the server.', { cause })
    for (const { reject } of open.values()) reject(error)
    open.clear()
  }

  worker.on('message', ({ id, isRight }: BcryptAnswer) => {
    open.get(id)?.resolve(isRight)
    open.delete(id)
    // An idle thread keeps no process alive.
    if (open.size === 0) worker.unref()
  })
  worker.on('error', end)
  worker.on('exit', end)

  function ask(text: string, hash: string): Promise<boolean> {
    const answer = Promise.withResolvers<boolean>()
    const id = ++lastId
    open.set(id, answer)
    worker.ref()
    worker.postMessage({ id, text, hash } satisfies BcryptQuestion)
    return answer.promise
  }

  return { ask }
}
