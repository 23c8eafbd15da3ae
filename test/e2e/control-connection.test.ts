import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { gateway } from '../helpers/gateway.ts'
import { connected, loggedIn, RawClient, readToEnd } from '../helpers/raw-client.ts'

const IAC = 0xff

test('a line may come byte by byte, and end in LF alone', async (t) => {
  const client = await connected(await gateway(t, { kinds: ['none'] }))
  for (const byte of Buffer.from('USER ada\r\nPASS open sesame\nNOOP\r\n')) {
    client.socket.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  assert.deepEqual(
    [(await client.reply()).code, (await client.reply()).code, (await client.reply()).code],
    [331, 230, 200],
  )
})

test('empty lines are passed over, verbs come in any case, blanks in front of them are refused', async (t) => {
  const client = await connected(await gateway(t, { kinds: ['none'] }))
  client.send(Buffer.from('\r\n\n\r\nnOoP\r\n noop\r\nnoop\r\n'))
  const codes = [await client.reply(), await client.reply(), await client.reply()].map(({ code }) => code)
  assert.deepEqual(codes, [200, 500, 200])
})

test('commands in one segment are answered each, in order', async (t) => {
  const client = await loggedIn(await gateway(t, { kinds: ['none'] }))
  client.send(Buffer.from('MKD a\r\nCWD a\r\nPWD\r\nXYZZY\r\nRNFR /a\r\nRNTO /b\r\nNOOP\r\n'))
  const codes: number[] = []
  for (let i = 0; i < 7; i++) codes.push((await client.reply()).code)
  assert.deepEqual(codes, [257, 250, 257, 500, 350, 250, 200])
})

test('far more commands than may wait are all answered, in order, up to the FIN behind them', async (t) => {
  const client = await connected(await gateway(t, { kinds: ['none'], limits: { queuedCommands: 3 } }))
  client.socket.end(`USER ada\r\nPASS open sesame\r\n${'NOOP\r\nPWD\r\n'.repeat(3000)}`)
  const codes = (await client.rest()).map((line) => line.slice(0, 3))
  assert.deepEqual(codes, ['331', '230', ...Array.from({ length: 3000 }, () => ['200', '257']).flat()])
})

test('a line beyond 8 KiB is refused once, and no part of it is run', async (t) => {
  const client = await loggedIn(await gateway(t, { kinds: ['none'] }))
  client.send(Buffer.from(`MKD ${'x'.repeat(9000)}`))
  assert.equal((await client.reply()).code, 500)
  client.send(Buffer.from('MKD hidden\r\nNOOP\r\n'))
  assert.equal((await client.reply()).code, 200)
  assert.deepEqual(await client.codes('CWD hidden', `NOOP ${'x'.repeat(8000)}`), [550, 200])
})

test('a line without end ends the session', async (t) => {
  const client = await connected(await gateway(t, { kinds: ['none'] }))
  client.send(Buffer.alloc(100_000, 'x'))
  assert.deepEqual([(await client.reply()).code, (await client.reply()).code], [500, 421])
  assert.deepEqual(await client.rest(), [])
})

test('telnet sequences are taken out, doubled IAC is one byte', async (t) => {
  const client = await loggedIn(
    await gateway(t, { kinds: ['none'], accounts: [{ name: 'ada', charset: 'windows-1252' }] }),
  )
  const line = (...parts: readonly (string | number[])[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))
  client.send(
    line('NO', [IAC, 0xfb, 1], 'OP\r\n', [IAC, 0xf1], 'NOOP\r\n', 'NO', [IAC, 0xfa, 1, 2, IAC, 0xf0], 'OP\r\n'),
  )
  client.send(line('MKD ', [IAC, IAC], '\r\n'))
  const codes: number[] = []
  for (let i = 0; i < 4; i++) codes.push((await client.reply()).code)
  assert.deepEqual(codes, [200, 200, 200, 257])
  assert.equal((await client.command('OPTS UTF8 ON')).code, 200)
  assert.equal((await client.command('CWD ÿ')).code, 250)
})

for (const first of [
  'GET / HTTP/1.1',
  'POST / HTTP/1.0',
  'OPTIONS * HTTP/1.1',
  'EHLO mail.example.com',
  'SSH-2.0-OpenSSH',
]) {
  test(`somebody who begins with "${first}" is left without a word, and nothing behind it is run`, async (t) => {
    const server = await gateway(t, { kinds: ['none'] })
    // A password that was right just now is known at once.
    await loggedIn(server)
    const client = await connected(server)
    client.send(Buffer.from(`${first}\r\nUSER ada\r\nPASS open sesame\r\nMKD smuggled\r\n`))
    assert.deepEqual(await client.rest(), [])
    assert.deepEqual(await (await loggedIn(server)).codes('CWD smuggled'), [550])
  })
}

for (const [name, first] of [
  ['an HTTP request that is longer than a line may be', Buffer.from(`PUT /${'x'.repeat(9000)} HTTP/1.1`)],
  ['the beginning of TLS', Buffer.from('16030102000100', 'hex')],
] as const) {
  test(`nothing behind ${name} is run, when a client begins with it`, async (t) => {
    const server = await gateway(t, { kinds: ['none'] })
    await loggedIn(server)
    const client = await connected(server)
    client.send(Buffer.concat([first, Buffer.from('\r\nUSER ada\r\nPASS open sesame\r\nMKD smuggled\r\n')]))
    assert.deepEqual(await client.rest(), [])
    assert.deepEqual(await (await loggedIn(server)).codes('CWD smuggled'), [550])
  })
}

test('a client that sends its FIN is answered what it has asked, and then the server closes', async (t) => {
  const client = await connected(await gateway(t, { kinds: ['none'] }))
  client.socket.end('USER ada\r\nPASS open sesame\r\nPWD\r\n')
  assert.deepEqual(
    (await client.rest()).map((line) => line.slice(0, 3)),
    ['331', '230', '257'],
  )
})

test('connect and close, QUIT before USER, and a reset are no fault', async (t) => {
  const server = await gateway(t, { kinds: ['none'] })
  const gone = await connected(server)
  gone.destroy()
  const reset = await connected(server)
  reset.socket.resetAndDestroy()
  const client = await connected(server)
  assert.equal((await client.command('QUIT')).code, 221)
  assert.deepEqual(await client.rest(), [])
  assert.deepEqual(
    server.log.filter(({ level }) => level === 'warn' || level === 'error'),
    [],
  )
})

test('what lies in clear behind AUTH TLS is never answered', async (t) => {
  const server = await gateway(t, { kinds: ['explicit'] })
  const client = await connected(server, 'explicit')
  client.send(Buffer.from('AUTH TLS\r\nUSER ada\r\nPASS open sesame\r\n'))
  assert.equal((await client.reply()).code, 234)
  await client.handshake()
  assert.deepEqual(await client.codes('PASS open sesame', 'PWD', 'NOOP'), [503, 530, 200])
})

test('an implicit listener says nothing in clear, whatever it is sent', async (t) => {
  const server = await gateway(t, { kinds: ['implicit'], limits: { handshakeTimeout: '300ms' } })
  for (const hello of ['USER ada\r\n', '']) {
    const socket = net.connect(server.ports.implicit, '127.0.0.1')
    socket.write(hello)
    const { bytes } = await readToEnd(socket)
    // An alert is a record of type 21; text would begin with 2 or 5.
    assert.ok(bytes.length === 0 || bytes[0] === 21, bytes.toString('latin1'))
  }
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: an ALPN list needs ftp in it, no list is fine`, async (t) => {
    const server = await gateway(t, { kinds: ['implicit'] })
    const attempt = async (ALPNProtocols: readonly string[] | null) => {
      const socket = tls.connect({
        ...{ port: server.ports.implicit, host: '127.0.0.1', rejectUnauthorized: false },
        ...{ minVersion: version, maxVersion: version },
        ...(ALPNProtocols === null ? {} : { ALPNProtocols: [...ALPNProtocols] }),
      })
      try {
        await once(socket, 'secureConnect')
        return 'accepted'
      } catch (error) {
        return (error as NodeJS.ErrnoException).code
      } finally {
        socket.destroy()
      }
    }
    assert.equal(await attempt(null), 'accepted')
    assert.equal(await attempt(['x-filezilla-ftp', 'ftp']), 'accepted')
    assert.equal(await attempt(['h2', 'http/1.1']), 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
  })
}

test('old versions of TLS are refused', async (t) => {
  const server = await gateway(t, { kinds: ['implicit'] })
  const socket = tls.connect({
    ...{ port: server.ports.implicit, host: '127.0.0.1', rejectUnauthorized: false },
    ...{ minVersion: 'TLSv1' as const, maxVersion: 'TLSv1.1' as const, ciphers: 'DEFAULT@SECLEVEL=0' },
  })
  await assert.rejects(once(socket, 'secureConnect'))
})

test('a client that does not read its replies is no longer read, and in the end left', async (t) => {
  const server = await gateway(t, { kinds: ['none'], limits: { replyTimeout: '300ms' } })
  const socket = net.connect(server.ports.none, '127.0.0.1')
  server.clients.add(socket)
  socket.on('error', () => {})
  socket.pause()
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const help = Buffer.from('HELP\r\n'.repeat(2000))
  for (let i = 0; !socket.closed && i < 10_000; i++) {
    socket.write(help)
    if (socket.writableLength > 1024 * 1024) await Promise.race([closed, sleep(50)])
  }
  await closed
  const client = await connected(server)
  assert.equal((await client.command('NOOP')).code, 200)
})

test('the login deadline is absolute: dribbling does not extend it', async (t) => {
  const server = await gateway(t, { kinds: ['none'], limits: { loginTimeout: '400ms' } })
  const client = await connected(server)
  const timer = setInterval(() => client.socket.writable && client.socket.write('NOOP\r\n'), 40)
  const last = (await client.rest()).at(-1)
  clearInterval(timer)
  assert.match(last ?? '', /^421 /)
})

test('the login deadline counts anew for who has logged out', async (t) => {
  const server = await gateway(t, { kinds: ['none'], limits: { loginTimeout: '400ms' } })
  const client = await loggedIn(server)
  await sleep(600)
  assert.equal((await client.command('REIN')).code, 220)
  assert.match((await client.rest()).at(-1) ?? '', /^421 /)
})

test('an idle session is told 421; a transfer is not idle', async (t) => {
  const server = await gateway(t, { kinds: ['none'], limits: { idleTimeout: '300ms' } })
  const client = await loggedIn(server)
  const { data } = await client.transfer('STOR slow')
  for (let i = 0; i < 5; i++) {
    data.write('x')
    await sleep(100)
  }
  data.end()
  assert.equal((await client.reply()).code, 226)
  assert.match((await client.rest()).join('\n'), /^421 /)
})

test('a transfer that stalls is cut after the data time-out', async (t) => {
  const server = await gateway(t, { kinds: ['none'], limits: { dataTimeout: '300ms' } })
  const client = await loggedIn(server)
  const { data } = await client.transfer('STOR slow')
  data.write('x')
  assert.equal((await client.reply()).code, 426)
  assert.equal((await client.command('SIZE slow')).code, 550)
})

test('NOOP, STAT and FEAT are answered while bytes move; QUIT is remembered', async (t) => {
  const client = await loggedIn(await gateway(t, { kinds: ['none'] }))
  const { reply, data } = await client.transfer('STOR long')
  assert.equal(reply.code, 150)
  data.write('12345')
  assert.equal((await client.command('NOOP')).code, 200)
  const status = await client.command('STAT')
  assert.equal(status.code, 211)
  assert.match(status.lines.join('\n'), /STOR \/long: upload/)
  assert.equal((await client.command('FEAT')).code, 211)
  client.send('QUIT')
  client.send('MKD never')
  data.end('67890')
  assert.deepEqual([(await client.reply()).text, (await client.reply()).code], ['Stored 10 bytes.', 221])
  assert.deepEqual(await client.rest(), [])
})

test('other commands wait behind a transfer', async (t) => {
  const server = await gateway(t, { kinds: ['none'] })
  const client = await loggedIn(server)
  const { data } = await client.transfer('STOR a')
  client.send('SIZE a')
  client.send('PWD')
  client.send('USER bob')
  data.end('12345')
  const codes: number[] = []
  for (let i = 0; i < 4; i++) codes.push((await client.reply()).code)
  assert.deepEqual(codes, [226, 213, 257, 331])
})

test('FEAT tells what works on this listener, before and after login, and nothing else', async (t) => {
  const server = await gateway(t)
  const before = await connected(server, 'explicit')
  const first = await before.command('FEAT')
  const features = first.lines.slice(1, -1)
  assert.deepEqual(first.lines.at(0), '211-Features:')
  assert.deepEqual(first.lines.at(-1), '211 End')
  assert.deepEqual(features, [
    ...[' AUTH TLS', ' AVBL', ' CLNT', ' COMB target;source_list', ' CSID Name;Version;', ' EPRT', ' EPSV'],
    ...[' HASH SHA-256*;SHA-512;SHA-1;MD5;CRC32', ' HOST', ' LANG EN*', ' MDTM', ' MFF Modify;UNIX.mode;', ' MFMT'],
    ...[' MLST type*;size*;modify*;perm*;unique*;UNIX.mode*;', ' MODE Z', ' PASV', ' PBSZ', ' PROT', ' RANG STREAM'],
    ...[' REST STREAM', ' RMDA path', ' SITE CHMOD;CPFR;CPTO;IDLE;MKDIR;RMDIR;UTIME', ' SIZE', ' TVFS', ' UTF8'],
    ...[' XCRC filename;start;end', ' XMD5 filename;start;end', ' XSHA filename;start;end'],
    ...[' XSHA1 filename;start;end', ' XSHA256 filename;start;end', ' XSHA512 filename;start;end'],
  ])
  await before.secure()
  await before.login()
  assert.deepEqual((await before.command('FEAT')).lines, first.lines)
  const clear = (await (await connected(server, 'none')).command('FEAT')).lines
  for (const word of [' AUTH TLS', ' PBSZ', ' PROT']) assert.ok(!clear.includes(word), word)
  const implicit = (await (await connected(server, 'implicit')).command('FEAT')).lines
  assert.ok(!implicit.includes(' AUTH TLS'))
  assert.ok(implicit.includes(' PROT'))
})

test('FEAT marks the chosen hash and the chosen facts, and leaves out active mode where it is off', async (t) => {
  const client = await loggedIn(await gateway(t, { kinds: ['none'], listener: { activeMode: false } }))
  await client.codes('OPTS HASH MD5', 'OPTS MLST size;modify;')
  const { lines } = await client.command('FEAT')
  assert.ok(lines.includes(' HASH SHA-256;SHA-512;SHA-1;MD5*;CRC32'))
  assert.ok(lines.includes(' MLST type;size*;modify*;perm;unique;UNIX.mode;'))
  assert.ok(!lines.includes(' EPRT'))
})

test('active mode: PORT and EPRT, both ways, in clear and in TLS', async (t) => {
  const server = await gateway(t, { kinds: ['explicit'] })
  writeFileSync(join(server.files, 'a'), 'hello')
  for (const isSecure of [false, true]) {
    const plain = { ...server, ports: { ...server.ports, none: server.ports.explicit } }
    const client = await (isSecure ? loggedIn(server, 'explicit') : loggedIn(plain))
    for (const verb of ['PORT', 'EPRT']) {
      const listener = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
      await once(listener, 'listening')
      t.after(() => listener.close())
      const { port } = listener.address() as net.AddressInfo
      const argument = verb === 'PORT' ? `127,0,0,1,${port >> 8},${port & 255}` : `|1|127.0.0.1|${port}|`
      assert.equal((await client.command(`${verb} ${argument}`)).code, 200)
      const arrival = once(listener, 'connection') as Promise<[net.Socket]>
      client.send('RETR a')
      const [raw] = await arrival
      assert.equal((await client.reply()).code, 150)
      const socket = isSecure ? tls.connect({ socket: raw, rejectUnauthorized: false }) : raw
      const { bytes, ending } = await readToEnd(socket)
      assert.deepEqual([bytes.toString(), ending], ['hello', 'end'])
      socket.end()
      assert.equal((await client.reply()).code, 226)
    }
  }
})

test('a client that goes away in the middle of PASS leaves nothing behind', async (t) => {
  const server = await gateway(t, { kinds: ['none'], limits: { sessionsPerAccount: 1 } })
  for (let i = 0; i < 5; i++) {
    const gone = new RawClient({ port: server.ports.none, clients: server.clients })
    await gone.start()
    gone.send('USER ada')
    gone.send('PASS open sesame')
    gone.socket.resetAndDestroy()
  }
  await sleep(100)
  await loggedIn(server)
})
