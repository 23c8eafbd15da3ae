import type { FromWorker } from './messages.ts'

/**
 * Nobody waits for these: they travel with what comes next, or after a moment. `authenticated` is none of them: until the main
 * process knows, the client is a stranger, who may have to make room.
 */
const patient: ReadonlySet<string> = new Set(['taken', 'login-succeeded'])
const patienceMilliseconds = 10

/**
 * Sends messages in the order they were given, as few at a time as may be: each way to the main process costs both sides as
 * much as a command of FTP does, and a login has seven things to say.
 */
export function outbox(send: (messages: readonly FromWorker[]) => void): (message: FromWorker) => void {
  let waiting: FromWorker[] = []
  let isLeaving = false
  let timer: NodeJS.Timeout | null = null

  function leave(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    isLeaving = false
    const messages = waiting
    waiting = []
    send(messages)
  }

  return (message) => {
    waiting.push(message)
    if (isLeaving) return
    if (patient.has(message.kind === 'tell' ? message.what : message.kind)) {
      timer ??= setTimeout(leave, patienceMilliseconds)
      return
    }
    isLeaving = true
    // What is said in the same breath travels along.
    queueMicrotask(leave)
  }
}
