// Takes single bytes of a quota until there are none left; prints how many it got.
import { openState } from '../../src/state/database.ts'
import { sqlQuotaLedger } from '../../src/state/quota.ts'

const [, , directory = '', owner = '', limitBytes = ''] = process.argv
const ledger = sqlQuotaLedger(openState(directory), { owner })
let taken = 0
while (ledger.reserve('alice', 1, Number(limitBytes))) taken++
console.log(taken)
