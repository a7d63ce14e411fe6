import { lowerBoundOfProblem } from './bounds/lowerBound.ts'
import { evaluate, violationOf } from './evaluate.ts'
import { withoutFixed } from './foldFixed.ts'
import { greedySolver } from './greedy.ts'
import { WEIGHT, fixedCost, objectiveIn } from './objective.ts'
import type { Packed, Packing, PackingLimits, Solver } from './packing.ts'
import { type Scope, problemOfPacking } from './packingProblem.ts'
import { type Cost, type Problem, type ProblemSolver, UNASSIGNED } from './problem.ts'
import { passesRisk } from './riskLoads.ts'
import { answerOf, movesLeft, optionalMoves } from './wishAnswer.ts'

/** What betters a first answer, in the order in which it is asked. */
export interface Improver {
  readonly solver: ProblemSolver
  /** Whether it is worth asking about a problem of this size; by counts, never by time. */
  readonly suits: (problem: Problem) => boolean
}

/** Candidates that the first answer could not empty and that are tried with a search, at most. */
const FURTHER_TRIALS = 3
/** A gap to the bound that is rounding. */
const PROVEN = 1e-7

/**
 * The solver behind the goals' wishes: first greedy, then each improver on the same wishes as a problem, within the limits of
 * nodes, and for bins that greedy could not empty as a whole. What is touched, budgets, resting items and fill limits
 * are greedy's; an answer that keeps them less well, or is no better by the objective, is not taken. The bound is of the
 * problem that remains when what no wish is about stays where it is.
 */
export function wishSolver(improvers: readonly Improver[]): Solver {
  return {
    name: ['greedy', ...improvers.map(({ solver }) => solver.name)].join(', then '),
    solve(packing, limits, shouldStop) {
      const first = greedySolver.solve(packing, limits, shouldStop)
      if (first.moves.length === 0 && first.unmet.length === 0) return first
      const search = { packing, limits, shouldStop, improvers, nodesLeft: limits.nodesMax }
      let best = bettered(search, { packed: first, scope: { emptying: first.emptied, answer: first.assignment }, proven: null })
      for (const bin of furtherBins(packing, best.packed)) {
        if (search.nodesLeft <= 0 || best.packed.emptied.length >= packing.emptyMax) break
        best = emptiedToo(search, best, bin)
      }
      return withBound(search, best)
    },
  }
}

interface Search {
  readonly packing: Packing
  readonly limits: PackingLimits
  readonly shouldStop: () => boolean
  readonly improvers: readonly Improver[]
  nodesLeft: number
}

interface Found {
  readonly packed: Packed
  /** What was asked when it was found, and the best bound that is known of it; null: none was asked for. */
  readonly scope: Scope
  readonly proven: number | null
}

/** The answer after all improvers, or as it was. */
function bettered(search: Search, found: Found): Found {
  if (!isWorthwhile(search, found.packed)) return found
  const problem = problemOfPacking(search.packing, found.scope)
  const before = found.packed.assignment
  const { assignment: after, proven } = improve(search, problem, before, found.scope.emptying, found.packed.emptied, found.packed.unmet.some(({ cause }) => cause !== 'spread'))
  return after === before ? { ...found, proven } : { scope: found.scope, proven, packed: packedOf(search.packing, problem, after, found.packed.emptied) }
}

/** First places are best as greedy ranks them, and of a bin that is emptied all must move, wherever to: then there is nothing to gain, unless something found no place. */
function isWorthwhile({ limits }: Search, { moves, unmet }: Packed): boolean {
  return limits.nodesMax > 0 && (moves.some(({ cause }) => cause !== 'place' && cause !== 'empty') || (moves.length > 0 && unmet.some(({ cause }) => cause === 'place')))
}

/** The best assignment that the improvers find and that keeps what greedy keeps; of the bins that are to be `emptying`, those `emptied` already stay so. */
function improve(search: Search, problem: Problem, start: Int32Array, emptying: readonly number[], emptied: readonly number[], isShort: boolean): { readonly assignment: Int32Array; readonly proven: number } {
  let best = start
  let proven = boundOf(search, problem)
  let cost = evaluate(problem, start)
  const movesMax = movesAllowed(search.packing, problem, start, isShort)
  for (const { solver, suits } of search.improvers) {
    if (search.nodesLeft <= 0 || isProven(cost, proven) || !suits(problem)) continue
    const answer = solver.solve(problem, best, { nodesMax: search.nodesLeft, seed: search.limits.seed, movesMax, shouldStop: search.shouldStop })
    search.nodesLeft -= answer.nodes
    proven = Math.max(proven, answer.lowerBound)
    const after = evaluate(problem, answer.assignment)
    if (worth(after) >= worth(cost) || !keepsLimits(search.packing, answer.assignment) || !keepsRules(problem, start, answer.assignment, after)) continue
    if (emptied.some((bin) => answer.assignment.includes(bin)) || onlySwapsEmpty(search.packing, emptying, answer.assignment)) continue
    best = answer.assignment
    cost = after
  }
  return { assignment: best, proven }
}

/** By the objective alone: a broken rule that nobody asked to have mended must not count before a wish. */
const worth = ({ unplaced, value }: Cost): number => WEIGHT.unplaced * unplaced + value

function isProven({ unplaced, hard, value }: Cost, bound: number): boolean {
  return unplaced === 0 && hard <= 1e-9 && value - bound <= PROVEN * Math.max(1, Math.abs(value))
}

