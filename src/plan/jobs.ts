import type { LoadView } from '../model/loadView.ts'
import type { Step } from '../model/plan.ts'
import { findHost, findVm, type PoolIndex } from '../model/poolIndex.ts'
import { NOWHERE, type Pool } from '../model/pool.ts'
import type { TransitionLimits } from '../model/transition.ts'
import { precopy } from './precopy.ts'
import { TIMING, dirtyRate, expectedMigration, streamMibPerS } from './timing.ts'

/** Steps of a plan as their times depend on them, in columns by step; predecessors come before their successors. */
export interface Jobs {
  readonly count: number
  /** Hosts whose links a migration uses; NOWHERE for steps that are none. */
  readonly source: Int32Array
  readonly target: Int32Array
  readonly memoryMib: Float64Array
  readonly dirtyMibPerS: Float64Array
  /** Of steps that are no migrations. */
  readonly durationMs: Float64Array
  readonly boots: Uint8Array
  /** Of migrations: what they take besides sending, before the next may have their lanes. Absent: nothing. */
  readonly besidesMs?: Float64Array
  readonly after: readonly (readonly number[])[]
}

/** What may happen at once, and how fast. Null = no limit. A link carries what its host sends and what it receives. */
export interface Lanes {
  readonly hostIncomingMax: number | null
  readonly hostOutgoingMax: number | null
  readonly poolMigrationsMax: number | null
  readonly poolBootsMax: number | null
  readonly linkMibPerS: Float64Array
  readonly streamMibPerS: number
  readonly downtimeMaxMs: number
  readonly roundsMax: number
}

/** The jobs of a plan's steps. Steps in `after` that are not among them are over or elsewhere. `load` null: every VM dirties memory as at full use. */
export function jobsOf(pool: Pool, index: PoolIndex, load: LoadView | null, steps: readonly Step[]): Jobs {
  const count = steps.length
  const jobs = {
    count, source: new Int32Array(count).fill(NOWHERE), target: new Int32Array(count).fill(NOWHERE), memoryMib: new Float64Array(count), dirtyMibPerS: new Float64Array(count),
    durationMs: new Float64Array(count), boots: new Uint8Array(count), besidesMs: new Float64Array(count), after: numbersAfter(steps),
  }
  steps.forEach((step, number) => {
    if (step.kind === 'powerOn') jobs.boots[number] = 1
    if (step.kind !== 'migrate') jobs.durationMs[number] = step.estimateMs
    else {
      const vm = findVm(index, step.vm)
      const [source, target] = [findHost(index, step.source), findHost(index, step.target)]
      const { durationMs, copyMs } = expectedMigration(pool, vm, pool.hosts[source]!, pool.hosts[target]!, load)
      jobs.source[number] = source
      jobs.target[number] = target
      jobs.memoryMib[number] = pool.vms[vm]!.memoryMib
      jobs.dirtyMibPerS[number] = dirtyRate(pool, vm, load)
      jobs.besidesMs[number] = Math.max(0, durationMs - copyMs)
    }
  })
  return jobs
}

function numbersAfter(steps: readonly Step[]): number[][] {
  const numberOf = new Map(steps.map(({ id }, number) => [id, number] as const))
  return steps.map(({ after }) => after.flatMap((id) => numberOf.get(id) ?? []))
}

/** Limits of the policy, links of the pool, and what a stream gets of them. */
export function lanesOf(pool: Pool, limits: TransitionLimits, load: LoadView | null = null): Lanes {
  const { hostIncomingMax, hostOutgoingMax, poolMigrationsMax, poolBootsMax } = limits
  return { hostIncomingMax, hostOutgoingMax, poolMigrationsMax, poolBootsMax, linkMibPerS: Float64Array.from(pool.hosts, ({ migrationLinkMibPerS }) => migrationLinkMibPerS), streamMibPerS: streamMibPerS(load), downtimeMaxMs: TIMING.downtimeMaxMs, roundsMax: TIMING.roundsMax }
}

/** What a step takes with nothing beside it: `sentMib` at the least, `durationMs` at the shortest. */
export function aloneOf({ memoryMib, dirtyMibPerS, durationMs, besidesMs, source, target }: Jobs, { linkMibPerS, streamMibPerS, downtimeMaxMs, roundsMax }: Lanes, job: number): { durationMs: number; sentMib: number; linkMibPerS: number } {
  if (source[job] === NOWHERE) return { durationMs: durationMs[job]!, sentMib: 0, linkMibPerS: 0 }
  const rate = Math.min(streamMibPerS, linkMibPerS[source[job]!]!, linkMibPerS[target[job]!]!)
  const alone = precopy({ memoryMib: memoryMib[job]!, dirtyMibPerS: dirtyMibPerS[job]!, linkMibPerS: rate, downtimeMaxMs, roundsMax })
  return { durationMs: alone.durationMs + (besidesMs?.[job] ?? 0), sentMib: alone.sentMib, linkMibPerS: rate }
}
