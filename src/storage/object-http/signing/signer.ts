import type { Query } from './uri-encoding.ts'

/** What a request proves itself with. */
export interface Credentials {
  readonly accessKey: string
  readonly secretKey: string
  /** Of temporary credentials. */
  readonly token: string | null
  /** When they end; null: never. */
  readonly expires: Date | null
}

export interface UnsignedRequest {
  readonly method: string
  /** As it is sent: encoded once, beginning with a slash. */
  readonly path: string
  readonly query: Query
  /** Names in lower case, `host` among them. All that are given are signed, but for those that proxies may change. */
  readonly headers: Readonly<Record<string, string>>
  /** Lower-case hex of the body's SHA-256, where the caller has it; null: the body is not signed. */
  readonly bodyHash: string | null
}

/** Returns the headers to send: those given and those that prove who sends them. */
export type Signer = (request: UnsignedRequest, credentials: Credentials, now: Date) => Readonly<Record<string, string>>
