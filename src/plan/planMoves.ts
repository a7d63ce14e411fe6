import type { LoadView } from '../model/loadView.ts'
import type { NotDone, Plan } from '../model/plan.ts'
import { findHost, findVm, type PoolIndex } from '../model/poolIndex.ts'
import { NOWHERE, type Pool } from '../model/pool.ts'
import { reason } from '../model/result.ts'
import type { TransitionLimits } from '../model/transition.ts'
import { type Answer, type Problem, UNASSIGNED } from '../optimize/problem.ts'
import { AssignmentState } from '../optimize/search/state.ts'
import { assemblePlan } from './assemble.ts'
import { groupsFor } from './groups.ts'
import { planHash } from './hash.ts'
import { placementStep } from './makePlan.ts'
import type { Wanted } from './order.ts'
import type { HardRow } from './rows.ts'
import { DEFAULT_PRICES } from './worth.ts'

/** A problem over a pool's VMs, with bins that are its hosts by index. */
export interface PoolProblem {
  /** What its cost is called. */
  readonly name: string
  readonly problem: Problem
  readonly itemVm: Int32Array
  /** Hard limits beside memory that every state on the way must keep. */
  readonly rows: readonly HardRow[]
  /** Address of what the pool was read from, for the plan. */
  readonly baseHash: string | null
}

/** A plan that lowers a problem's cost, and the cost after so many of its migrations. */
export interface MovesPlan {
  readonly plan: Plan
  readonly curve: readonly { readonly moves: number; readonly score: number }[]
}

/** Points of a curve; of longer ones as many, evenly, and the last. */
const POINTS_MAX = 1000

/** The answer of a search as a plan: each item that ends elsewhere once, in the order of the search, then as rules and room on the way ask. */
export function planMoves(pool: Pool, index: PoolIndex, load: LoadView, asked: PoolProblem, start: Int32Array, answer: Answer, limits: TransitionLimits): MovesPlan {
  const { name, problem, itemVm, rows, baseHash } = asked
  const { wanted, before, after } = wantedMoves(pool, load, asked, start, answer)
  const groups = groupsFor(pool, index, load, wanted.map((one) => ({ wanted: one, cause: one.kind === 'migrate' ? ('spread' as const) : ('place' as const) })), DEFAULT_PRICES)
  const waiting = Array.from(itemVm).filter((_, item) => answer.assignment[item] === UNASSIGNED && problem.movable[item] === 1)
  const unmet = waiting.map((vm) => reason('noHostFits', `${pool.vms[vm]!.id} (${pool.vms[vm]!.memoryMib} MiB) fits no host within the limits: free memory, wake a host or leave maintenance`))
  const isCut = answer.ended === 'nodes' || answer.ended === 'stopped'
  const why = wanted.length === 0 ? reason('nothingToDo', isCut ? `The search was ended before it found a move that lowers the ${name} score of ${figure(before)}.` : `No move lowers the ${name} score of ${figure(before)}.`) : reason('lowerScore', `${wanted.length} moves lower the ${name} score of ${figure(before)}`, { before, moves: wanted.length })
  const objective = { before, after, lowerBound: Number.isFinite(answer.lowerBound) ? answer.lowerBound : null }
  const plan = assemblePlan(pool, index, { goal: name, reason: why, wanted, groups, unmet, notDone: isCut ? [cutShort(answer)] : [], objective, baseHash }, limits, { prefix: 'p0', load, rows, order: 'asWanted' })
  const curve = curveOf(index, asked, start, plan)
  // Where some moves found no order, the pool ends elsewhere than the search did.
  return { plan: plan.unmet.length === unmet.length ? plan : withAfter(plan, curve.after), curve: curve.points }
}

/** Said of a search that could have gone on. */
function cutShort({ ended, nodes }: Answer): NotDone {
  const limit = ended === 'nodes' ? 'its limit of proposals (--nodes-max)' : 'its deadline (--deadline)'
  return { reason: reason('searchCutShort', `The search was ended by ${limit} after ${nodes} proposals: with more it may find a better plan.`, { nodes }), vms: [], hosts: [] }
}

function withAfter(plan: Plan, after: number): Plan {
  const changed = { ...plan, objective: { ...plan.objective, after } }
  return { ...changed, hash: planHash(changed) }
}

function wantedMoves(pool: Pool, load: LoadView, { name, problem, itemVm }: PoolProblem, start: Int32Array, answer: Answer): { readonly wanted: Wanted[]; readonly before: number; readonly after: number } {
  const state = new AssignmentState(problem, start)
  const first = state.value
  const wanted = orderOf(start, answer).map((item) => {
    const [source, target, before] = [start[item]!, answer.assignment[item]!, state.value]
    state.apply(item, target)
    const vm = itemVm[item]!
    const why = source === UNASSIGNED ? reason('place', `${pool.vms[vm]!.id} waits for a place`) : reason('lowerScore', `takes the ${name} score from ${figure(before)} to ${figure(state.value)}`, { before, after: state.value })
    return placementStep(pool, load, vm, source, target, why)
  })
  return { wanted, before: first, after: state.value }
}

/** Items that end elsewhere, in the order in which the search moved them last. */
function orderOf(start: Int32Array, { assignment, moves }: Answer): number[] {
  const order = new Set<number>()
  for (const { item } of moves ?? []) {
    order.delete(item)
    if (assignment[item] !== start[item] && assignment[item] !== UNASSIGNED) order.add(item)
  }
  assignment.forEach((bin, item) => {
    if (bin !== start[item] && bin !== UNASSIGNED) order.add(item)
  })
  return [...order]
}

/** The cost as it is after each migration of the plan. */
function curveOf(index: PoolIndex, { problem, itemVm }: PoolProblem, start: Int32Array, plan: Plan): { readonly after: number; readonly points: MovesPlan['curve'] } {
  const itemOf = new Map<number, number>()
  itemVm.forEach((vm, item) => itemOf.set(vm, item))
  const state = new AssignmentState(problem, start)
  const points = [{ moves: 0, score: state.value }]
  for (const step of plan.steps) {
    if (!('target' in step)) continue
    const [item, host] = [itemOf.get(findVm(index, step.vm)), findHost(index, step.target)]
    if (item === undefined || host === NOWHERE) continue
    state.apply(item, host)
    const { moves } = points.at(-1)!
    // What starts changes the score as well, but is no migration.
    if (step.kind === 'migrate') points.push({ moves: moves + 1, score: state.value })
    else points[points.length - 1] = { moves, score: state.value }
  }
  const every = Math.max(1, Math.ceil(points.length / POINTS_MAX))
  return { after: state.value, points: points.filter((_, position) => position % every === 0 || position === points.length - 1) }
}

const figure = (value: number): string => value.toPrecision(6)
