/** A transfer that has ended, or a file that was removed: one line of a transfer log. */
export interface TransferEvent {
  /** When it ended. */
  readonly when: Date
  readonly seconds: number
  /** The client's address. */
  readonly address: string
  /** Bytes of content that moved. */
  readonly bytes: number
  /** The path as the client knows it. */
  readonly path: string
  readonly mode: 'ascii' | 'binary'
  readonly direction: 'in' | 'out' | 'delete'
  readonly account: string
  readonly isAnonymous: boolean
  /** Whether the whole of it arrived. */
  readonly isComplete: boolean
}
