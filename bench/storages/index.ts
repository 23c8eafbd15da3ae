import { disk } from './disk.ts'
import { s3 } from './s3.ts'
import type { BenchStorage } from './storage.ts'

/** THE LIST: what `--storage` may name. */
export const storages: Readonly<Record<string, BenchStorage>> = { disk, s3 }
