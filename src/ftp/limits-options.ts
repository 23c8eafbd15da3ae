import { z } from 'zod'
import { bytesSchema, durationSchema } from '../core/schema.ts'

const count = (value: number, max = 10_000_000) => z.int().min(1).max(max).default(value)
const time = (value: string) => durationSchema({ min: 1, max: 7 * 86_400_000 }).prefault(value)

/** Every bound of the FTP side, for all listeners together. Times are milliseconds once read, sizes bytes. */
export const limitsOptions = z.strictObject({
  sessions: count(10_000).describe('Clients connected at once. One more is told 421.'),
  sessionsPerAddress: count(200).describe('Clients connected at once from one address.'),
  sessionsPerAccount: count(100).describe('Sessions of one account at once, unless the account says otherwise.'),
  unauthenticatedSessions: count(1000).describe(
    'Clients that have not logged in yet. Beyond it the oldest of the address that has the most of them is closed.',
  ),
  loginTimeout: time('60s').describe('Time from the connection to the login, in all.'),
  idleTimeout: time('300s').describe('Time without a command or a transfer after which a session is closed.'),
  dataTimeout: time('120s').describe('Time without a byte after which a transfer is cut.'),
  acceptTimeout: time('30s').describe('Time in which a client must open the passive data connection.'),
  handshakeTimeout: time('15s').describe('Time for a TLS handshake.'),
  loginFailures: count(5, 1000).describe('Wrong passwords on one connection after which it is closed.'),
  commandLineBytes: bytesSchema({ min: 512, max: 1024 ** 2 })
    .prefault('8 KiB')
    .describe('Longest command line, in bytes. A longer one is refused with 500.'),
  queuedCommands: count(100, 100_000).describe('Commands of one session that may wait while another one runs.'),
  queuedReplyBytes: bytesSchema({ min: 1024, max: 16 * 1024 ** 2 })
    .prefault('64 KiB')
    .describe('Replies that a client has not read, in bytes, at which its commands are no longer read.'),
  replyTimeout: time('60s').describe('Time in which a client must read waiting replies.'),
  drainTimeout: time('30s').describe('Time that running transfers get to finish when the server stops.'),
  recursionDepth: count(10, 1000).describe('Depth of LIST -R, in folders.'),
  recursionEntries: count(100_000).describe('Entries of LIST -R; a longer listing ends in 451.'),
  statEntries: count(1000, 1_000_000).describe('Entries of STAT with a path; a longer answer says that it is cut.'),
  passwordQueue: count(100, 100_000).describe('Passwords that may wait to be checked. One more is told 421.'),
})

/** Times in milliseconds, sizes in bytes. */
export type LimitsOptions = Readonly<z.output<typeof limitsOptions>>
