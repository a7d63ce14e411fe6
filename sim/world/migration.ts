import type { Begun } from '../../src/model/transition.ts'
import type { World } from './world.ts'

/** A live migration under way. Amounts are exact for rates that are constant between events. */
export interface Migration {
  readonly number: number
  readonly begun: Begun
  readonly startedMs: number
  /** Of the current round: what is still to be sent, and what the VM has dirtied meanwhile. */
  restMib: number
  dirtiedMib: number
  rateMibPerS: number
  /** Until when `restMib` and `dirtiedMib` are up to date. */
  settledMs: number
  rounds: number
  sentMib: number
  pausedSinceMs: number | null
  /** Set when the fault schedule says that it breaks in its first round. */
  readonly breaks: boolean
  /** Grows when the end of the current round moves: older end events are void. */
  version: number
  /** Its VM has been sent on to another target meanwhile: the pool no longer knows of this one. */
  isSentOn: boolean
}

/** What is next for a migration whose round has been sent. */
export type RoundEnd = 'nextRound' | 'pause' | 'done' | 'gaveUp' | 'broke'

export function beginMigration(number: number, begun: Begun, memoryMib: number, atMs: number, breaks: boolean): Migration {
  return { number, begun, startedMs: atMs, restMib: memoryMib, dirtiedMib: 0, rateMibPerS: 0, settledMs: atMs, rounds: 0, sentMib: 0, pausedSinceMs: null, breaks, version: 0, isSentOn: false }
}

/** What one stream gets now: its cap, and its part of both hosts' links. */
export function streamRate(world: World, { begun }: Migration): number {
  const { pool, run } = world
  const part = (host: number): number => pool.hosts[host]!.migrationLinkMibPerS / Math.max(1, pool.hostIncoming[host]! + pool.hostOutgoing[host]!)
  return Math.min(run.physics.migrationStreamMibPerS, part(begun.source), part(begun.target))
}

/** CPU that a stream costs at each end. */
export const streamCpuMhz = (world: World, { begun, rateMibPerS }: Migration): number => (world.run.physics.migrationCpuMhz * rateMibPerS) / world.pool.hosts[begun.source]!.migrationLinkMibPerS

/** Memory that the VM dirties per second now: in proportion to the CPU it gets; none while paused. */
export function dirtyMibPerS(world: World, { begun, pausedSinceMs }: Migration): number {
  const vm = world.pool.vms[begun.vm]!
  return pausedSinceMs !== null ? 0 : vm.dirtyMibPerS * Math.min(1, world.deliveredMhz[begun.vm]! / vm.cpuMhz)
}

/** Accounts what was sent and dirtied since the last change, at the rates that held. Call before any rate changes. */
export function settleMigration(world: World, migration: Migration): void {
  const seconds = (world.atMs - migration.settledMs) / 1000
  migration.settledMs = world.atMs
  const sent = Math.min(migration.restMib, migration.rateMibPerS * seconds)
  migration.restMib -= sent
  migration.sentMib += sent
  const memoryMib = world.pool.vms[migration.begun.vm]!.memoryMib
  migration.dirtiedMib = Math.min(memoryMib, migration.dirtiedMib + dirtyMibPerS(world, migration) * seconds)
}

/** When the current round has been sent at the present rate, rounded up to ms. */
export const roundEndMs = (world: World, migration: Migration): number => world.atMs + Math.ceil((migration.restMib / migration.rateMibPerS) * 1000)

/** A round (or the final pause) has been sent: what is next. Enters the next round's amounts. */
export function endRound(world: World, migration: Migration): RoundEnd {
  const { downtimeMaxMs, migrationRoundsMax } = world.run.physics
  if (migration.pausedSinceMs !== null) return 'done'
  if (migration.breaks) return 'broke'
  migration.sentMib += migration.restMib
  migration.rounds++
  migration.restMib = migration.dirtiedMib
  migration.dirtiedMib = 0
  if ((migration.restMib / migration.rateMibPerS) * 1000 <= downtimeMaxMs) return 'pause'
  return migration.rounds >= migrationRoundsMax ? 'gaveUp' : 'nextRound'
}
