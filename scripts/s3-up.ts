// npm run s3:up: gives tests and bench a real S3 server, and says which one.
//   npm run s3:up              finds one, or builds one where a Go tool chain is, and tries it
//   npm run s3:up -- --swift   Debian's Swift with s3api, also where there is another one; it runs until Ctrl-C
//   npm run s3:up -- --serve   leaves it running until Ctrl-C, with the variables by which tests find it
import { once } from 'node:events'
import { staticCredentials } from '../src/storage/object-http/credentials/credential-source.ts'
import type { DialectName } from '../src/storage/object-http/dialects.ts'
import { objectClient } from '../src/storage/object-http/object-client.ts'
import { hasSwift, startSwift } from './swift-server.ts'
import { findVersitygw, installVersitygw, namedS3Server, startVersitygw, type S3Server } from './s3-server.ts'

const named = namedS3Server()
if (named !== null) {
  await tryOut(named)
  console.log(`Tests and bench use ${named.endpoint}, bucket ${named.bucket} (SLUICE_TEST_S3_*).`)
} else {
  const program = findVersitygw() ?? installVersitygw()
  if (process.argv.includes('--swift')) await useSwift()
  else if (program === null && hasSwift()) {
    console.log(
      'Swift is here. It is too slow to be started for each test: npm run s3:up -- --swift leaves it running.',
    )
    if (process.env['SLUICE_TEST_REQUIRE_S3'] === '1') process.exitCode = 1
  } else if (program === null) {
    console.log('No S3 server found: neither SLUICE_TEST_S3_* nor versitygw, a Go tool chain to build it, or Swift.')
    console.log('Those tests run on the double in test/helpers/object-store-double only.')
    // CI must not lose its real server without anybody noticing.
    if (process.env['SLUICE_TEST_REQUIRE_S3'] === '1') process.exitCode = 1
  } else {
    await useVersitygw(program)
  }
}

async function useVersitygw(program: string): Promise<void> {
  const server = await startVersitygw(program)
  try {
    await tryOut(server)
    console.log(`Tests and bench start ${program} by themselves, each on a port and in a folder of its own.`)
    if (process.argv.includes('--serve')) await serve(server)
  } finally {
    await server.stop()
  }
}

/** It stays, and tests find it by the variables. */
async function useSwift(): Promise<void> {
  if (!hasSwift())
    throw new TypeError('Swift is not here: swift-proxy, swift-account, swift-container, swift-object, memcached.')
  const server = await startSwift()
  try {
    await tryOut(server)
    console.log('Swift with s3api works. Tests and bench find it by these variables, as long as this runs:')
    await serve(server)
  } finally {
    await server.stop()
  }
}

async function serve(server: S3Server): Promise<void> {
  const { endpoint, region, bucket, accessKey, secretKey, dialect } = server
  const values = { endpoint, region, bucket, access_key: accessKey, secret_key: secretKey, dialect }
  for (const [name, value] of Object.entries(values))
    console.log(`export SLUICE_TEST_S3_${name.toUpperCase()}=${value}`)
  const staying = setInterval(() => {}, 60_000)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  clearInterval(staying)
}

/** One object there and back. */
async function tryOut({ endpoint, region, bucket, accessKey, secretKey, dialect }: S3Server): Promise<void> {
  const credentials = staticCredentials({ accessKey, secretKey, token: null })
  const client = objectClient({ dialect: dialect as DialectName, endpoint, region, bucket, credentials })
  try {
    await client.putObject('s3-up', [Buffer.from('works')])
    const { body } = await client.getObject('s3-up')
    let text = ''
    for await (const chunk of body) text += Buffer.from(chunk).toString()
    if (text !== 'works') throw new TypeError('The server gave something else than was put.')
    await client.deleteObject('s3-up')
  } finally {
    client.close()
  }
}
