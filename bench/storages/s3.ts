import { randomUUID } from 'node:crypto'
import { findVersitygw, namedS3Server, startVersitygw, type S3Server } from '../../scripts/s3-server.ts'
import { staticCredentials } from '../../src/storage/object-http/credentials/credential-source.ts'
import type { DialectName } from '../../src/storage/object-http/dialects.ts'
import { objectClient, type ObjectClient } from '../../src/storage/object-http/object-client.ts'
import { each } from '../measure/each.ts'
import { putLarge } from '../measure/large-object.ts'
import type { Scale } from '../options.ts'
import { bucketRows } from '../rows/index.ts'
import { bucketServers } from '../servers/index.ts'
import type { Workspace } from '../workspace.ts'
import type { Bucket } from './bucket.ts'
import type { BenchStorage } from './storage.ts'

/** Requests at once while the bucket is filled. */
const atOnce = 32

/** One bucket of a real S3 server that all servers serve: the one that SLUICE_TEST_S3_* names, or versitygw. */
export const s3: BenchStorage = {
  rows: bucketRows,
  servers: bucketServers,
  async open(workspace, scale) {
    const { server, stop } = await startedServer()
    const client = clientOf(server)
    const bucket: Bucket = { server, prefix: `sluice-bench-${randomUUID()}/`, client }
    const close = async () => {
      // A server of our own vanishes with all it has.
      if (stop === null) await removed(bucket, '')
      client.close()
      await stop?.()
    }
    try {
      await fill(bucket, workspace, scale)
    } catch (error) {
      await close()
      throw error
    }
    return {
      about: `store: ${server.dialect} at ${server.endpoint}`,
      bucket,
      home: (name) => workspace.serverFolder(`${name}/home`),
      emptyUploads: () => removed(bucket, 'up/'),
      close,
    }
  },
}

async function startedServer(): Promise<{ readonly server: S3Server; readonly stop: (() => Promise<void>) | null }> {
  const named = namedS3Server()
  if (named !== null) return { server: named, stop: null }
  const program = findVersitygw()
  if (program === null) throw new Error('There is no S3 server: npm run s3:up.')
  // As every store that one pays for.
  const server = await startVersitygw(program, ['--keep-alive'])
  return { server, stop: server.stop }
}

function clientOf({ endpoint, region, bucket, accessKey, secretKey, dialect }: S3Server): ObjectClient {
  const credentials = staticCredentials({ accessKey, secretKey, token: null })
  return objectClient({ dialect: dialect as DialectName, endpoint, region, bucket, credentials })
}

async function fill(bucket: Bucket, workspace: Workspace, scale: Scale): Promise<void> {
  const folder = async (name: string, count: number, bytes: number) => {
    const content = Buffer.alloc(bytes, 's')
    await each(count, atOnce, (index) => bucket.client.putObject(`${bucket.prefix}${name}/${index}`, [content]))
  }
  await bucket.client.putObject(`${bucket.prefix}up/`, [])
  await folder('small', scale.smallFiles, 4096)
  await folder('medium', scale.filesPerSession, 2 * 1024 ** 2)
  await folder('thousand', 1000, 1)
  await folder('many', scale.folderEntries, 1)
  await folder('huge', scale.hugeFolderEntries, 1)
  await putLarge(bucket, 'large.bin', workspace.largeFile)
}

/** Removes what lies below a folder of ours, but not the folder, and what was begun there and never finished. */
async function removed({ client, prefix }: Bucket, folder: string): Promise<void> {
  const within = `${prefix}${folder}`
  const { uploads } = await client.listMultipartUploads({ prefix: within })
  for (const upload of uploads) await client.abortMultipartUpload(upload)
  for (;;) {
    const { objects } = await client.listObjects({ prefix: within })
    const keys = objects.map(({ key }) => key).filter((key) => key !== within || folder === '')
    if (keys.length === 0) return
    const [failed] = await client.deleteObjects(keys)
    if (failed !== undefined) throw failed.error
  }
}
