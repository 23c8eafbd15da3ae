/** One timer that is set again for each phase of a call. */
export interface Watch {
  /** Calls `late` after the time, unless `progress` has changed since, or something else is set before. */
  set(milliseconds: number, late: () => void, progress?: () => number): void
  stop(): void
}

export function watch(): Watch {
  let timer: NodeJS.Timeout | null = null

  function stop(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  function set(milliseconds: number, late: () => void, progress?: () => number): void {
    stop()
    const before = progress?.()
    timer = setTimeout(() => {
      if (progress !== undefined && progress() !== before) set(milliseconds, late, progress)
      else late()
    }, milliseconds)
  }

  return { set, stop }
}
