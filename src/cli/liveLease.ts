import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readSecret } from '../drivers/secret.ts'
import { OutsideFailure } from '../drivers/prometheus/outsideFailure.ts'
import type { LivePool } from '../model/livePool.ts'
import { type HeldLease, type Lease, fileLease, linuxMachine } from '../store/lease.ts'
import { LeaseUnreachable, checkLeaseUrl, postgresLease } from '../store/postgresLease.ts'
import { bad } from './options.ts'

const STANDBY_MS = 2000

/** Waits for the lease of a pool; null where it was over before the lease was free. A database that can't be reached is told and asked again. */
export async function leaseOf(pool: LivePool, say: (text: string) => void, isOver: () => boolean): Promise<HeldLease | null> {
  const lease = configured(pool)
  for (let told = ''; !isOver();) {
    const { held, why } = await tried(lease, pool.name)
    if (held !== null) return held
    if (why !== told) say(why)
    told = why
    await wait(STANDBY_MS)
  }
  return null
}

/** Takes the lease of a pool where it is free; null where another process has it. */
export async function leaseNow(pool: LivePool): Promise<HeldLease | null> {
  try {
    return await configured(pool).acquire()
  } catch (error) {
    if (error instanceof LeaseUnreachable) throw new OutsideFailure(error.message)
    throw error
  }
}

async function tried(lease: Lease, pool: string): Promise<{ readonly held: HeldLease | null; readonly why: string }> {
  try {
    return { held: await lease.acquire(), why: `another loop holds ${pool}: waiting for it to end` }
  } catch (error) {
    if (!(error instanceof LeaseUnreachable)) throw error
    return { held: null, why: `${error.message}; asked again until it answers` }
  }
}

function configured(pool: LivePool): Lease {
  if (pool.lease === null) return fileLease(join(pool.stateFolder, 'lease'))
  const secret = readSecret(pool.lease.postgresql.url, process.env)
  const url = secret.ok ? checkLeaseUrl(secret.value.reveal()) : secret
  if (!url.ok) throw bad('lease.postgresql.url', url.refusal.message)
  const machine = linuxMachine()
  return postgresLease({ url: url.value, pool: pool.name, holder: `${hostname()} ${process.pid} ${randomUUID()}` }, { steadyMs: () => machine.steadyMs(), wait: (durationMs) => wait(durationMs) })
}

/** Records go up in epochs: a journal that was written under a lease with greater ones can't be gone on with. */
export async function refuseOlderEpoch({ stateFolder }: LivePool, lease: HeldLease, journalEpoch: number): Promise<void> {
  const { epoch } = lease
  if (journalEpoch <= epoch) return
  await lease.release()
  throw bad('lease', `gave epoch ${epoch}, but the journal in ${stateFolder} is of epoch ${journalEpoch}, from a lease in a database: configure that lease again, or begin with another state folder`)
}
