import { open } from 'node:fs/promises'
import type { UploadedPart } from '../../src/storage/object-http/object-types.ts'
import type { Bucket } from '../storages/bucket.ts'
import { each } from './each.ts'

const partBytes = 16 * 1024 ** 2
const partsAtOnce = 4

/** Puts a file straight into the store, parts in parallel: the least that any gateway has to do. At most so many bytes of it. */
export async function putLarge({ client, prefix }: Bucket, name: string, file: string, most = Infinity): Promise<void> {
  const handle = await open(file)
  try {
    const size = Math.min((await handle.stat()).size, most)
    const key = `${prefix}${name}`
    const uploadId = await client.createMultipartUpload(key)
    const parts: UploadedPart[] = []
    await each(Math.ceil(size / partBytes), partsAtOnce, async (index) => {
      const start = index * partBytes
      const part = Buffer.allocUnsafe(Math.min(partBytes, size - start))
      await handle.read(part, 0, part.length, start)
      parts[index] = await client.uploadPart({ key, uploadId, number: index + 1 }, [part])
    })
    await client.completeMultipartUpload({ key, uploadId }, parts, { bytes: size })
  } finally {
    await handle.close()
  }
}

/** Gets it, in as many ranges at once; the bytes are thrown away. */
export async function getLarge({ client, prefix }: Bucket, name: string, bytes: number): Promise<void> {
  const rangeBytes = Math.ceil(bytes / partsAtOnce)
  await each(partsAtOnce, partsAtOnce, async (index) => {
    const start = index * rangeBytes
    const end = Math.min(start + rangeBytes, bytes)
    await getWhole(client.getObject(`${prefix}${name}`, { start, end }), end - start)
  })
}

/** Reads an object to its end. @throws Error for another length. */
export async function getWhole(opened: ReturnType<Bucket['client']['getObject']>, bytes: number): Promise<void> {
  const { body } = await opened
  let got = 0
  for await (const chunk of body) got += chunk.length
  if (got !== bytes) throw new Error(`${got} bytes instead of ${bytes}`)
}
