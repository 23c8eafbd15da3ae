/** One timer that is set again for each phase of a call. */
export interface Watch {
  /** Calls `late` after the time, unless `progress` has changed since, or something else is set before. */
  set(milliseconds: number, late: () => void, progress?: () => number): void
  stop(): void
}

export function watch(): Watch {
  let timer: NodeJS.Timeout | null = null
  let afterReads: NodeJS.Immediate | null = null

  function stop(): void {
    if (timer !== null) clearTimeout(timer)
    if (afterReads !== null) clearImmediate(afterReads)
    timer = null
    afterReads = null
  }

  function set(milliseconds: number, late: () => void, progress?: () => number): void {
    stop()
    const before = progress?.()
    const decide = () => {
      if (progress !== undefined && progress() !== before) set(milliseconds, late, progress)
      else late()
    }
    timer = setTimeout(() => {
      // When the process itself was busy for that long, the answer may lie in the socket already: it is read before this.
      afterReads = setImmediate(decide)
    }, milliseconds)
  }

  return { set, stop }
}
