import type { IniSection } from './ini.ts'
import type { Notebook } from './notes.ts'

/** An account of the old tool, with the bucket that only it had. */
export interface CosAccount {
  readonly section: string
  readonly name: string
  readonly password: string
  readonly secretId: string
  readonly secretKey: string
  readonly bucket: string
  readonly region: string | null
  /** With its scheme; null: made of the region. */
  readonly endpoint: string | null
  readonly permissions: readonly string[]
}

const required = [
  'cos_secretid',
  'cos_secretkey',
  'cos_bucket',
  'ftp_login_user_name',
  'ftp_login_user_password',
  'authority',
]
const known = new Set([...required, 'cos_region', 'cos_endpoint', 'cos_protocol', 'home_dir', 'delete_enable'])

/** Reads the sections that begin with COS_ACCOUNT: each was one FTP user. */
export function readAccounts(sections: readonly IniSection[], notes: Notebook): readonly CosAccount[] {
  const homes = new Map<string, string>()
  const names = new Set<string>()
  const accounts: CosAccount[] = []
  for (const section of sections.filter(({ name }) => name.startsWith('COS_ACCOUNT'))) {
    const account = readAccount(section, notes)
    if (account === null) continue
    if (names.has(account.name)) {
      notes.note('refused', section.name, `There is an account ${account.name} already; names must differ.`)
      continue
    }
    names.add(account.name)
    noteHome(section, homes, notes)
    accounts.push(account)
  }
  return accounts
}

function readAccount(section: IniSection, notes: Notebook): CosAccount | null {
  const value = (key: string) => section.options.get(key)?.value ?? ''
  const missing = required.filter((key) => value(key) === '')
  if (value('cos_region') === '' && value('cos_endpoint') === '') missing.push('cos_region or cos_endpoint')
  if (missing.length > 0) {
    notes.note('refused', section.name, `Lacks ${missing.join(', ')}.`)
    return null
  }
  noteOddities(section, notes)
  return {
    section: section.name,
    name: value('ftp_login_user_name'),
    password: value('ftp_login_user_password'),
    secretId: value('cos_secretid'),
    secretKey: value('cos_secretkey'),
    bucket: value('cos_bucket'),
    region: value('cos_region') || regionOf(value('cos_endpoint')),
    endpoint: endpointOf(section, notes),
    permissions: permissionsOf(section, notes),
  }
}

function noteOddities(section: IniSection, notes: Notebook): void {
  for (const { key, cut, line } of section.options.values()) {
    if (!known.has(key))
      notes.note('dropped', `${section.name}.${key}`, `Meant nothing to the old tool (line ${line}).`)
    if (cut !== null)
      notes.note(
        'changed',
        `${section.name}.${key}`,
        `The old tool cut the value before a blank and a semicolon; so does this (line ${line}). Check it.`,
      )
  }
}

/** The region inside an endpoint of COS; null for other hosts. */
function regionOf(endpoint: string): string | null {
  return /(?:^|\.)cos(?:-internal)?\.([a-z]+-[a-z0-9-]+)\./.exec(endpoint)?.[1] ?? null
}

function endpointOf(section: IniSection, notes: Notebook): string | null {
  const value = (key: string) => section.options.get(key)?.value ?? ''
  const scheme = /^http$/i.test(value('cos_protocol')) ? 'http' : 'https'
  if (scheme === 'http')
    notes.note(
      'changed',
      `${section.name}.cos_protocol`,
      'Secrets are signed, but files travel in clear; https is safer.',
    )
  const endpoint = value('cos_endpoint')
  if (endpoint !== '') {
    if (value('cos_region') !== '')
      notes.note('kept', `${section.name}.cos_endpoint`, 'Goes before cos_region, as it did.')
    return /^https?:\/\//i.test(endpoint) ? endpoint : `${scheme}://${endpoint}`
  }
  return scheme === 'http' ? `http://cos.${value('cos_region')}.myqcloud.com` : null
}

function permissionsOf(section: IniSection, notes: Notebook): readonly string[] {
  const value = (key: string, otherwise: string) => section.options.get(key)?.value ?? otherwise
  const mayRead = /R/i.test(value('authority', ''))
  const mayWrite = /W/i.test(value('authority', ''))
  const mayDelete = !/^(false|no|off|0)$/i.test(value('delete_enable', 'true'))
  noteRights(section.name, { mayRead, mayWrite, mayDelete }, notes)
  return [
    ...(mayRead ? ['list', 'read'] : []),
    ...(mayWrite ? ['write', 'overwrite', 'append'] : []),
    ...(mayWrite && mayDelete ? ['delete'] : []),
    ...(mayWrite ? ['rename', 'makeDirectory'] : []),
  ]
}

interface Rights {
  readonly mayRead: boolean
  readonly mayWrite: boolean
  readonly mayDelete: boolean
}

function noteRights(section: string, { mayRead, mayWrite, mayDelete }: Rights, notes: Notebook): void {
  const setting = `${section}.authority`
  if (!mayRead && !mayWrite) notes.note('refused', setting, 'Grants nothing; the account can log in and no more.')
  if (mayWrite && !mayRead)
    notes.note(
      'changed',
      setting,
      'W alone could not even change folders; now it makes a drop box: files can be put, nothing seen.',
    )
  if (mayWrite && !mayDelete)
    notes.note(
      'changed',
      `${section}.delete_enable`,
      'Forbids DELE and RMD as before. Renaming and overwriting stayed possible, and stay so: take `rename` and `overwrite` out of the permissions to close that too.',
    )
}

/** The old tool used it as the key of a table, never as a folder. */
function noteHome(section: IniSection, homes: Map<string, string>, notes: Notebook): void {
  const home = section.options.get('home_dir')?.value ?? ''
  if (home === '') return
  const other = homes.get(home)
  homes.set(home, section.name)
  if (other !== undefined)
    notes.note(
      'changed',
      `${section.name}.home_dir`,
      `Was the same as that of ${other}, and the old tool then showed both the bucket of the last one. Now each has its own.`,
    )
  else
    notes.note(
      'dropped',
      `${section.name}.home_dir`,
      'Was only a name: the account sees its whole bucket, as before. A `prefix` in the mount would confine it.',
    )
}
