import { Document } from 'yaml'
import { parseIni } from './ini.ts'
import { readAccounts, type CosAccount } from './cos-accounts.ts'
import { readSettings, type CosSettings } from './cos-settings.ts'
import { notebook, type Note, type Notebook } from './notes.ts'

/** What an import writes, and says. */
export interface Imported {
  /** sluice.yaml */
  readonly yaml: string
  /** Lines of the `.env` file beside it: the secrets. */
  readonly secrets: ReadonlyMap<string, string>
  readonly notes: readonly Note[]
  /** Without one there is nothing to serve. */
  readonly accounts: number
}

/** Turns the vsftpd.conf of the COS FTP Server tool into a configuration. `hash` makes a password's hash. */
export async function importCosFtpServer(text: string, hash: (password: string) => Promise<string>): Promise<Imported> {
  const notes = notebook()
  const file = parseIni(text)
  const settings = readSettings(file, notes)
  const accounts = readAccounts(file.sections, notes)
  noteBehaviour(notes)
  const vault = secretNames(accounts)
  const hashes = new Map<string, string>()
  for (const { name, password } of accounts) hashes.set(name, await hash(password))
  const tree = treeOf(settings, accounts, { vault, hashes })
  return { yaml: write(tree), secrets: vault.secrets, notes: notes.notes, accounts: accounts.length }
}

/** What no setting says, and every user of the old tool must know. */
function noteBehaviour(notes: Notebook): void {
  notes.note(
    'changed',
    'uploads',
    'A cut or cancelled upload is no longer stored as if it were whole. `incompleteUploads: publish` on an account brings the old behaviour back.',
  )
  notes.note(
    'changed',
    'TLS',
    'Clients may now ask for TLS on the same port (AUTH TLS); those that do not go on in clear. `tls: required` closes that.',
  )
  notes.note('changed', 'data connections', 'Only the client itself may open them; the old tool let anybody.')
  notes.note(
    'changed',
    'passwords',
    'Are kept as argon2id hashes. COS keys stand in the .env file beside the configuration.',
  )
}

interface Vault {
  readonly secrets: ReadonlyMap<string, string>
  /** The names of an account's key pair. */
  namesOf(account: CosAccount): { readonly secretId: string; readonly secretKey: string }
}

/** One pair of names for each different pair of keys. */
function secretNames(accounts: readonly CosAccount[]): Vault {
  const secrets = new Map<string, string>()
  const pairs = new Map<string, string>()
  const namesOf = ({ secretId, secretKey }: CosAccount) => {
    const pair = JSON.stringify([secretId, secretKey])
    const prefix = pairs.get(pair) ?? (pairs.size === 0 ? 'COS' : `COS_${pairs.size + 1}`)
    pairs.set(pair, prefix)
    return { secretId: `${prefix}_SECRET_ID`, secretKey: `${prefix}_SECRET_KEY` }
  }
  for (const account of accounts) {
    const names = namesOf(account)
    secrets.set(names.secretId, account.secretId)
    secrets.set(names.secretKey, account.secretKey)
  }
  return { secrets, namesOf }
}

function treeOf(
  settings: CosSettings,
  accounts: readonly CosAccount[],
  { vault, hashes }: { readonly vault: Vault; readonly hashes: ReadonlyMap<string, string> },
): Record<string, unknown> {
  const storages = new Map<string, object>()
  const names = new Map<string, string>()
  const storageOf = (account: CosAccount): string => {
    const storage = storageTree(account, vault)
    const same = JSON.stringify(storage)
    const name = names.get(same) ?? freeName(account.bucket.replace(/-\d+$/, ''), storages)
    names.set(same, name)
    storages.set(name, storage)
    return name
  }
  const accountTrees = accounts.map((account) => ({
    name: account.name,
    passwordHash: hashes.get(account.name),
    permissions: account.permissions,
    ...(settings.maxFileBytes === null ? {} : { maxFileBytes: settings.maxFileBytes }),
    mounts: [{ path: '/', storage: storageOf(account) }],
  }))
  return {
    listeners: [{ address: '0.0.0.0', port: settings.port, tls: 'explicit' }],
    passive: {
      ports: settings.passivePorts,
      ...(settings.publicAddress === null ? {} : { masqueradeAddress: settings.publicAddress }),
    },
    storages: Object.fromEntries(storages),
    accounts: accountTrees,
    limits: {
      sessions: settings.sessions,
      sessionsPerAddress: settings.sessions,
      sessionsPerAccount: settings.sessions,
    },
    log: { level: settings.logLevel, ...(settings.logFile === null ? {} : { file: settings.logFile }) },
  }
}

function storageTree(account: CosAccount, vault: Vault): object {
  const { secretId, secretKey } = vault.namesOf(account)
  return {
    driver: 'cos',
    bucket: account.bucket,
    ...(account.region === null ? {} : { region: account.region }),
    ...(account.endpoint === null ? {} : { endpoint: account.endpoint }),
    credentials: { secretId: `\${env:${secretId}}`, secretKey: `\${env:${secretKey}}` },
  }
}

function freeName(wanted: string, taken: ReadonlyMap<string, unknown>): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!taken.has(name)) return name
  }
}

function write(tree: Record<string, unknown>): string {
  const document = new Document(tree, { aliasDuplicateObjects: false })
  document.commentBefore =
    ' Made by `sluice import cos-ftp-server`. The secrets stand in the .env file beside this one.'
  return document.toString({ lineWidth: 0 })
}

/**
 * One line of a `.env` file that shells and Node read alike. @throws RangeError for a value that no quotes can hold.
 */
export function formatSecret(name: string, value: string): string {
  if (!/['\n]/.test(value)) return `${name}='${value}'`
  if (!/["\n\\$`]/.test(value)) return `${name}="${value}"`
  throw new RangeError(`The value of ${name} holds quotes of every kind.`)
}
