import type { LoadHistory } from '../../model/history.ts'
import type { PolicySettings } from '../../model/policy.ts'
import type { Pool } from '../../model/pool.ts'
import { type DemandMoments, type ExpectedDemand, NO_MOMENTS, expectedDemand, learnFrame } from './demandMoments.ts'
import { type RiskLimit, firstLimit, steered } from './steerLimit.ts'

/** What consolidation by risk remembers between decisions. */
export interface RiskMemory {
  readonly moments: DemandMoments
  /** Null before the first frame. */
  readonly limit: RiskLimit | null
}

export const NO_RISK_MEMORY: RiskMemory = { moments: NO_MOMENTS, limit: null }

/** The memory after the frames of the history that are newer than what it knows. */
export function learnRisk(before: RiskMemory, pool: Pool, history: LoadHistory, { powerSave, sla }: PolicySettings): RiskMemory {
  if (powerSave.fill !== 'risk' && sla.targets.length === 0) return before
  let memory = before
  for (const frame of history) {
    if (frame.takenAtMs <= memory.moments.takenAtMs) continue
    const limit = memory.limit === null ? firstLimit(powerSave.overloadMax, sla.targets) : steered(memory.limit, pool, frame, powerSave.overloadMax, sla.targets)
    memory = { moments: learnFrame(memory.moments, pool, frame, powerSave.memoryMs), limit }
  }
  return memory
}

/** What goals and arbitration may know of risk: demand to be reckoned with, and how many deviations above the mean each VM counts with on its host. */
export interface RiskView extends ExpectedDemand {
  readonly deviations: Float64Array
  /** Of the VMs without a target of their own. */
  readonly poolDeviations: number
}

/** Null where hosts are filled by utilization, or nothing was seen yet. */
export function viewRisk({ moments, limit }: RiskMemory, pool: Pool, { powerSave }: PolicySettings): RiskView | null {
  return powerSave.fill === 'risk' ? viewOf(moments, limit, pool) : null
}

/** The same for placement, however consolidation fills hosts: where classes have targets, what is measured of them says how full hosts may become. */
export function viewTargets({ moments, limit }: RiskMemory, pool: Pool, { sla }: PolicySettings): RiskView | null {
  return sla.targets.length > 0 ? viewOf(moments, limit, pool) : null
}

function viewOf(moments: DemandMoments, limit: RiskLimit | null, pool: Pool): RiskView | null {
  if (limit === null) return null
  const deviations = Float64Array.from(pool.vms, (vm) => (limit.byClass.get(vm.class) ?? limit.pool).deviations)
  return { ...expectedDemand(moments, pool), deviations, poolDeviations: limit.pool.deviations }
}
