// Takes single bytes of a quota until there are none left; prints how many it got.
import { openState } from '../../src/state/database.ts'
import { stateOptions } from '../../src/state/options.ts'
import { sqlQuotaLedger } from '../../src/state/quota.ts'

const [, , state = '', owner = '', limitBytes = ''] = process.argv
const database = await openState(stateOptions.parse(JSON.parse(state)))
const ledger = sqlQuotaLedger(database, { owner })
let taken = 0
while (await ledger.reserve('alice', 1, Number(limitBytes))) taken++
console.log(taken)
await database.close()
