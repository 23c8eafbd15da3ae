import { GatewayError } from '../../core/errors.ts'
import type { Command } from '../commands/define.ts'

/** One command of a client, from its line to its final reply. */
export interface Turn {
  readonly verb: string
  /** Null: a line that is only answered. */
  readonly command: Command | null
  readonly text: string | null
  readonly raw: Uint8Array
  /** The answer for a line that no command stands behind. */
  readonly refusal: (() => void) | null
  /** Made when the command first asks for its signal. */
  controller: AbortController | null
  /** Set by ABOR while the command waited or ran. */
  isInterrupted: boolean
  /** It ended with 426 because of that. */
  wasInterrupted: boolean
  /** For ABOR: the turns it interrupted. */
  readonly interrupts: Turn[]
}

export function newTurn(facts: Pick<Turn, 'verb' | 'command' | 'text' | 'raw'> & Partial<Pick<Turn, 'refusal'>>): Turn {
  return { refusal: null, ...facts, controller: null, isInterrupted: false, wasInterrupted: false, interrupts: [] }
}

/** The signal of a turn, made when first asked for. */
export function signalOf(turn: Turn): AbortSignal {
  turn.controller ??= new AbortController()
  if (turn.isInterrupted && !turn.controller.signal.aborted) turn.controller.abort(abortedByClient())
  return turn.controller.signal
}

/** ABOR was read: ends what runs, and what waits for its turn to move bytes. */
export function interrupt(abor: Turn, running: Turn | null, waiting: readonly Turn[]): void {
  const targets = waiting.filter(({ command }) => command?.usesData === true)
  if (running !== null) targets.unshift(running)
  for (const target of targets) {
    if (target.isInterrupted) continue
    target.isInterrupted = true
    abor.interrupts.push(target)
    target.controller?.abort(abortedByClient())
  }
}

function abortedByClient(): GatewayError {
  return new GatewayError('aborted', 'Transfer aborted.')
}
