import type { Coordinator } from './coordinator.ts'
import type { FromWorker, Question, Told } from './messages.ts'
import { letGo, tell, type Worker } from './worker-process.ts'

/** Hears what workers say of their clients, and answers what only the main process knows. */
export function coordinated(coordinator: Coordinator): (worker: Worker, message: FromWorker) => Promise<void> {
  async function heard(worker: Worker, message: FromWorker): Promise<void> {
    if (message.kind === 'taken') letGo(worker, message.slot)
    else if (message.kind === 'authenticated') worker.slots.get(message.slot)?.authenticated()
    else if (message.kind === 'left') {
      letGo(worker, message.slot)
      worker.slots.get(message.slot)?.leave()
      worker.slots.delete(message.slot)
    } else if (message.kind === 'ask') {
      const value = await answer(worker, message.question)
      tell(worker, { kind: 'answer', call: message.call, value })
    } else if (message.kind === 'tell') told(worker, message)
  }

  function told(worker: Worker, { what, of }: { readonly what: Told; readonly of: string }): void {
    const { guard } = coordinator
    if (what === 'login-failed') guard.failed(of)
    else if (what === 'login-succeeded') guard.succeeded(of)
    else if (what === 'login-abandoned') guard.abandoned?.(of)
    else leaveAccount(worker, of)
  }

  async function answer(worker: Worker, question: Question): Promise<number | boolean | null> {
    if (question.about === 'login-delay') return await coordinator.guard.delayFor(question.address)
    if (question.about === 'bandwidth')
      return await coordinator.bandwidth.delayFor(question.key, question.bytesPerSecond, question.bytes)
    const isIn = await coordinator.accountSessions.enter(question.account, question.limit)
    if (isIn) worker.accounts.push(question.account)
    return isIn
  }

  function leaveAccount(worker: Worker, account: string): void {
    const index = worker.accounts.indexOf(account)
    if (index < 0) return
    worker.accounts.splice(index, 1)
    coordinator.accountSessions.leave(account)
  }

  return heard
}
