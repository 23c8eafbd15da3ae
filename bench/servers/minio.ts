import { program } from './programs.ts'
import type { Server } from './server.ts'

/** Its FTP server shows what MinIO itself stores; it has had no gateway to other stores since 2022. */
export const minio: Server = {
  name: 'minio',
  find: () => (program('minio') === null ? 'not installed' : 'its FTP serves no store but its own'),
}
