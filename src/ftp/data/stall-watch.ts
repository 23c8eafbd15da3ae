export interface StallWatchOptions {
  /** How long nothing may move while somebody waits for it. */
  readonly milliseconds: number
  /** Whether somebody waits for the peer just now. A peer that waits for us does not stall. */
  isWaiting(): boolean
  /** Any number that differs once something has moved. */
  progress(): number
  onStall(): void
}

const looksPerPeriod = 4

/**
 * Notices a peer that does nothing, within a quarter more than `milliseconds`, at no cost per chunk. Counts looks instead of
 * comparing times: after the process itself was stopped for a while, the peer has not stalled.
 * Returns what ends the watching.
 */
export function watchStall(options: StallWatchOptions): () => void {
  let quietLooks = 0
  let last = options.progress()
  const timer = setInterval(() => {
    const progress = options.progress()
    quietLooks = options.isWaiting() && progress === last ? quietLooks + 1 : 0
    last = progress
    if (quietLooks <= looksPerPeriod) return
    clearInterval(timer)
    options.onStall()
  }, options.milliseconds / looksPerPeriod)
  timer.unref()
  return () => clearInterval(timer)
}
