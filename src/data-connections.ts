import { randomInt } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import type { Clock } from './core/clock.ts'
import type { Logger } from './core/logger.ts'
import { openActive } from './ftp/data/active.ts'
import { openPassive } from './ftp/data/passive.ts'
import { portPool } from './ftp/data/port-pool.ts'
import { publicAddress } from './ftp/data/public-address.ts'
import type { LimitsOptions } from './ftp/limits-options.ts'
import type { PassiveOptions } from './ftp/passive-options.ts'
import type { SessionServices } from './ftp/session/context.ts'

export interface DataConnectionsOptions {
  readonly passive: PassiveOptions
  /** Asked for each connection: they may change while sessions go on. */
  readonly limits: () => LimitsOptions
  readonly logger: Logger
  readonly clock: Clock
}

type DataConnections = Pick<SessionServices, 'openPassive' | 'openActive' | 'publicAddress'>

/** How sessions come to data connections. */
export function dataConnections({ passive, limits, logger, clock }: DataConnectionsOptions): DataConnections {
  const ports = portPool({ ...passive.ports, random: unforeseeable, now: () => clock.monotonic() })
  const onReuse = reuseCount(logger)
  const shared = () => ({ timeouts: timeoutsOf(limits()), onReuse })
  return {
    openPassive: (peer) =>
      openPassive({
        ...shared(),
        ...peer,
        ports,
        onStranger: (address) => logger.warn('stranger at a data port', { address, owner: peer.peerAddress }),
      }),
    openActive: (peer) => openActive({ ...shared(), ...peer, host: peer.peerAddress }),
    publicAddress: publicAddress({
      ...passive,
      refreshMilliseconds: passive.refreshEvery,
      resolve: resolveIpv4,
      clock,
    }),
  }
}

function timeoutsOf({ acceptTimeout, handshakeTimeout, dataTimeout }: LimitsOptions) {
  return {
    acceptMilliseconds: acceptTimeout,
    idleMilliseconds: acceptTimeout,
    handshakeMilliseconds: handshakeTimeout,
    stallMilliseconds: dataTimeout,
    closeMilliseconds: 2_000,
  }
}

function reuseCount(logger: Logger): (isResumed: boolean) => void {
  const reuse = { full: 0, resumed: 0 }
  return (isResumed) => {
    if (isResumed) reuse.resumed++
    else reuse.full++
    if (!isResumed) logger.debug('data connection did not resume the TLS session', reuse)
  }
}

async function resolveIpv4(name: string): Promise<string> {
  return (await lookup(name, { family: 4 })).address
}

const randomRange = 2 ** 32

/** From 0 up to 1: `Math.random` can be foretold by whoever has seen enough of it, and a passive port is seen. */
function unforeseeable(): number {
  return randomInt(randomRange) / randomRange
}
