import type { Configuration } from '../config/schema.ts'
import type { Logger } from '../core/logger.ts'

/** What the composition root is given to start from. */
export interface GatewayOptions {
  readonly configuration: Configuration
  readonly logger: Logger
  /** Reads the configuration anew. Rejects when it is broken; what is wrong has been logged then. */
  readonly reload: () => Promise<Configuration>
}

/** A port that is open. */
export interface OpenListener {
  readonly address: string
  readonly port: number
  readonly tls: string
}

/** The gateway at work. */
export interface RunningGateway {
  readonly listeners: readonly OpenListener[]
  /** SHA-256 of the certificate that clients are shown by default, as `AB:CD:…`; null where no listener speaks TLS. */
  readonly certificateFingerprint?: string | null
  /**
   * Takes over what may change while sessions go on, and resolves to what is in force then. Rejects, and keeps all as it
   * was, when the configuration is broken or cannot be taken over.
   */
  reload(): Promise<Configuration>
  /** Accepts nobody any more, lets transfers finish up to `limits.drainTimeout`, and closes all. */
  drain(): Promise<void>
  /** Settles when the gateway has ended, for whatever reason; rejects when it could not go on. */
  readonly closed: Promise<void>
}

export type StartGateway = (options: GatewayOptions) => Promise<RunningGateway>
