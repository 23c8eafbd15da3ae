import type { ErrorCode, GatewayError } from '../../core/errors.ts'
import { isStrangersOnly } from '../data/passive.ts'
import { multilineReply, quotePath, reply, type Reply } from '../wire/reply.ts'
import type { Occasions } from './occasions.ts'

/** The texts of vsftpd 3, for scripts that match them: protocol.md §9. What is not here keeps our own text. */
export const vsftpdOccasions: Partial<Occasions> = {
  passwordPlease: () => reply(331, 'Please specify the password.'),
  welcome: () => reply(230, 'Login successful.'),
  loginDenied: () => reply(530, 'Login incorrect.'),
  loginFirst: () => reply(530, 'Please login with USER and PASS.'),
  userFirst: () => reply(503, 'Login with USER first.'),
  alreadyLoggedIn: () => reply(230, 'Already logged in.'),
  tooManySessions: () => reply(421, 'There are too many connected users, please try later.'),
  tooManyFromAddress: () => reply(421, 'There are too many connections from your internet address.'),
  idleTimeout: () => reply(421, 'Timeout.'),
  loginTimeout: () => reply(421, 'Timeout.'),
  tlsRequired: () => reply(530, 'Non-anonymous sessions must use encryption.'),
  startTls: () => reply(234, 'Proceed with negotiation.'),
  unknownMechanism: () => reply(504, 'Unknown AUTH type.'),
  bufferSize: () => reply(200, 'PBSZ set to 0.'),
  dataProtected: () => reply(200, 'PROT now Private.'),
  dataClear: () => reply(200, 'PROT now Clear.'),
  protectionUnsupported: () => reply(536, 'PROT not supported.'),
  protectionUnknown: () => reply(504, 'PROT not recognized.'),
  dataMustBeProtected: () => reply(522, 'Data connections must be encrypted.'),
  utf8On: () => reply(200, 'Always in UTF8 mode.'),
  directory: (path: string) => reply(257, quotePath(path)),
  directoryChanged: () => reply(250, 'Directory successfully changed.'),
  type: (type: 'A' | 'I') => reply(200, `Switching to ${type === 'I' ? 'Binary' : 'ASCII'} mode.`),
  typeUnknown: () => reply(500, 'Unrecognised TYPE command.'),
  structure: () => reply(200, 'Structure set to F.'),
  structureUnknown: () => reply(504, 'Bad STRU command.'),
  mode: (mode: 'S' | 'Z') => reply(200, `Mode set to ${mode}.`),
  modeUnknown: () => reply(504, 'Bad MODE command.'),
  epsvAll: () => reply(200, 'EPSV ALL ok.'),
  protocolUnsupported: (usable: string) => reply(522, `Bad network protocol, use ${usable}.`),
  port: (verb: string) =>
    reply(200, `${verb} command successful. Consider using ${verb === 'PORT' ? 'PASV' : 'EPSV'}.`),
  foreignAddress: (verb: string) => reply(500, `Illegal ${verb} command.`),
  activeOff: () => reply(550, 'Permission denied.'),
  noAgreement: () => reply(425, 'Use PORT or PASV first.'),
  listing: () => reply(150, 'Here comes the directory listing.'),
  listed: () => reply(226, 'Directory send OK.'),
  sending: (name: string, bytes: number | null, type: 'A' | 'I') => {
    const size = bytes === null ? '' : ` (${bytes} bytes)`
    return reply(150, `Opening ${type === 'I' ? 'BINARY' : 'ASCII'} mode data connection for ${name}${size}.`)
  },
  sent: () => reply(226, 'Transfer complete.'),
  receiving: () => reply(150, 'Ok to send data.'),
  stored: () => reply(226, 'Transfer complete.'),
  aborDone: () => reply(226, 'ABOR successful.'),
  aborNothing: () => reply(225, 'No transfer to ABOR.'),
  restart: (offset: number) => reply(350, `Restart position accepted (${offset}).`),
  renamed: () => reply(250, 'Rename successful.'),
  renameFromFirst: () => reply(503, 'RNFR required first.'),
  removed: () => reply(250, 'Delete operation successful.'),
  directoryRemoved: () => reply(250, 'Remove directory operation successful.'),
  modifiedNotSet: () => reply(550, 'Could not set file modification time.'),
  allocated: () => reply(202, 'ALLO command ignored.'),
  unknownCommand: () => reply(500, 'Unknown command.'),
  notImplemented: (verb: string) => reply(502, `${verb} not implemented.`),
  noop: () => reply(200, 'NOOP ok.'),
  help: (lines: readonly string[]) => multilineReply(214, 'The following commands are recognized.', lines, 'Help OK.'),
  status: (lines: readonly string[]) => multilineReply(211, 'FTP server status:', lines, 'End of status'),
  modeChanged: () => reply(200, 'SITE CHMOD command ok.'),
  siteUnknown: () => reply(500, 'Unknown SITE command.'),
}

/** What vsftpd says when a verb fails for a reason of the file system. */
const failures: Readonly<Record<string, Reply>> = {
  CWD: reply(550, 'Failed to change directory.'),
  CDUP: reply(550, 'Failed to change directory.'),
  RETR: reply(550, 'Failed to open file.'),
  STOR: reply(553, 'Could not create file.'),
  APPE: reply(553, 'Could not create file.'),
  STOU: reply(553, 'Could not create file.'),
  RNFR: reply(550, 'RNFR command failed.'),
  RNTO: reply(550, 'Rename failed.'),
  DELE: reply(550, 'Delete operation failed.'),
  RMD: reply(550, 'Remove directory operation failed.'),
  MKD: reply(550, 'Create directory operation failed.'),
  SIZE: reply(550, 'Could not get file size.'),
  MDTM: reply(550, 'Could not get file modification time.'),
}

const missingReuse =
  'SSL connection failed; session reuse required: see require_ssl_reuse option in vsftpd.conf man page'

const aboutFiles: ReadonlySet<ErrorCode> = new Set([
  ...(['not-found', 'already-exists', 'is-directory', 'not-directory', 'directory-not-empty', 'invalid-path'] as const),
])

/** The reply vsftpd would give, or null where ours stands. `isUpload` tells who was writing when the data side broke. */
export function vsftpdFailure(error: GatewayError, verb: string, isUpload: boolean): Reply | null {
  if (aboutFiles.has(error.code)) return failures[verb] ?? null
  switch (error.code) {
    case 'permission-denied':
      return reply(550, 'Permission denied.')
    case 'session-not-resumed':
      return reply(522, missingReuse)
    case 'data-connection-refused':
      return reply(425, isStrangersOnly(error) ? 'Security: Bad IP connecting.' : 'Failed to establish connection.')
    case 'data-connection-lost':
      return reply(426, `Failure ${isUpload ? 'reading' : 'writing'} network stream.`)
    case 'unavailable':
    case 'internal':
      return reply(451, `Failure ${isUpload ? 'writing to' : 'reading'} local file.`)
    default:
      return null
  }
}
