import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../src/core/clock.ts'
import { silentLogger } from '../src/core/logger.ts'
import type { VirtualPath } from '../src/core/paths.ts'
import { gatewayState } from '../src/gateway-state.ts'
import { openState } from '../src/state/database.ts'
import { ownerName } from '../src/state/nodes.ts'
import { sqlQuotaLedger } from '../src/state/quota.ts'
import { sqlStagedUploads } from '../src/state/staged-uploads-sql.ts'
import { emptyDatabase, hasPostgresql } from './helpers/postgresql.ts'
import { testOnEngines } from './helpers/state-engines.ts'
import { temporaryFolder } from './helpers/temporary-folder.ts'
import { until } from './helpers/until.ts'

const path = '/in/report.csv' as VirtualPath
const begun = { account: 'alice', path, storage: 'files', ticket: 'first' }
const services = { logger: silentLogger, clock: systemClock }

testOnEngines(
  'what a gateway held when it was killed is free at its next start, and what others hold stays',
  async (t, engine) => {
    const state = await engine.empty(t)
    const first = await gatewayState({ state, ...services })
    const { instance } = first
    await first.close()
    const database = await openState(state)
    const held = async (owner: string) => sqlStagedUploads(database, { owner, clock: systemClock }).add(begun)
    const own = await held(ownerName(instance, 'worker-7'))
    const foreign = await held(ownerName('another', 'worker-7'))
    await sqlQuotaLedger(database, { owner: ownerName(instance, 'worker-7') }).reserve('alice', 1, 10)
    await sqlQuotaLedger(database, { owner: ownerName('another', 'worker-7') }).reserve('bob', 1, 10)
    const again = await gatewayState({ state, ...services })
    assert.equal(again.instance, instance)
    assert.ok(await again.staged.claim(own))
    assert.equal(await again.staged.claim(foreign), null)
    assert.deepEqual([await again.quota.usage('alice'), await again.quota.usage('bob')], [null, 1])
    await again.close()
    await database.close()
  },
)

testOnEngines(
  'what a worker held that died is free, and not what one held whose name begins alike',
  async (t, engine) => {
    const state = await engine.empty(t)
    const main = await gatewayState({ state, ...services })
    const held = async (worker: string) =>
      sqlStagedUploads(main.database, { owner: ownerName(main.instance, worker), clock: systemClock }).add(begun)
    const [dead, living] = [await held('worker-1'), await held('worker-10')]
    await main.workerGone('worker-1')
    await until('it is free', async () => (await main.staged.claim(dead)) !== null)
    assert.equal(await main.staged.claim(living), null)
    await main.close()
  },
)

if (hasPostgresql())
  test('what a gateway held that is silent goes to the others, and a living one keeps what it has', async (t) => {
    const database = await emptyDatabase()
    const join = (beatMilliseconds: number) =>
      gatewayState({
        state: { directory: temporaryFolder(t), database },
        ...services,
        ...{ beatMilliseconds, silentMilliseconds: 1_000 },
      })
    const silent = await join(600_000)
    const lost = await silent.staged.add(begun)
    const living = await join(50)
    const kept = await living.staged.add(begun)
    const other = await join(50)
    await until('it is free', async () => (await other.staged.claim(lost)) !== null)
    assert.equal(await other.staged.claim(kept), null)
    for (const state of [silent, living, other]) await state.close()
  })
