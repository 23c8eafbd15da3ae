import { minio } from './minio.ts'
import { proftpd } from './proftpd.ts'
import { pureFtpd } from './pure-ftpd.ts'
import { pyftpdlib } from './pyftpdlib.ts'
import { rclone } from './rclone.ts'
import type { Server } from './server.ts'
import { sftpgo } from './sftpgo.ts'
import { sluice } from './sluice.ts'
import { vsftpd } from './vsftpd.ts'

/** THE LIST: every server the bench knows for files on disk; the first is the one that the others are compared with. */
export const diskServers: readonly Server[] = [sluice, vsftpd, proftpd, pureFtpd, pyftpdlib]

/** THE OTHER LIST: those that serve a bucket. */
export const bucketServers: readonly Server[] = [sluice, rclone, sftpgo, minio]
