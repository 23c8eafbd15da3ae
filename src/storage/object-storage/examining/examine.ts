import { isGatewayError } from '../../../core/errors.ts'
import type { Finding } from '../../finding.ts'
import { storeErrorOf } from '../../object-http/errors.ts'
import type { ObjectClient } from '../../object-http/object-client.ts'
import { limitProbes } from './limit-probes.ts'
import { objectProbes } from './object-probes.ts'
import { partProbes } from './part-probes.ts'
import type { Examined, Probe } from './probe.ts'

export interface ExamineOptions {
  readonly client: ObjectClient
  /** The same bucket, asked to do what its dialect does not count on. */
  readonly bold: ObjectClient
  /** Of the storage, without slashes at its ends. */
  readonly prefix: string
  readonly token: string
}

/**
 * Tries what a store can do, below a hidden prefix of its own, and removes everything again. One probe that fails does not
 * keep the others from being made.
 */
export async function examineBucket({ client, bold, prefix, token }: ExamineOptions): Promise<readonly Finding[]> {
  const front = prefix === '' ? '' : `${prefix}/`
  const place: Examined = { client, bold, front: `${front}.sluice/doctor-${token}/` }
  const findings: Finding[] = []
  for (const probe of [...objectProbes, ...partProbes, ...limitProbes]) findings.push(await tried(probe, place))
  findings.push(await tried({ name: 'delete, and many at once', isNeeded: true, run: removeAll }, place))
  return findings
}

async function tried({ name: probe, isNeeded, run }: Probe, place: Examined): Promise<Finding> {
  try {
    return { probe, isNeeded, verdict: 'works', detail: await run(place) }
  } catch (error) {
    const said = storeErrorOf(error)
    const detail =
      said === null ? String(error instanceof Error ? error.message : error) : `${said.code}: ${said.message}`
    const isFailure = said === null && !isGatewayError(error, 'unsupported')
    return { probe, isNeeded, verdict: isFailure ? 'failed' : 'refused', detail }
  }
}

/** Everything below our prefix, unfinished uploads too. */
async function removeAll({ client, front }: Examined): Promise<string> {
  const { uploads } = await client.listMultipartUploads({ prefix: front })
  for (const upload of uploads) await client.abortMultipartUpload(upload)
  let count = 0
  for (;;) {
    const { objects } = await client.listObjects({ prefix: front })
    if (objects.length === 0) return `${count} objects removed`
    const [failed] = await client.deleteObjects(objects.map(({ key }) => key))
    if (failed !== undefined) throw failed.error
    count += objects.length
    if (count > 10_000) throw new Error('What is removed is listed again and again.')
  }
}
