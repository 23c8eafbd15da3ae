/** Ends what nobody uses. Cheap to touch: the timer is only re-armed when it fires too early. */
export interface IdleTimer {
  /** Something happened. */
  touch(): void
  setMilliseconds(milliseconds: number): void
  stop(): void
}

export interface IdleTimerOptions {
  readonly milliseconds: number
  /** While true, time stands still: a transfer runs. */
  readonly isBusy: () => boolean
  readonly onIdle: () => void
}

export function idleTimer({ milliseconds, isBusy, onIdle }: IdleTimerOptions): IdleTimer {
  let limit = milliseconds
  let touched = performance.now()
  let timer = setTimeout(check, limit)

  function check(): void {
    if (isBusy()) touched = performance.now()
    const left = touched + limit - performance.now()
    // A timer may fire a moment early.
    if (left <= 1) onIdle()
    else timer = setTimeout(check, left)
  }

  return {
    touch: () => {
      touched = performance.now()
    },
    setMilliseconds(milliseconds) {
      limit = milliseconds
      clearTimeout(timer)
      touched = performance.now()
      timer = setTimeout(check, limit)
    },
    stop: () => clearTimeout(timer),
  }
}
