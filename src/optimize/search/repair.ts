import { evaluate } from '../evaluate.ts'
import { type Answer, type Problem, type SolveLimits, UNASSIGNED, isBetter } from '../problem.ts'
import { Draft } from './draft.ts'
import { placeByEjection } from './eject.ts'
import { bringBackStrays, mendRules } from './mend.ts'
import { relieveBins } from './relieve.ts'
import { HARD_ROUNDING } from './state.ts'
import { bestTarget } from './targets.ts'

/** Rounds over all that is violated: what one mends may give another room. */
const ROUNDS_MAX = 3

/**
 * Mends what is violated and touches nothing else: bins above capacity, broken hard rules, items without a place, with
 * the fewest moves it finds, chains of them where no bin has room. No hard violation grows, not even to place an item.
 */
export function repair(problem: Problem, start: Int32Array, limits: SolveLimits): Answer {
  const draft = new Draft(problem, start, limits)
  repairDraft(draft)
  return answerOf(draft, start)
}

export function repairDraft(draft: Draft): void {
  const { state } = draft
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const [hard, unplaced] = [state.hard, state.unplaced]
    if (hard > HARD_ROUNDING) {
      bringBackStrays(draft)
      relieveBins(draft)
      mendRules(draft)
    }
    if (unplaced > 0) placeWaiting(draft)
    if ((state.hard <= HARD_ROUNDING && state.unplaced === 0) || (state.hard >= hard && state.unplaced === unplaced)) return
  }
}

/** Places items that wait, large ones first. */
function placeWaiting(draft: Draft): void {
  const { state, problem, effort } = draft
  for (const item of bySize(draft)) {
    if (!effort.hasMore()) return
    const move = bestTarget(draft, item, { hardMax: HARD_ROUNDING / 10 })
    if (move !== null) draft.move(item, move.target)
  }
  for (let item = 0; item < problem.itemCount; item++) {
    if (!effort.hasMore()) return
    if (problem.movable[item] === 1 && state.assignment[item] === UNASSIGNED) placeByEjection(draft, item, 0)
  }
}

function bySize({ state, problem }: Draft): number[] {
  const { dimensions, demand, capacity, binCount } = problem
  const whole = Array.from(state.limited, (d) => {
    let sum = 0
    for (let bin = 0; bin < binCount; bin++) if (capacity[bin * dimensions + d]! < Number.MAX_VALUE) sum += capacity[bin * dimensions + d]!
    return Math.max(sum, Number.MIN_VALUE)
  })
  const waiting = Array.from({ length: problem.itemCount }, (_, item) => item).filter((item) => problem.movable[item] === 1 && state.assignment[item] === UNASSIGNED)
  const size = new Map(waiting.map((item) => [item, state.limited.reduce((most, d, at) => Math.max(most, demand[item * dimensions + d]! / whole[at]!), 0)]))
  return waiting.sort((a, b) => size.get(b)! - size.get(a)! || a - b)
}

/** The draft as an answer: never worse than the start by `evaluate`, which has the last word. */
export function answerOf(draft: Draft, start: Int32Array): Answer {
  const { problem, state, effort } = draft
  const [cost, before] = [evaluate(problem, state.assignment), evaluate(problem, start)]
  const end = { lowerBound: -Infinity, ended: effort.ended(), nodes: effort.nodes }
  if (isBetter(before, cost)) return { assignment: start.slice(), cost: before, moves: [], ...end }
  return { assignment: state.assignment.slice(), cost, moves: draft.moves(start), ...end }
}
