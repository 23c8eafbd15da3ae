import type { TreeProgress } from '../../files/tree/tree-progress.ts'
import type { CommandContext } from './context.ts'
import type { LongWork } from './session-state.ts'

/**
 * Runs a task that STAT can be asked about from its first word on: what is done at once is no long work, and answers in its
 * turn. Returns how far it said it had come.
 */
export async function watched(
  { state }: Pick<CommandContext, 'state'>,
  facts: Omit<LongWork, 'progress'>,
  task: (progress: (now: TreeProgress) => void) => Promise<void>,
): Promise<{ readonly done: number }> {
  let done = 0
  try {
    await task((progress) => {
      done = progress.done
      state.work = { ...facts, progress }
    })
  } finally {
    state.work = null
  }
  return { done }
}

/** One line of STAT: `Renaming /a to /b: 1,200 of about 5,000 objects copied.` */
export function workText({ path, to, progress }: LongWork): string {
  const { phase, done, total } = progress
  if (to === null) return `Removing ${path}: ${count(done)} objects removed.`
  const all = total === null ? '' : ` of about ${count(total)}`
  return `Renaming ${path} to ${to}: ${count(done)}${all} objects ${did[phase]}.`
}

const did: Readonly<Record<TreeProgress['phase'], string>> = {
  copying: 'copied',
  removing: 'moved; all are copied',
  undoing: 'put back',
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