/** How many items may move; null where all that may move are within the budget. Balance, once reached, is to take no more moves. */
function movesAllowed(packing: Packing, problem: Problem, start: Int32Array, isShort: boolean): number | null {
  const optional = packing.spreadMax !== null && !isShort ? optionalMoves(packing, start) : packing.optionalMovesMax
  const most = mandatoryMoves(packing, start) + optional
  return most >= problem.movable.reduce((count, may) => count + may, 0) ? null : most
}

function mandatoryMoves({ assignment: before, drain }: Packing, assignment: Int32Array): number {
  let count = 0
  assignment.forEach((bin, item) => {
    const source = before[item]!
    if (source !== UNASSIGNED && bin !== source && drain[source] === 1) count++
  })
  return count
}

/** What the problem's form can't say: the budget is for optional moves alone, and only items that must be somewhere pass a fill limit. */
export function keepsLimits(packing: Packing, assignment: Int32Array): boolean {
  if (movesLeft(packing, assignment).others < 0 || passesRisk(packing, assignment)) return false
  const { dimensions, demand, fillLimit, base, assignment: before, drain, binCount } = packing
  const loads = base.slice()
  const enteredByWish = new Uint8Array(binCount)
  assignment.forEach((bin, item) => {
    if (bin === UNASSIGNED) return
    for (let d = 0; d < dimensions; d++) loads[bin * dimensions + d]! += demand[item * dimensions + d]!
    const source = before[item]!
    if (source !== bin && source !== UNASSIGNED && drain[source] === 0) enteredByWish[bin] = 1
  })
  return loads.every((load, at) => enteredByWish[Math.floor(at / dimensions)] === 0 || load <= fillLimit[at]!)
}

/** Whether a bin that was empty holds nothing but what was taken from bins to be emptied: that would only swap which bin is empty. */
function onlySwapsEmpty({ assignment: before, binCount, preferred, drain }: Packing, emptying: readonly number[], assignment: Int32Array): boolean {
  if (emptying.length === 0) return false
  const from = new Set(emptying)
  const inUse = new Uint8Array(binCount)
  const swapped = new Uint8Array(binCount)
  assignment.forEach((bin, item) => {
    const source = before[item]!
    if (source !== UNASSIGNED) inUse[source] = 1
    if (bin === UNASSIGNED) return
    if (source !== UNASSIGNED && from.has(source) && drain[source] === 0 && bin !== preferred[item]) swapped[bin] = 1
    else inUse[bin] = 1
  })
  return swapped.some((taken, bin) => taken === 1 && inUse[bin] === 0)
}

/** Capacities and places hold, and no hard rule is farther from holding than it was: one must not be mended at another's cost. */
function keepsRules(problem: Problem, start: Int32Array, assignment: Int32Array, { hard }: Cost): boolean {
  let ofRules = 0
  for (const rule of problem.rules) {
    if (rule.weight !== null) continue
    const violation = violationOf(problem, rule, assignment)
    if (violation > violationOf(problem, rule, start)) return false
    ofRules += violation
  }
  return hard - ofRules <= 1e-9
}

/** Candidates before the last that may be emptied and were not, though their items may leave and moves are left. */
function furtherBins(packing: Packing, { emptied, unmet, assignment }: Packed): number[] {
  if (emptied.length >= packing.emptyMax) return []
  const stuck = unmet.flatMap(({ cause, bin, outOfMoves }) => (cause === 'empty' && outOfMoves !== true ? [bin] : []))
  const mayLeave = (item: number, bin: number): boolean => packing.assignment[item] === bin && packing.movable[item] === 1 && packing.resting[item] === 0
  return stuck.filter((bin) => assignment.every((other, item) => other !== bin || mayLeave(item, bin))).slice(0, FURTHER_TRIALS)
}

/** The answer with one more bin emptied, where a search finds room for all its items and that is better on the whole; else as it was. */
function emptiedToo(search: Search, best: Found, bin: number): Found {
  const emptying = [...best.packed.emptied, bin]
  const scope = { emptying, answer: best.packed.assignment }
  const problem = problemOfPacking(search.packing, scope)
  const { assignment: after, proven } = improve(search, problem, best.packed.assignment, emptying, best.packed.emptied, true)
  if (emptying.some((other) => after.includes(other))) return best
  const packed = packedOf(search.packing, problem, after, emptying)
  return packed.objectiveAfter < best.packed.objectiveAfter ? { scope, packed, proven } : best
}

function packedOf(packing: Packing, problem: Problem, assignment: Int32Array, emptied: readonly number[]): Packed {
  return { ...answerOf(packing, assignment, emptied), objectiveBefore: objectiveIn(packing, problem, packing.assignment), objectiveAfter: objectiveIn(packing, problem, assignment), lowerBound: null }
}

/** A plan that changes nothing has no distance to state. */
function withBound(search: Search, { packed, scope, proven }: Found): Packed {
  if (packed.moves.length === 0) return packed
  return { ...packed, lowerBound: (proven ?? boundOf(search, problemOfPacking(search.packing, scope))) - fixedCost(search.packing) }
}

/** A function that a bound on bins in use tries costs as much as so many nodes. Without any, bins that hold only what may move are taken to be free. */
const NODES_PER_FUNCTION = 5000

function boundOf({ limits, shouldStop }: Search, problem: Problem): number {
  let left = Math.floor(limits.nodesMax / NODES_PER_FUNCTION)
  const folded = withoutFixed(problem)
  const terms = left > 0 ? folded.problem.terms : folded.problem.terms.filter(({ kind }) => kind !== 'inUse')
  return folded.constant + lowerBoundOfProblem({ ...folded.problem, terms }, () => left-- <= 0 || shouldStop()).value
}
