import { isIPv4 } from 'node:net'
import type { IniFile } from './ini.ts'
import type { Notebook } from './notes.ts'

/** What the old tool's general sections come to. */
export interface CosSettings {
  readonly port: number
  readonly passivePorts: string
  readonly publicAddress: string | null
  /** Null: no limit. */
  readonly maxFileBytes: number | null
  readonly sessions: number
  readonly logLevel: 'debug' | 'info' | 'error'
  readonly logFile: string | null
}

type Reader = (setting: string) => string

/** Built into the old tool. */
const defaults: Readonly<Record<string, string>> = {
  'NETWORK.listen_port': '2121',
  'NETWORK.passive_port': '60000,65535',
  'FILE_OPTION.single_file_max_size': '214748364800',
  'OPTIONAL.max_connection_num': '512',
  'OPTIONAL.log_level': 'INFO',
}

const general: Readonly<Record<string, readonly string[]>> = {
  NETWORK: ['masquerade_address', 'listen_port', 'passive_port'],
  FILE_OPTION: ['single_file_max_size'],
  OPTIONAL: [
    ...['config_check_enable', 'min_part_size', 'upload_thread_num', 'max_connection_num', 'max_list_file'],
    ...['log_level', 'log_dir', 'log_rotate_enabled', 'log_rotate_when', 'log_backup_count'],
  ],
}

/** What is dropped, and why. */
const dropped: Readonly<Record<string, string>> = {
  'OPTIONAL.config_check_enable': 'Memory is bounded by `memory`; nothing has to be computed at the start.',
  'OPTIONAL.min_part_size': 'Parts grow with the file.',
  'OPTIONAL.upload_thread_num': 'Parts are sent in parallel within the memory bound; there are no threads to count.',
  'OPTIONAL.max_list_file': 'Listings are streamed whole; nothing is cut off.',
  'OPTIONAL.log_rotate_enabled': 'Rotate with logrotate: SIGHUP opens the log file again.',
  'OPTIONAL.log_rotate_when': 'See log_rotate_enabled.',
  'OPTIONAL.log_backup_count': 'See log_rotate_enabled. The old tool always kept 100, whatever stood here.',
}

/** Reads NETWORK, FILE_OPTION and OPTIONAL. */
export function readSettings(file: IniFile, notes: Notebook): CosSettings {
  const value: Reader = (setting) => {
    const [section, key = ''] = setting.split('.')
    const found = file.sections.find(({ name }) => name === section)?.options.get(key)?.value
    return found ?? defaults[setting] ?? ''
  }
  noteOthers(file, notes)
  return {
    port: wholeNumber(value('NETWORK.listen_port')) ?? refuse(notes, 'NETWORK.listen_port', 2121),
    passivePorts: passivePorts(value, notes),
    publicAddress: publicAddress(value('NETWORK.masquerade_address'), notes),
    maxFileBytes: maxFileBytes(value, notes),
    sessions: sessions(value, notes),
    logLevel: logLevel(value('OPTIONAL.log_level')),
    logFile: logFile(value('OPTIONAL.log_dir'), notes),
  }
}

function noteOthers(file: IniFile, notes: Notebook): void {
  for (const { name, options, line } of file.sections) {
    if (name.startsWith('COS_ACCOUNT')) continue
    const keys = general[name]
    if (keys === undefined) notes.note('dropped', name, `Meant nothing to the old tool (line ${line}).`)
    for (const { key, line } of options.values()) {
      const setting = `${name}.${key}`
      const why = dropped[setting]
      if (why !== undefined) notes.note('dropped', setting, why)
      else if (keys !== undefined && !keys.includes(key))
        notes.note('dropped', setting, `Meant nothing to the old tool (line ${line}).`)
    }
  }
  for (const line of file.brokenLines) notes.note('refused', `line ${line}`, 'Is neither a section nor `key = value`.')
}

/** The old tool's range ended before its second number; a single number began a range up to 65534. */
function passivePorts(value: Reader, notes: Notebook): string {
  const setting = 'NETWORK.passive_port'
  const [first, end] = value(setting).split(',').map(wholeNumber)
  if (first === null || first === undefined || end === null) return refuse(notes, setting, '60000-65534')
  const last = (end ?? 65_535) - 1
  if (first < 1 || last < first || last > 65_534) return refuse(notes, setting, '60000-65534')
  notes.note(
    'changed',
    setting,
    `Ports ${first} to ${last}: the old tool never used the upper number. When all are taken a client is told so (425); the old tool went on to any port.`,
  )
  return `${first}-${last}`
}

function publicAddress(text: string, notes: Notebook): string | null {
  const setting = 'NETWORK.masquerade_address'
  if (text === '') return null
  if (isIPv4(text)) notes.note('kept', setting, `Told to clients by PASV: ${text}.`)
  else
    notes.note('changed', setting, `The old tool ignored names without a word; ${text} is now resolved, and refreshed.`)
  return text
}

function maxFileBytes(value: Reader, notes: Notebook): number | null {
  const setting = 'FILE_OPTION.single_file_max_size'
  const bytes = wholeNumber(value(setting))
  if (bytes === null || bytes < 1) return refuse(notes, setting, null)
  notes.note(
    'changed',
    setting,
    'A longer file is refused with 552 and nothing of it is stored; the old tool stored what it had. It no longer costs memory.',
  )
  return bytes
}

/** Clients needed two sockets each, and one was the listener's. */
function sessions(value: Reader, notes: Notebook): number {
  const setting = 'OPTIONAL.max_connection_num'
  const written = wholeNumber(value(setting))
  // Documented as "no limit", and ignored: the default stayed.
  const sockets = written === null || written === 0 ? 512 : written
  const clients = Math.max(1, Math.floor((sockets - 1) / 2))
  notes.note('changed', setting, `Was ${sockets} sockets, enough for ${clients} clients; it is now counted in clients.`)
  return clients
}

function logLevel(text: string): CosSettings['logLevel'] {
  if (/^debug$/i.test(text)) return 'debug'
  return /^(error|critical)$/i.test(text) ? 'error' : 'info'
}

function logFile(folder: string, notes: Notebook): string | null {
  if (folder === '') return null
  notes.note(
    'changed',
    'OPTIONAL.log_dir',
    `The log is written to ${folder}/sluice.log, one line of JSON for each event, and is never cut at a start. (The old tool made the folder's name lower case.)`,
  )
  return `${folder}/sluice.log`
}

function wholeNumber(text: string | undefined): number | null {
  const trimmed = text?.trim() ?? ''
  return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : null
}

function refuse<Default>(notes: Notebook, setting: string, instead: Default): Default {
  notes.note('refused', setting, `Cannot be read${instead === null ? '' : `; ${String(instead)} is used instead`}.`)
  return instead
}
