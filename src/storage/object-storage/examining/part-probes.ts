import type { ObjectClient } from '../../object-http/object-client.ts'
import type { UploadAddress } from '../../object-http/object-types.ts'
import { expect, type Examined, type Probe } from './probe.ts'

/** Runs on an upload of its own, which is gone afterwards if it was not completed. */
async function withUpload<T>(
  client: ObjectClient,
  key: string,
  task: (upload: UploadAddress) => Promise<T>,
): Promise<T> {
  const uploadId = await client.createMultipartUpload(key, { declaresChecksum: client.dialect.copiedPartChecksums })
  const upload = { key, uploadId }
  try {
    return await task(upload)
  } catch (error) {
    await client.abortMultipartUpload(upload)
    throw error
  }
}

async function upload({ client, front }: Examined): Promise<string> {
  const least = client.dialect.parts.leastBytes
  const declaresChecksum = client.dialect.copiedPartChecksums
  return await withUpload(client, `${front}parts`, async (address) => {
    const first = await client.uploadPart({ ...address, number: 1 }, [Buffer.alloc(least)])
    const last = await client.uploadPart({ ...address, number: 2 }, [Buffer.from('the end')])
    await client.completeMultipartUpload(address, [first, last], { declaresChecksum })
    const facts = await client.headObject(`${front}parts`)
    expect(facts?.bytes === least + 7, 'The object made of parts has another length.')
    return facts?.checksum === null ? 'no checksum of the whole' : `with ${client.dialect.checksum} of the whole`
  })
}

async function copyPart({ client, front }: Examined): Promise<string> {
  const least = client.dialect.parts.leastBytes
  const declaresChecksum = client.dialect.copiedPartChecksums
  return await withUpload(client, `${front}parts-copied`, async (address) => {
    const source = { key: `${front}parts`, range: { start: 0, end: least } }
    const first = await client.uploadPartCopy({ ...address, number: 1 }, source)
    const last = await client.uploadPart({ ...address, number: 2 }, [Buffer.from('another end')])
    await client.completeMultipartUpload(address, [first, last], { declaresChecksum })
    const facts = await client.headObject(`${front}parts-copied`)
    expect(facts?.bytes === least + 11, 'The object with a copied part has another length.')
    return 'files are added to without being read'
  })
}

async function listAndAbort({ client, front }: Examined): Promise<string> {
  return await withUpload(client, `${front}unfinished`, async (address) => {
    await client.uploadPart({ ...address, number: 1 }, [Buffer.from('part')])
    const { parts } = await client.listParts(address)
    expect(parts.length === 1, 'A part that was stored is not listed.')
    const { uploads } = await client.listMultipartUploads({ prefix: front })
    expect(
      uploads.some(({ uploadId }) => uploadId === address.uploadId),
      'An unfinished upload is not listed.',
    )
    await client.abortMultipartUpload(address)
    return 'cut uploads are found again, and removed'
  })
}

export const partProbes: readonly Probe[] = [
  { name: 'upload in parts', isNeeded: true, run: upload },
  { name: 'copy of a part', isNeeded: false, run: copyPart },
  { name: 'list and abort uploads', isNeeded: true, run: listAndAbort },
]
