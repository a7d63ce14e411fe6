import { heldLoad, planOnce } from '../control/planOnce.ts'
import { planRepair } from '../control/planRepair.ts'
import type { Plan } from '../model/plan.ts'
import { indexPool } from '../model/poolIndex.ts'
import type { PolicySettings } from '../model/policy.ts'
import { poolBudgets } from '../model/poolBudgets.ts'
import { type Issue, reason } from '../model/result.ts'
import type { TransitionLimits } from '../model/transition.ts'
import { lowerBoundOfProblem } from '../optimize/bounds/lowerBound.ts'
import { repair } from '../optimize/search/repair.ts'
import { standardNodes } from '../optimize/search/searchSolver.ts'
import { checkPlan } from '../plan/check.ts'
import { planHash } from '../plan/hash.ts'
import { planMoves } from '../plan/planMoves.ts'
import { objectiveNamed } from './planObjective.ts'
import { assumptionsOf, type PoolFile } from './poolFile.ts'
import { solverFor } from './solver.ts'

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

/** Mends what the pool breaks, where it breaks anything; else what the policy's goals want of it now. */
export async function planByGoals(file: PoolFile, policy: PolicySettings, { movesMax, nodesMax, seed, shouldStop }: PlanLimits): Promise<MadePlan> {
  const { pool, used: { vmCpuMhz }, unixMs } = file
  const repairing = planRepair(pool, heldLoad(pool, policy, vmCpuMhz), repair, { nodesMax: nodesMax ?? REPAIR_NODES_MAX, seed, movesMax, shouldStop }, limitsOfPolicy(policy, pool.hosts.length))
  const budgets = movesMax === null ? policy.budgets : { ...policy.budgets, migrationsPerHourMax: Math.min(movesMax, poolBudgets(policy, pool.hosts.length).migrationsPerHourMax), reliefReserve: 0 }
  const plan = repairing ?? planOnce({ pool, vmCpuMhz, unixMs }, { ...policy, budgets }, await solverFor(pool.hosts.length), { nodesMax: nodesMax ?? Math.max(policy.optimizer.nodesMax, GOALS_NODES), seed }, shouldStop).plan
  const told = shouldStop() ? withCutShort(plan) : plan
  const { before, after, lowerBound } = plan.objective
  return finished(file, told, repairing === null ? `Objective of ${policy.name}` : 'Broken limits', { before, after, lowerBound, movesCurve: [] }, assumptionsOf(file, true), policy)
}

/** A deadline that ended the search is told: what is not there may be a matter of time. */
function withCutShort(made: Plan): Plan {
  const cut = { reason: reason('searchCutShort', 'The search was ended by its deadline (--deadline): with more time it may find a better plan.'), vms: [], hosts: [] }
  const plan = { ...made, notDone: [...made.notDone, cut] }
  return { ...plan, hash: planHash(plan) }
}

const REPAIR_NODES_MAX = 100_000_000
/** A plan that is asked for by hand may be searched for longer than a controller would. */
const GOALS_NODES = 200_000

function limitsOfPolicy(policy: PolicySettings, hostCount: number): TransitionLimits {
  const { hostIncomingMax, hostOutgoingMax } = policy.budgets
  const { poolMigrationsMax, bootsAtOnceMax } = poolBudgets(policy, hostCount)
  return { memoryEnforced: true, hostIncomingMax, hostOutgoingMax, poolMigrationsMax, poolBootsMax: bootsAtOnceMax, hostsOnMin: policy.powerSave.enabled ? policy.powerSave.hostsOnMin : 1 }
}

/** What lowers a named objective most, however the policy's goals stand to it; its limits on migrations at once hold. */
export function planByObjective(name: string, file: PoolFile, policy: PolicySettings, { movesMax, nodesMax, seed, shouldStop }: PlanLimits): MadePlan {
  const { problemOf, solver } = objectiveNamed(name)
  const { pool } = file
  const { problem, itemVm } = problemOf(file)
  const found = solver.solve(problem, problem.initial, { nodesMax: nodesMax ?? standardNodes(problem), seed, movesMax, shouldStop })
  const answer = { ...found, lowerBound: Math.max(found.lowerBound, lowerBoundOfProblem(problem, shouldStop).value) }
  const { plan, curve } = planMoves(pool, indexPool(pool), heldLoad(pool, policy, file.used.vmCpuMhz), { name, problem, itemVm, rows: [], baseHash: file.hash }, problem.initial, answer, limitsOfPolicy(policy, pool.hosts.length))
  const { before, after, lowerBound } = plan.objective
  return finished(file, plan, `Score ${name}`, { before, after, lowerBound, movesCurve: curve }, assumptionsOf(file, false), policy)
}

/** The plan with its address, after the independent checker looked at it. */
function finished(file: PoolFile, made: Plan, name: string, score: Score, assumptions: readonly string[], policy: PolicySettings): MadePlan {
  const plan = made.baseHash === file.hash ? made : withBase(made, file.hash)
  const hostsOnMin = policy.powerSave.enabled ? policy.powerSave.hostsOnMin : 1
  return { plan, name, score, assumptions, faults: checkPlan(file.pool, plan, { memoryEnforced: true, hostsOnMin }) }
}

function withBase(made: Plan, baseHash: string): Plan {
  const based = { ...made, baseHash }
  return { ...based, hash: planHash(based) }
}
