import fs from 'node:fs'
import type { Place } from '../confine/place.ts'
import { diskError } from '../errors.ts'
import { fstat, type FileStats } from './stats.ts'

export interface OpenRegular {
  readonly descriptor: number
  readonly stats: FileStats
}

/**
 * Opens a regular file for reading. A pipe that is swapped in must not make us wait: hence O_NONBLOCK, which means nothing
 * to files. @throws 'not-found', 'is-directory'.
 */
export function openRegular({ path, stats }: Place): OpenRegular {
  if (stats?.isDirectory()) throw diskError('is-directory')
  if (!stats?.isFile()) throw diskError('not-found')
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  const descriptor = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  const opened = fstat(descriptor)
  if (opened.isFile()) return { descriptor, stats: opened }
  fs.closeSync(descriptor)
  throw diskError(opened.isDirectory() ? 'is-directory' : 'not-found')
}
