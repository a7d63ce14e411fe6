import { planOnce } from '../control/planOnce.ts'
import type { Plan } from '../model/plan.ts'
import type { PolicySettings } from '../model/policy.ts'
import type { Issue } from '../model/result.ts'
import { greedySolver } from '../optimize/greedy.ts'
import { checkPlan } from '../plan/check.ts'
import { planHash } from '../plan/hash.ts'
import { bad } from './options.ts'
import { assumptionsOf, type PoolFile } from './poolFile.ts'

/** Limits of one plan: counts, which repeat, and whatever stops it from outside. */
export interface PlanLimits {
  readonly movesMax: number | null
  readonly nodesMax: number | null
  readonly seed: number
  readonly shouldStop: () => boolean
}

/** The objective's value along the plan. */
export interface Score {
  readonly before: number
  readonly after: number
  readonly lowerBound: number | null
  /** After so many migrations in the plan's order. */
  readonly movesCurve: readonly { readonly moves: number; readonly score: number }[]
}

export interface MadePlan {
  readonly plan: Plan
  /** Name of what the score measures. */
  readonly name: string
  readonly score: Score
  readonly assumptions: readonly string[]
  /** What the independent checker found. */
  readonly faults: readonly Issue[]
}

/** What the policy's goals want of the pool now. */
export function planByGoals(file: PoolFile, policy: PolicySettings, { movesMax, nodesMax, seed, shouldStop }: PlanLimits): MadePlan {
  const budgets = movesMax === null ? policy.budgets : { ...policy.budgets, migrationsPerHourMax: Math.min(movesMax, policy.budgets.migrationsPerHourMax) }
  const { plan } = planOnce({ pool: file.pool, vmCpuMhz: file.used.vmCpuMhz, unixMs: file.unixMs }, { ...policy, budgets }, greedySolver, { nodesMax: nodesMax ?? policy.optimizer.nodesMax, seed }, shouldStop)
  const { before, after, lowerBound } = plan.objective
  return finished(file, plan, `Objective of ${policy.name}`, { before, after, lowerBound, movesCurve: [] }, assumptionsOf(file, true), policy)
}

/** What lowers a named objective most. */
export async function planByObjective(name: string, _file: PoolFile, _policy: PolicySettings, _limits: PlanLimits): Promise<MadePlan> {
  await Promise.resolve()
  throw bad('--objective', name)
}

/** The plan with its address, after the independent checker looked at it. */
function finished(file: PoolFile, made: Plan, name: string, score: Score, assumptions: readonly string[], policy: PolicySettings): MadePlan {
  const based = { ...made, baseHash: file.hash }
  const plan = { ...based, hash: planHash(based) }
  const hostsOnMin = policy.powerSave.enabled ? policy.powerSave.hostsOnMin : 1
  return { plan, name, score, assumptions, faults: checkPlan(file.pool, plan, { memoryEnforced: true, hostsOnMin }) }
}
