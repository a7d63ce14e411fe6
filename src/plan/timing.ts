import type { LoadView } from '../model/loadView.ts'
import type { Host, Pool } from '../model/pool.ts'
import { precopy } from './precopy.ts'

/** What is assumed of migrations when a plan is timed. */
export const TIMING = { streamMibPerS: 1_000, downtimeMaxMs: 300, roundsMax: 30, stopMs: 30_000, startMs: 15_000 } as const

/**
 * Whether a live migration of the VM can come to its end at all, over the fastest links it could have: else it dirties
 * memory faster than any target takes it.
 */
export function canConverge(pool: Pool, vm: number, linkMibPerS: number, busyRatio: number): boolean {
  const { memoryMib, dirtyMibPerS } = pool.vms[vm]!
  const dirty = dirtyMibPerS * Math.min(1, busyRatio)
  // Rests that halve each round are small after any number of rounds that is of use.
  if (2 * dirty <= linkMibPerS) return true
  return precopy({ memoryMib, dirtyMibPerS: dirty, linkMibPerS, downtimeMaxMs: TIMING.downtimeMaxMs, roundsMax: TIMING.roundsMax }).converged
}

/** What a live migration over links that it has for itself is expected to take. */
export interface ExpectedMigration {
  readonly durationMs: number
  /** Of that, what goes by while memory is sent. */
  readonly copyMs: number
  readonly sentMib: number
  readonly downtimeMs: number
}

/**
 * By what migrations of this pool and this VM took before, where the loads tell of them; else by the model alone. Without
 * loads every VM dirties memory as at full use.
 */
export function expectedMigration(pool: Pool, vm: number, source: Host, target: Host, load: LoadView | null): ExpectedMigration {
  const learned = load?.migrations
  const own = learned?.vms.get(pool.vms[vm]!.id)
  const linkMibPerS = Math.min(streamMibPerS(load), source.migrationLinkMibPerS, target.migrationLinkMibPerS)
  const { durationMs: copyMs, sentMib, downtimeMs } = precopy({ memoryMib: pool.vms[vm]!.memoryMib, dirtyMibPerS: dirtyRate(pool, vm, load), linkMibPerS, downtimeMaxMs: TIMING.downtimeMaxMs, roundsMax: TIMING.roundsMax })
  if (learned === undefined) return { durationMs: copyMs, copyMs, sentMib, downtimeMs }
  return { durationMs: (learned.overheadMs + copyMs) * (own?.timeRatio ?? 1), copyMs, sentMib, downtimeMs: own?.downtimeMs ?? learned.downtimeMs }
}

/** What one stream gets of a link that is fast enough. */
export const streamMibPerS = (load: LoadView | null): number => Math.min(TIMING.streamMibPerS, load?.migrations?.linkMibPerS ?? TIMING.streamMibPerS)

/** How fast the VM dirties its memory now: as its migrations showed, else in proportion to the CPU that it uses. */
export function dirtyRate(pool: Pool, vm: number, load: LoadView | null): number {
  const { id, dirtyMibPerS, cpuMhz } = pool.vms[vm]!
  return load?.migrations?.vms.get(id)?.dirtyMibPerS ?? dirtyMibPerS * (load === null ? 1 : Math.min(1, load.vmShortMhz[vm]! / Math.max(1, cpuMhz)))
}
