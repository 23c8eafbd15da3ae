import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { selfSigned } from '../../src/ftp/data/self-signed.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { served } from '../helpers/served.ts'

/** The FTP upload server of the LotusLive migration guide, but for its port. */
const configuration = `
listeners:
  - address: 127.0.0.1
    port: 0
    tls: implicit
    sessionReuse: require
    banner: LotusLive FTP upload server
    replies: vsftpd
passive:
  ports: 60000-61000
tls:
  certificateFile: \${env:SLUICE_CERT}
  keyFile: \${env:SLUICE_KEY}
state:
  directory: \${env:SLUICE_STATE}
storages:
  uploads:
    driver: disk
    directory: \${env:SLUICE_FILES}
accounts:
  - name: "20745886_0054824112001"
    password: \${env:SLUICE_PASSWORD}
    mounts:
      - path: /
        storage: uploads
        prefix: 20745886_0054824112001/
`

const dialogue: readonly (readonly [string, string])[] = [
  ['USER 20745886_0054824112001', '331 Please specify the password.'],
  ['PASS one of many', '230 Login successful.'],
  ['SYST', '215 UNIX Type: L8'],
  ['OPTS UTF8 ON', '200 Always in UTF8 mode.'],
  ['PBSZ 0', '200 PBSZ set to 0.'],
  ['PROT P', '200 PROT now Private.'],
  ['PWD', '257 "/"'],
  ['TYPE I', '200 Switching to Binary mode.'],
]

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`the LotusLive exchange, text by text, from its own configuration (${version})`, async (t) => {
    const place = served(t, configuration)
    const { cert, key } = selfSigned({ names: ['localhost'], now: new Date() })
    const [certFile, keyFile] = [join(place.folder, 'cert.pem'), join(place.folder, 'key.pem')]
    writeFileSync(certFile, cert)
    writeFileSync(keyFile, key)
    const server = await place.start({
      ...{ SLUICE_CERT: certFile, SLUICE_KEY: keyFile, SLUICE_PASSWORD: 'one of many' },
      ...{ SLUICE_STATE: join(place.folder, 'state'), SLUICE_FILES: place.files },
    })
    const client = new RawClient({
      ...{ port: server.ports.implicit, kind: 'implicit', clients: server.clients },
      tls: { minVersion: version, maxVersion: version },
    })
    assert.deepEqual((await client.start()).lines, ['220 LotusLive FTP upload server'])
    for (const [line, reply] of dialogue) assert.deepEqual((await client.command(line)).lines, [reply])
    const list = await passive(client)
    client.send('LIST')
    assert.deepEqual((await client.reply()).lines, ['150 Here comes the directory listing.'])
    list.resume()
    assert.deepEqual((await client.reply()).lines, ['226 Directory send OK.'])
    list.end()
    const upload = await passive(client)
    assert.deepEqual((await client.command('STOR mail.nsf')).lines, ['150 Ok to send data.'])
    upload.resume()
    upload.end('a mail file')
    assert.deepEqual((await client.reply()).lines, ['226 Transfer complete.'])
    assert.equal(readFileSync(join(place.files, '20745886_0054824112001/mail.nsf'), 'utf8'), 'a mail file')
    assert.deepEqual((await client.command('QUIT')).lines, ['221 Goodbye.'])
    client.destroy()
    server.signal('SIGTERM')
    assert.equal(await server.exited, 0)
  })
}

async function passive(client: RawClient) {
  const { lines } = await client.command('PASV')
  const [, high = '', low = ''] =
    /^227 Entering Passive Mode \(127,0,0,1,(\d+),(\d+)\)\.$/.exec(lines.join('\n')) ?? assert.fail(lines.join('\n'))
  const port = Number(high) * 256 + Number(low)
  assert.ok(port >= 60_000 && port <= 61_000, String(port))
  return await client.data(port)
}
