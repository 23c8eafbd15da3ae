import type { ContentProof } from '../../core/content-proof.ts'
import { countBytes } from '../../core/units.ts'
import type { RestoreState } from '../../files/file-tree.ts'
import { multilineReply, reply, quotePath, type Reply } from '../wire/reply.ts'

const restoreTexts: Readonly<Record<RestoreState, string>> = {
  requested: 'Asked for; it can be read in minutes to hours, as the storage has it.',
  'under-way': 'Was asked for before; it cannot be read yet.',
  readable: 'It can be read.',
}

/** What a 226 tells of an upload. */
interface StoredText {
  readonly bytes: number
  /** Of the whole file, which the hash is of. */
  readonly fileBytes: number
  readonly proof: ContentProof | null
}

/**
 * What the server says on each occasion: code and text in one place. The code is contract; where a client parses the text,
 * protocol.md says so and a test holds it. A reply profile replaces single lines of this table.
 */
export const standardOccasions = {
  greeting: (banner: string) => reply(220, banner),
  passwordPlease: () => reply(331, 'Password, please.'),
  welcome: () => reply(230, 'Welcome.'),
  loginDenied: () => reply(530, 'Login denied.'),
  loginFirst: () => reply(530, 'Please log in with USER and PASS.'),
  userFirst: () => reply(503, 'Send USER first.'),
  alreadyLoggedIn: () => reply(503, 'Already logged in.'),
  tooManyFailures: () => reply(421, 'Login failed; goodbye.'),
  tooManySessions: () => reply(421, 'Too many connections; try again later.'),
  tooManyFromAddress: () => reply(421, 'Too many connections from your address.'),
  loginTimeout: () => reply(421, 'Login took too long.'),
  idleTimeout: () => reply(421, 'Idle for too long; goodbye.'),
  shuttingDown: () => reply(421, 'The server is going down.'),
  tlsRequired: () => reply(530, 'TLS is required: send AUTH TLS first.'),
  superfluous: () => reply(202, 'Not needed here.'),
  reinitialized: () => reply(220, 'Ready for a new user.'),
  notInTls: (verb: string) => reply(502, `${verb} is not possible inside TLS.`),
  goodbye: () => reply(221, 'Goodbye.'),

  startTls: () => reply(234, 'Start TLS.'),
  unknownMechanism: () => reply(504, 'Unknown security mechanism; use AUTH TLS.'),
  alreadySecure: () => reply(503, 'TLS is on already.'),
  noTlsHere: () => reply(534, 'TLS is not offered here.'),
  tlsNotLoadable: () => reply(431, 'TLS is not available at the moment.'),
  adatNotUsed: () => reply(503, 'AUTH TLS needs no ADAT.'),
  protectionLevel: () => reply(533, 'Protected commands are not used with TLS.'),
  bufferSize: () => reply(200, 'PBSZ=0'),
  needsTls: (verb: string) => reply(503, `${verb} needs a secure connection.`),
  pbszFirst: () => reply(503, 'Send PBSZ 0 first.'),
  dataProtected: () => reply(200, 'Data connections are protected.'),
  dataClear: () => reply(200, 'Data connections are in clear.'),
  clearDataRefused: () => reply(534, 'Data connections must be protected: PROT P.'),
  protectionUnsupported: () => reply(536, 'That protection level is not supported by TLS.'),
  protectionUnknown: () => reply(504, 'Unknown protection level; use P or C.'),
  controlStaysSecure: () => reply(534, 'The control connection stays protected.'),
  controlIsClear: () => reply(533, 'The control connection is in clear.'),
  dataMustBeProtected: () => reply(521, 'Data connections must be protected: send PROT P.'),

  host: (name: string) => reply(220, `Host ${name} accepted.`),
  unknownHost: () => reply(504, 'No such host here.'),
  hostAfterUser: () => reply(503, 'HOST comes before USER.'),
  system: () => reply(215, 'UNIX Type: L8'),
  noted: () => reply(200, 'Noted.'),
  serverName: () => reply(200, 'Name=Sluice;'),
  language: () => reply(200, 'Replies are in English.'),
  languageUnknown: () => reply(504, 'Only English is spoken here.'),
  noop: () => reply(200, 'OK.'),
  utf8On: () => reply(200, 'Names are in UTF-8.'),
  utf8Off: () => reply(200, 'Names are in the character set of this account.'),
  utf8Always: () => reply(504, 'Names are always in UTF-8.'),
  mlstOptions: (text: string) => reply(200, text),
  hashAlgorithm: (name: string) => reply(200, name),
  deflateLevel: (level: number) => reply(200, `MODE Z LEVEL set to ${level}.`),
  optionUnknown: () => reply(501, 'Option not understood.'),
  features: (lines: readonly string[]) => multilineReply(211, 'Features:', lines, 'End'),
  help: (lines: readonly string[]) => multilineReply(214, 'Commands:', lines, 'End.'),
  helpFor: (usage: string) => reply(214, usage),
  helpUnknown: (verb: string) => reply(502, `Unknown command ${verb}.`),
  siteHelp: (lines: readonly string[]) => multilineReply(214, 'SITE commands:', lines, 'End.'),
  status: (lines: readonly string[]) => multilineReply(211, 'Status:', lines, 'End of status.'),
  pathStatus: (kind: 'file' | 'directory', path: string, lines: readonly string[]) =>
    kind === 'file'
      ? multilineReply(213, `Status of ${path}:`, lines, 'End of status.')
      : multilineReply(212, `Status of ${path}:`, lines, 'End of status.'),

  passive: (numbers: string) => reply(227, `Entering Passive Mode (${numbers}).`),
  extendedPassive: (bars: string) => reply(229, `Entering Extended Passive Mode (${bars})`),
  epsvAll: () => reply(200, 'EPSV ALL: only EPSV from now on.'),
  afterEpsvAll: () => reply(503, 'Not after EPSV ALL.'),
  protocolUnsupported: (usable: string) => reply(522, `Network protocol not supported, use ${usable}.`),
  port: (verb: string) => reply(200, `${verb} accepted.`),
  activeOff: () => reply(502, 'Active mode is off; use PASV or EPSV.'),
  foreignAddress: (_verb: string) => reply(504, 'Only your own address, and ports from 1024.'),
  type: (type: 'A' | 'I') => reply(200, `Type is ${type}.`),
  typeUnknown: () => reply(504, 'Use TYPE A or TYPE I.'),
  structure: () => reply(200, 'Structure is F.'),
  structureUnknown: () => reply(504, 'Only STRU F is known.'),
  mode: (mode: 'S' | 'Z') => reply(200, `Mode is ${mode}.`),
  modeUnknown: () => reply(504, 'Use MODE S or MODE Z.'),
  allocated: () => reply(200, 'Noted.'),
  restart: (offset: number) => reply(350, `Restarting at ${offset}. Send STOR, APPE or RETR.`),
  range: (first: number, last: number) => reply(350, `Range ${first}-${last}. Send RETR or HASH.`),
  rangeCleared: () => reply(350, 'Range cleared.'),
  notImplemented: (verb: string) => reply(502, `${verb} is not offered.`),

  noAgreement: () => reply(425, 'Use PASV or EPSV first.'),
  // wget, ftplib and .NET look for "bytes", also behind 1.
  sending: (_name: string, bytes: number | null, _type: 'A' | 'I') =>
    reply(150, bytes === null ? 'Opening data connection.' : `Opening data connection (${bytes} bytes).`),
  listing: () => reply(150, 'Listing follows.'),
  receiving: () => reply(150, 'Ready for the data.'),
  receivingUnique: (name: string) => reply(150, `FILE: ${name}`),
  sent: (bytes: number) => reply(226, `Sent ${countBytes(bytes)}.`),
  listed: (entries: number) => reply(226, entries === 1 ? '1 entry.' : `${entries} entries.`),
  /** Nothing follows the hash, so that it can be taken from the line as it is. */
  stored: ({ bytes, fileBytes, proof }: StoredText) => {
    const text = `Stored ${countBytes(bytes)}${fileBytes === bytes ? '' : `, ${fileBytes} in all`}`
    return reply(226, proof === null ? `${text}.` : `${text}; ${proof.name} ${proof.hex}`)
  },
  transferAborted: () => reply(426, 'Transfer aborted.'),
  aborDone: () => reply(226, 'Abort done.'),
  aborNothing: () => reply(225, 'Nothing to abort.'),

  directory: (path: string) => reply(257, `${quotePath(path)} is the current directory.`),
  directoryMade: (path: string) => reply(257, `${quotePath(path)} created`),
  directoryChanged: (verb: string) => reply(verb === 'CDUP' ? 200 : 250, 'Directory changed.'),
  removed: () => reply(250, 'Removed.'),
  directoryRemoved: () => reply(250, 'Directory removed.'),
  treeRemoved: (entries: number) => reply(250, `Removed with all it held (${entries}).`),
  renameFrom: () => reply(350, 'Ready for RNTO.'),
  renameFromFirst: () => reply(503, 'Send RNFR first.'),
  renamed: () => reply(250, 'Renamed.'),
  copyFrom: () => reply(350, 'Ready for SITE CPTO.'),
  copyFromFirst: () => reply(503, 'Send SITE CPFR first.'),
  copied: () => reply(250, 'Copied.'),
  combined: () => reply(250, 'Combined.'),
  size: (bytes: number) => reply(213, String(bytes)),
  sizeInAscii: () => reply(550, 'SIZE is not available in ASCII mode; use TYPE I.'),
  modified: (timestamp: string) => reply(213, timestamp),
  modifiedUnknown: (path: string) => reply(550, `${path} has no known time.`),
  modifiedSet: () => reply(213, 'File modification time set.'),
  modifiedNotSet: (why: string) => reply(550, why),
  factsSet: (facts: string, name: string) => reply(213, `${facts} ${name}`),
  factUnknown: (fact: string) => reply(504, `The fact ${fact} cannot be changed.`),
  timesSet: () => reply(213, 'Times set.'),
  hash: (text: string) => reply(213, text),
  checksum: (hex: string) => reply(250, hex),
  available: (bytes: number) => reply(213, String(bytes)),
  facts: (path: string, line: string) => multilineReply(250, `Listing ${path}`, [line], 'End.'),
  notInAscii: () => reply(550, 'REST needs TYPE I.'),
  modeChanged: () => reply(200, 'Mode changed.'),
  noModes: () => reply(502, 'Modes are not kept here.'),
  restored: (state: RestoreState) => reply(250, restoreTexts[state]),
  siteUnknown: () => reply(500, 'Unknown SITE command.'),
  siteRefused: (word: string) => reply(504, `SITE ${word} is not allowed.`),
  siteIdle: (seconds: number) => reply(200, `Idle time-out is ${seconds} seconds.`),

  unknownCommand: (verb: string) => reply(500, verb === '' ? 'Not a command.' : `Unknown command ${verb}.`),
  syntax: (usage: string) => reply(501, `Usage: ${usage}`),
  lineTooLong: () => reply(500, 'Line too long.'),
  endlessLine: () => reply(421, 'Endless line; goodbye.'),
  refusedLine: (code: number, sentence: string) => reply(code, sentence),
} satisfies Record<string, (...args: never[]) => Reply>

export type Occasions = typeof standardOccasions
