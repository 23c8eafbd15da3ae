import type { StagedUpload, StageTicket } from './contract.ts'

/** An upload whose calls are passed on to another. Subclasses say what they do otherwise. */
export class PassedOnUpload implements StagedUpload {
  readonly #inner: StagedUpload

  constructor(inner: StagedUpload) {
    this.#inner = inner
  }

  get ticket(): StageTicket {
    return this.#inner.ticket
  }

  get durableBytes(): number {
    return this.#inner.durableBytes
  }

  append(...call: Parameters<StagedUpload['append']>): Promise<void> {
    return this.#inner.append(...call)
  }

  truncate(bytes: number): Promise<void> {
    return this.#inner.truncate(bytes)
  }

  publish(...call: Parameters<StagedUpload['publish']>): ReturnType<StagedUpload['publish']> {
    return this.#inner.publish(...call)
  }

  suspend(): Promise<void> {
    return this.#inner.suspend()
  }

  discard(): Promise<void> {
    return this.#inner.discard()
  }
}
