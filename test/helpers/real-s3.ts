import { randomUUID } from 'node:crypto'
import { after } from 'node:test'
import {
  findVersitygw,
  namedS3Server,
  startVersitygw,
  type S3Server,
  type StartedS3Server,
} from '../../scripts/s3-server.ts'

export interface RealS3 extends S3Server {
  /** Below which the test may do as it likes, and nobody else does anything; ends with `/`. */
  readonly prefix: string
}

/** Whether there is a real S3 server to test with: named by SLUICE_TEST_S3_*, or versitygw (`npm run s3:up`). */
export function hasRealS3(): boolean {
  return namedS3Server() !== null || findVersitygw() !== null
}

/** Starting one takes longer than most tests do: those of a file share it, each below a prefix of its own. */
let started: Promise<StartedS3Server> | null = null

/** The real S3 server; one that was started ends with the tests of this file. Only where `hasRealS3`. */
export async function realS3(): Promise<RealS3> {
  const prefix = `test-${randomUUID()}/`
  const named = namedS3Server()
  if (named !== null) return { ...named, prefix }
  const program = findVersitygw()
  if (program === null) throw new TypeError('There is no S3 server: npm run s3:up.')
  return { ...(await (started ??= startVersitygw(program))), prefix }
}

after(async () => (await started)?.stop())
