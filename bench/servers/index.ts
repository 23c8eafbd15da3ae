import { proftpd } from './proftpd.ts'
import { pureFtpd } from './pure-ftpd.ts'
import { pyftpdlib } from './pyftpdlib.ts'
import type { Server } from './server.ts'
import { sluice } from './sluice.ts'
import { vsftpd } from './vsftpd.ts'

/** THE LIST: every server the bench knows; the first is the one that the others are compared with. */
export const servers: readonly Server[] = [sluice, vsftpd, proftpd, pureFtpd, pyftpdlib]
