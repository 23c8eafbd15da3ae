// Adds and keeps staged uploads until it is killed; prints the number of each one that is promised.
import { writeSync } from 'node:fs'
import type { VirtualPath } from '../../src/core/paths.ts'
import { systemClock } from '../../src/core/clock.ts'
import { openState } from '../../src/state/database.ts'
import { stateOptions } from '../../src/state/options.ts'
import { sqlQuotaLedger } from '../../src/state/quota.ts'
import { sqlStagedUploads } from '../../src/state/staged-uploads-sql.ts'

const [, , state = '', account = ''] = process.argv
const database = await openState(stateOptions.parse(JSON.parse(state)))
const uploads = sqlStagedUploads(database, { owner: `worker of ${account}`, clock: systemClock })
const ledger = sqlQuotaLedger(database, { owner: `worker of ${account}` })
for (let number = 1; ; number++) {
  const id = await uploads.add({ account, path: `/${number}` as VirtualPath, storage: 'files', ticket: 'begun' })
  await ledger.reserve(account, 1, Number.MAX_SAFE_INTEGER)
  await uploads.keep(id, 'kept')
  writeSync(1, `${number}\n`)
}
