import type { Problem, Term } from '../problem.ts'
import { costOfBins } from './binsOfProblem.ts'
import { type LoadRange, type LoadTerm, convexBound, dimensionOf, isLoadTerm, loadRange } from './convexLoads.ts'
import { type CoverBound, coverBound } from './covers.ts'
import { itemCosts, moveCounts } from './itemCosts.ts'
import { leaveCovers } from './leaveCovers.ts'
import { spreadBound } from './spread.ts'

/**
 * No assignment that places all items (but those that may not be moved) and meets the hard limits has a `value` below
 * this. `by` names the bounds that gave it. `feasible` false: it was shown that no such assignment exists; the value then
 * stands for what is left of the problem.
 */
export interface LowerBound {
  readonly value: number
  readonly by: string
  readonly feasible: boolean
}

/** The best of the bounds that are cheap, O(items x dimensions) but for dual-feasible functions, which `shouldStop` cuts short. Weights and costs of bins are at least 0, or the bound is -Infinity. */
export function lowerBoundOfProblem(problem: Problem, shouldStop: () => boolean): LowerBound {
  if (hasNegative(problem)) return { value: -Infinity, by: 'none: a weight is negative', feasible: true }
  const range = loadRange(problem)
  const other = othersBound(problem, range)
  const costs = itemCosts(problem)
  const hard = coverBound(costs, leaveCovers(problem, false))
  const soft = coverBound(costs, leaveCovers(problem, true))
  const loads = loadsBound(problem, range, problem.terms.filter(isLoadTerm), shouldStop)
  // Above a soft limit, an item may leave or be paid for where it is; the excess is then not counted again by sums.
  const withoutExcess = loadsBound(problem, range, problem.terms.filter(isLoadTerm).filter((term) => term.kind !== 'excess'), shouldStop)
  const apart = hard.value + loads.value
  const together = soft.value + withoutExcess.value
  const [items, sums] = together > apart ? [soft, withoutExcess] : [hard, loads]
  const by = [nameOf(items), ...(sums.value > 0 ? [sums.by] : []), ...(other > 0 ? ['single terms'] : [])].filter((name) => name !== '').join(' + ')
  return { value: shaved(items.value + sums.value + other), by: by === '' ? 'nothing is negative' : by, feasible: hard.feasible && loads.feasible }
}

/** The fewest items that must end elsewhere than they began, not counting those that wait for a place. `feasible` as above. */
export function fewestMoves(problem: Problem): { readonly moves: number; readonly feasible: boolean } {
  const { value, feasible } = coverBound(moveCounts(problem), leaveCovers(problem, false))
  return { moves: Math.max(0, Math.ceil(value - 1e-6)), feasible }
}

const nameOf = ({ value, forced }: CoverBound): string => (forced > 0 ? 'items that must leave' : value > 0 ? 'items alone' : '')

const hasNegative = ({ terms, rules }: Problem): boolean => terms.some((term) => term.weight < 0 || (term.kind === 'inUse' && term.cost.some((cost) => cost < 0))) || rules.some(({ weight }) => weight !== null && weight < 0)

/** Sums of floating-point parts may be a last bit too high; whole numbers are taken as they are. */
const shaved = (value: number): number => (Number.isSafeInteger(value) ? value : value - 1e-11 * Math.abs(value))

interface SumsBound {
  readonly value: number
  readonly by: string
  readonly feasible: boolean
}

/** Terms of the loads, each in its dimension; bins in use in whichever dimension, or by number, asks most for them. */
function loadsBound(problem: Problem, range: LoadRange, terms: readonly LoadTerm[], shouldStop: () => boolean): SumsBound {
  const inUse = terms.filter((term) => term.kind === 'inUse')
  const byDimension = Array.from({ length: problem.dimensions }, (_, d) => terms.filter((term) => dimensionOf(term) === d))
  const plain = byDimension.map((own, d) => convexBound(problem, range, own, d))
  const feasible = plain.every((value) => value !== null)
  const sum = plain.reduce<number>((total, value) => total + (value ?? 0), 0)
  if (inUse.length === 0) return { value: sum, by: 'sums of loads', feasible }
  let best: SumsBound = { value: sum, by: 'sums of loads', feasible }
  const consider = (value: number, by: string): void => {
    if (value > best.value) best = { value, by, feasible }
  }
  byDimension.forEach((own, d) => {
    consider(sum - (plain[d] ?? 0) + (convexBound(problem, range, [...own, ...inUse], d) ?? 0), 'sums of loads')
  })
  const cost = new Float64Array(problem.binCount)
  for (const term of inUse) for (let bin = 0; bin < problem.binCount; bin++) cost[bin]! += term.weight * term.cost[bin]!
  const bought = costOfBins(problem, range, cost, shouldStop)
  if (bought === null) return { ...best, feasible: false }
  consider(sum + bought, 'bins needed')
  return best
}

/** Terms that are bounded one by one. Soft rules, paths and what is not named here count as 0. */
function othersBound(problem: Problem, range: LoadRange): number {
  return problem.terms.reduce((sum, term) => sum + term.weight * otherBound(problem, range, term), 0)
}

function otherBound(problem: Problem, range: LoadRange, term: Term): number {
  switch (term.kind) {
    case 'spread':
      return spreadBound(problem, range, term)
    case 'imbalance':
      return imbalanceBound(problem, range, term)
    case 'groupMovesMax': {
      const { moves } = fewestMoves(problem)
      return term.groupOf.every((group) => group >= 0) && term.groupCount > 0 ? Math.ceil(moves / term.groupCount) : 0
    }
    case 'excess':
    case 'curve':
    case 'inUse':
    case 'risk':
    case 'perItem':
    case 'away':
    case 'paths':
      return 0
  }
}

/** The sum over bins of a convex function of linear loads is at least the function of the sums (the bound of the ROADEF 2012 challenge). */
function imbalanceBound({ base, binCount, capacity, demand, dimensions, initial, itemCount, movable, transient }: Problem, { total }: LoadRange, term: Extract<Term, { readonly kind: 'imbalance' }>): number {
  const sumOf = (d: number): { free: number; held: number } => {
    let free = 0
    for (let bin = 0; bin < binCount; bin++) free += capacity[bin * dimensions + d]! - base[bin * dimensions + d]!
    return { free, held: total[d]! }
  }
  // In a transient dimension everything that moves may count twice.
  let twice = 0
  if (transient[term.free] === 1) for (let item = 0; item < itemCount; item++) if (movable[item] === 1 && initial[item]! >= 0) twice += demand[item * dimensions + term.free]!
  const free = sumOf(term.free)
  const wanted = sumOf(term.wanted)
  const value = term.target * (free.free - free.held - twice) - (wanted.free - wanted.held)
  return Number.isFinite(value) ? Math.max(0, value) : 0
}
