import type { ObjectClient } from '../../object-http/object-client.ts'

/** Where probes are made. */
export interface Examined {
  readonly client: ObjectClient
  /** The same bucket, asked to do what its dialect does not count on. */
  readonly bold: ObjectClient
  /** In front of every key that a probe makes. */
  readonly front: string
}

export interface Probe {
  readonly name: string
  readonly isNeeded: boolean
  /** Tells what it saw. @throws GatewayError when the store refuses, Error when it does something else than it says. */
  readonly run: (place: Examined) => Promise<string>
}

/** @throws Error when it is not so. */
export function expect(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise)
}
