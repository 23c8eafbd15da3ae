import assert from 'node:assert/strict'
import net from 'node:net'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { gateway } from '../helpers/gateway.ts'
import { loggedIn, readToEnd } from '../helpers/raw-client.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((found) => found?.some(({ address }) => address === '::1'))

if (!hasIpv6)
  test('IPv6 cannot be tried: this machine has no ::1', () => {
    assert.equal(hasIpv6, false)
  })
else
  test('over IPv6 a client logs in, uploads by EPSV and EPRT, and is told to use them in place of PASV and PORT', async (t) => {
    const server = await gateway(t, { kinds: ['none', 'explicit'], listener: { address: '::1' } })
    const client = await loggedIn(server, 'none', { host: '::1' })
    assert.equal((await client.command('PASV')).code, 522)
    assert.equal((await client.upload('STOR passive', 'one')).code, 226)

    const own = net.createServer().listen(0, '::1')
    t.after(() => own.close())
    await new Promise((resolve) => own.once('listening', resolve))
    const { port } = own.address() as net.AddressInfo
    assert.equal((await client.command(`EPRT |2|::1|${port}|`)).code, 200)
    const arrived = new Promise<net.Socket>((resolve) => own.once('connection', resolve))
    client.send('RETR passive')
    assert.equal((await client.reply()).code, 150)
    assert.equal((await readToEnd(await arrived)).bytes.toString(), 'one')
    assert.equal((await client.reply()).code, 226)

    const secure = await loggedIn(server, 'explicit', { host: '::1' })
    assert.equal((await secure.upload('STOR secure', 'two')).code, 226)
  })
