import assert from 'node:assert/strict'
import { parseKey, type ObjectKey } from '../../src/core/paths.ts'
import { isGatewayError, type ErrorCode } from '../../src/core/errors.ts'
import type { Entry, FileEntry, StagedUpload, Storage } from '../../src/storage/contract.ts'
import { listAll } from '../../src/storage/walk.ts'
import { write } from '../../src/storage/write.ts'
import { collect, lendingBody } from '../helpers/lending-body.ts'

/** What a clause is checked against. */
export interface Given {
  /** Empty at first. */
  readonly storage: Storage
  /** The same store opened anew, as after a restart; null where nothing outlives a storage. */
  readonly reopen: (() => Promise<Storage>) | null
}

/** Sentences about storages, each with its check. */
export type Clauses = Readonly<Record<string, (given: Given) => Promise<void>>>

export const key = parseKey

/** Only errors of ours, with one of these codes. */
export async function refused(call: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(isGatewayError(error, ...codes), `wanted ${codes.join(' or ')}, got ${String(error)}`)
    return true
  })
}

export async function put(storage: Storage, at: string, content: string | Uint8Array = at): Promise<FileEntry> {
  return write(storage, key(at), body(content))
}

export function body(content: string | Uint8Array, chunkBytes?: number): AsyncGenerator<Uint8Array, void> {
  return lendingBody(typeof content === 'string' ? Buffer.from(content) : content, chunkBytes)
}

export async function content(storage: Storage, at: string): Promise<Buffer> {
  const file = await storage.read(key(at))
  try {
    return await collect(file.body)
  } finally {
    await file.close()
  }
}

export async function text(storage: Storage, at: string): Promise<string> {
  return (await content(storage, at)).toString()
}

export async function listed(storage: Storage, directory: ObjectKey): Promise<Entry[]> {
  const all: Entry[] = []
  for await (const page of listAll(storage, directory)) all.push(...page)
  return all
}

export async function staged(storage: Storage, at: string, first: string | Uint8Array): Promise<StagedUpload> {
  const upload = await storage.stage(key(at))
  await upload.append(body(first))
  return upload
}

/** Suspends an upload and finds it again; null only where not a byte of it had reached the store. */
export async function foundAgain(storage: Storage, upload: StagedUpload): Promise<StagedUpload | null> {
  const { ticket, durableBytes } = upload
  await upload.suspend()
  const again = await storage.restage(ticket)
  if (again === null) assert.equal(durableBytes, 0, 'what is durable was not found again')
  return again
}
