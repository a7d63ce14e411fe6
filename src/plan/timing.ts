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

/** Expected length of a live migration, rounded up to ms. `busyRatio` is the VM's CPU use over its size: it dirties memory in proportion. */
export function migrationMs(pool: Pool, vm: number, source: Host, target: Host, busyRatio: number): number {
  const { memoryMib, dirtyMibPerS } = pool.vms[vm]!
  const linkMibPerS = Math.min(TIMING.streamMibPerS, source.migrationLinkMibPerS, target.migrationLinkMibPerS)
  return Math.ceil(precopy({ memoryMib, dirtyMibPerS: dirtyMibPerS * Math.min(1, busyRatio), linkMibPerS, downtimeMaxMs: TIMING.downtimeMaxMs, roundsMax: TIMING.roundsMax }).durationMs)
}
