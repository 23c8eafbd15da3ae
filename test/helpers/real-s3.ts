import { randomUUID } from 'node:crypto'
import { findVersitygw, namedS3Server, startVersitygw, type S3Server } from '../../scripts/s3-server.ts'

export interface RealS3 extends S3Server {
  /** Below which the test may do as it likes, and nobody else does anything; ends with `/`. */
  readonly prefix: string
}

/** Whether there is a real S3 server to test with: named by SLUICE_TEST_S3_*, or versitygw (`npm run s3:up`). */
export function hasRealS3(): boolean {
  return namedS3Server() !== null || findVersitygw() !== null
}

/** The real S3 server; one that was started for the test ends with it. Only where `hasRealS3`. */
export async function realS3(t: { after(end: () => Promise<void>): void }): Promise<RealS3> {
  const prefix = `test-${randomUUID()}/`
  const named = namedS3Server()
  if (named !== null) return { ...named, prefix }
  const program = findVersitygw()
  if (program === null) throw new TypeError('There is no S3 server: npm run s3:up.')
  const server = await startVersitygw(program)
  t.after(server.stop)
  return { ...server, prefix }
}
