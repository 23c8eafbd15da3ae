import assert from 'node:assert/strict'
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../src/core/clock.ts'
import { silentLogger } from '../src/core/logger.ts'
import { folderOptions } from '../src/files/folder-options.ts'
import { servedFiles } from '../src/served-files.ts'
import { temporaryFolder } from './helpers/temporary-folder.ts'

const noProcfs = existsSync('/proc/self') ? false : 'there is no /proc here'

test('what an engine works on is closed again when a part of it cannot be opened', { skip: noProcfs }, async (t) => {
  const directory = temporaryFolder(t)
  writeFileSync(join(directory, 'running'), 'no folder')
  const options = {
    ...{ state: { directory }, storages: {}, folders: folderOptions.parse({}) },
    ...{ memory: 64 * 1024 ** 2, instance: 'one', owner: 'main' },
  }
  await assert.rejects(servedFiles(options, { logger: silentLogger, clock: systemClock }))
  const open = readdirSync('/proc/self/fd').flatMap((name) => {
    const path = `/proc/self/fd/${name}`
    return existsSync(path) ? [readlinkSync(path)] : []
  })
  assert.deepEqual(
    open.filter((path) => path.startsWith(directory)),
    [],
  )
})
