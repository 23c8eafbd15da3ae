import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEnv } from 'node:util'
import { parse } from 'yaml'
import { formatSecret, importCosFtpServer } from '../../../src/cli/import/cos-ftp-server.ts'
import { formatNotes } from '../../../src/cli/import/notes.ts'

const account = (lines: Readonly<Record<string, string>> = {}, section = 'COS_ACCOUNT_0') => {
  const all = {
    cos_secretid: 'AKID',
    cos_secretkey: 'ab#cd;ef%gh=ij',
    cos_bucket: 'photos-1250000000',
    cos_region: 'ap-guangzhou',
    home_dir: '/home/camera',
    ftp_login_user_name: 'camera',
    ftp_login_user_password: 'cam;era#1',
    authority: 'RW',
    ...lines,
  }
  return [`[${section}]`, ...Object.entries(all).map(([key, value]) => `${key} = ${value}`)].join('\n')
}

const run = async (text: string) => {
  const imported = await importCosFtpServer(text, async (password) => `hash of ${password}`)
  return { ...imported, tree: parse(imported.yaml), report: formatNotes(imported.notes) }
}

test('every character of secrets and passwords is kept', async () => {
  const { tree, secrets } = await run(account())
  assert.equal(tree.accounts[0].passwordHash, 'hash of cam;era#1')
  assert.equal(secrets.get('COS_SECRET_KEY'), 'ab#cd;ef%gh=ij')
  assert.equal(tree.storages.photos.credentials.secretKey, '${env:COS_SECRET_KEY}')
})

test('secrets come back from the .env file as they were', () => {
  for (const value of ['ab#cd;ef%gh=ij', "it's", 'a "b" $c', ' x ', '\\'])
    assert.equal(parseEnv(formatSecret('K', value))['K'], value)
  assert.throws(() => formatSecret('K', `'"`), RangeError)
})

test('authority and delete_enable become permissions', async () => {
  const permissions = async (lines: Readonly<Record<string, string>>) =>
    (await run(account(lines))).tree.accounts[0].permissions
  assert.deepEqual(await permissions({ authority: 'R' }), ['list', 'read'])
  assert.deepEqual(await permissions({ authority: 'W' }), [
    'write',
    'overwrite',
    'append',
    'delete',
    'rename',
    'makeDirectory',
  ])
  assert.ok(!(await permissions({ delete_enable: 'false' })).includes('delete'))
})

test('accounts with the same bucket and keys share a storage, others do not', async () => {
  const other = (lines: Readonly<Record<string, string>>) =>
    account({ ftp_login_user_name: 'viewer', home_dir: '/home/v', ...lines }, 'COS_ACCOUNT_1')
  const shared = await run(`${account()}\n${other({})}`)
  assert.deepEqual(Object.keys(shared.tree.storages), ['photos'])
  const apart = await run(`${account()}\n${other({ cos_secretkey: 'else' })}`)
  assert.deepEqual(Object.keys(apart.tree.storages), ['photos', 'photos-2'])
  assert.equal(apart.secrets.size, 4)
})

test('an endpoint goes before the region, and takes the protocol', async () => {
  const storage = async (lines: Readonly<Record<string, string>>) => (await run(account(lines))).tree.storages.photos
  assert.equal((await storage({ cos_endpoint: 'cos.ap-x.tencentcos.cn' })).endpoint, 'https://cos.ap-x.tencentcos.cn')
  assert.equal((await storage({ cos_protocol: 'http' })).endpoint, 'http://cos.ap-guangzhou.myqcloud.com')
  assert.equal((await storage({})).endpoint, undefined)
  assert.equal(
    (await storage({ cos_region: '', cos_endpoint: 'cos.eu-frankfurt.tencentcos.cn' })).region,
    'eu-frankfurt',
  )
})

test('the quirks of ports and connections are kept and told', async () => {
  const network = (lines: string) => run(`${account()}\n[NETWORK]\n${lines}\n[OPTIONAL]\nmax_connection_num = 0\n`)
  const { tree, report } = await network('passive_port = 50000,50010\nmasquerade_address = ftp.example.org')
  assert.equal(tree.passive.ports, '50000-50009')
  assert.equal(tree.passive.masqueradeAddress, 'ftp.example.org')
  assert.equal(tree.limits.sessions, 255)
  assert.match(report, /ftp\.example\.org is now resolved/)
  assert.equal((await network('passive_port = 61000')).tree.passive.ports, '61000-65534')
  assert.match((await network('passive_port = many')).report, /^Refused:\n {2}NETWORK.passive_port/)
})

test('what cannot be an account is refused with its reason', async () => {
  const { accounts, report } = await run(account({ cos_bucket: '', authority: '' }))
  assert.equal(accounts, 0)
  assert.match(report, /COS_ACCOUNT_0: Lacks cos_bucket, authority\./)
  const twice = await run(`${account()}\n${account({ home_dir: '/h' }, 'COS_ACCOUNT_1')}`)
  assert.equal(twice.accounts, 1)
  assert.match(twice.report, /There is an account camera already/)
})

test('sections and keys that meant nothing are named', async () => {
  const { report } = await run(`${account({ colour: 'red' })}\n[FTP]\nx = 1\n[OPTIONAL]\nspeed = 9`)
  for (const setting of ['COS_ACCOUNT_0.colour', 'FTP', 'OPTIONAL.speed'])
    assert.ok(report.includes(`${setting}: Meant nothing`))
})
