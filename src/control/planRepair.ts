import type { LoadView } from '../model/loadView.ts'
import type { NotDone, Plan } from '../model/plan.ts'
import { indexPool, type PoolIndex } from '../model/poolIndex.ts'
import { copyPool, type Pool } from '../model/pool.ts'
import { type Reason, reason } from '../model/result.ts'
import { listNames } from '../model/text.ts'
import { type TransitionLimits, begin, finish } from '../model/transition.ts'
import type { Answer, Problem, SolveLimits } from '../optimize/problem.ts'
import { assemblePlan } from '../plan/assemble.ts'
import { groupsFor } from '../plan/groups.ts'
import { placementStep } from '../plan/makePlan.ts'
import type { Wanted } from '../plan/order.ts'
import { reservationRow } from '../plan/rows.ts'
import { DEFAULT_PRICES } from '../plan/worth.ts'
import { repairProblem, violationsOf } from '../policy/objectives/repair.ts'
import { conflictOf } from '../policy/rules/conflict.ts'

/** Whoever mends what is violated and touches nothing else. */
export type Repair = (problem: Problem, start: Int32Array, limits: SolveLimits) => Answer

/**
 * A plan that mends what the pool breaks now: rules, and hosts that hold more memory than they have. Null when it breaks
 * nothing. What no placement that was found can mend is unmet, sentence by sentence. It touches no more than that needs.
 */
export function planRepair(pool: Pool, load: LoadView, repair: Repair, solve: SolveLimits, limits: TransitionLimits): Plan | null {
  const broken = violationsOf(pool)
  if (broken.length === 0) return null
  const index = indexPool(pool)
  const { problem, itemVm } = repairProblem(pool)
  const { assignment } = repair(problem, problem.initial, solve)
  const wanted = Array.from(itemVm).flatMap((vm, item) => (assignment[item] === problem.initial[item] ? [] : [placementStep(pool, load, vm, problem.initial[item]!, assignment[item]!, whyMoved(broken, pool, vm))]))
  const row = reservationRow(pool)
  const made = (unmet: readonly Reason[], before: number, after: number): Plan => assemblePlan(pool, index, {
    goal: 'repair', reason: reason('repair', `the pool breaks what must hold: ${listNames(broken.map(({ text }) => text), 3)}`, { broken: broken.length }), wanted, unmet, notDone: OTHER_GOALS,
    groups: groupsFor(pool, index, load, wanted.map((one: Wanted) => ({ wanted: one, cause: 'drain' as const })), DEFAULT_PRICES), objective: { before, after, lowerBound: null }, baseHash: null,
  }, limits, { prefix: 'p0', load, rows: row === null ? [] : [row], order: 'asWanted' })
  const draft = made([], broken.length, 0)
  const left = violationsOf(poolAfter(pool, index, draft, limits))
  const unmended = left.map(({ code, text, numbers }) => reason(code, `${text}: no placement that was found mends it; change the rule, add a host, or make room`, numbers))
  return made([...unmended, ...(left.length === 0 ? [] : proofAgainst(pool))], broken.length, left.length)
}

/** Which rules and limits can't all hold, where that is what keeps the pool from being mended. */
function proofAgainst(pool: Pool): Reason[] {
  const answer = conflictOf(pool)
  return answer.verdict === 'conflict' ? [reason('conflict', answer.conflict.message, { parts: answer.conflict.parts.length })] : []
}

const OTHER_GOALS: readonly NotDone[] = [{ reason: reason('afterRepair', 'Other goals are asked when the pool keeps what must hold.'), vms: [], hosts: [] }]

/** The sentence that names the VM or its host, else the first. */
function whyMoved(broken: readonly Reason[], pool: Pool, vm: number): Reason {
  const named = (name: string): Reason | undefined => broken.find(({ text }) => text.split(/[ ,:]/).includes(name))
  const why = named(pool.vms[vm]!.id) ?? named(pool.hosts[pool.vmHost[vm]!]!.id) ?? broken[0]!
  return reason('repair', why.text, why.numbers)
}

/** The pool when the plan's steps have ended, one after another. */
function poolAfter(pool: Pool, index: PoolIndex, plan: Plan, limits: TransitionLimits): Pool {
  const draft = copyPool(pool)
  for (const step of plan.steps) {
    const begun = begin(draft, index, step, { ...limits, hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null })
    if (begun.ok) finish(draft, begun.value)
  }
  return draft
}
