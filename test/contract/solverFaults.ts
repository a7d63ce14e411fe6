import type { Answer, Problem, ProblemSolver, SolveLimits } from '../../src/optimize/problem.ts'
import { movesOf, oracleCost, type OracleCost } from '../support/problemOracle.ts'

export const NO_LIMITS: SolveLimits = { nodesMax: 2_000, seed: 1, movesMax: null, shouldStop: () => false }

/** Sums made in another order differ by this much of themselves. */
const ROUNDING = 1e-7

export const nearly = (a: number, b: number): boolean => Math.abs(a - b) <= ROUNDING * Math.max(1, Math.abs(a), Math.abs(b))
const above = (a: number, b: number): boolean => a > b && !nearly(a, b)

/** Whether the first cost is worse than the second by more than rounding. */
export function isWorse(a: Pick<OracleCost, 'unplaced' | 'hard' | 'value'>, b: Pick<OracleCost, 'unplaced' | 'hard' | 'value'>): boolean {
  if (a.unplaced !== b.unplaced) return a.unplaced > b.unplaced
  return nearly(a.hard, b.hard) ? above(a.value, b.value) : a.hard > b.hard
}

/**
 * What an answer does that the contract of ProblemSolver forbids, as sentences; none for a good solver. With `weighsLimits`
 * only the whole cost must not be worse than the start's.
 */
export function faultsOf(solver: ProblemSolver, problem: Problem, start: Int32Array, limits: SolveLimits, weighsLimits = false): string[] {
  const given = start.slice()
  const answer = solver.solve(problem, start, limits)
  const faults: string[] = []
  if (!sameBytes(start, given)) faults.push('changed the start it was handed')
  const shape = shapeFaults(problem, answer)
  if (shape.length > 0) return [...faults, ...shape]
  const before = oracleCost(problem, given)
  const after = oracleCost(problem, answer.assignment)
  return [...faults, ...costFaults(answer, after), ...(isWorse(after, before) ? [`is worse than its start: ${after.unplaced}/${after.hard}/${after.value} after ${before.unplaced}/${before.hard}/${before.value}`] : []),
    ...(weighsLimits ? [] : limitFaults(problem, before, after, given, answer)), ...moveFaults(problem, given, answer, limits)]
}

const sameBytes = (a: Int32Array, b: Int32Array): boolean => a.length === b.length && a.every((value, at) => value === b[at])

function shapeFaults({ itemCount, binCount }: Problem, { assignment, lowerBound, nodes, ended }: Answer): string[] {
  const faults: string[] = []
  if (assignment.length !== itemCount) faults.push(`answers for ${assignment.length} of ${itemCount} items`)
  if (assignment.some((bin) => bin < -1 || bin >= binCount)) faults.push('names a bin that is not there')
  if (Number.isNaN(lowerBound) || lowerBound === Infinity) faults.push(`lower bound is ${lowerBound}`)
  if (!(nodes >= 0)) faults.push(`tried ${nodes} nodes`)
  if (!['optimal', 'localOptimum', 'nodes', 'stopped'].includes(ended)) faults.push(`ended as ${ended}`)
  return faults
}

function costFaults({ cost, lowerBound }: Answer, after: OracleCost): string[] {
  const faults: string[] = []
  if (cost.unplaced !== after.unplaced || !nearly(cost.hard, after.hard) || !nearly(cost.value, after.value)) faults.push(`says ${cost.unplaced}/${cost.hard}/${cost.value}, the assignment costs ${after.unplaced}/${after.hard}/${after.value}`)
  if (!nearly(Object.values(cost.terms).reduce((sum, part) => sum + part, 0), cost.value)) faults.push('parts of its value do not add up to it')
  if (after.unplaced === 0 && nearly(after.hard, 0) && above(lowerBound, after.value)) faults.push(`its bound ${lowerBound} is above its value ${after.value}`)
  return faults
}

/** No limit is broken more than at the start, one by one, and nobody loses a place. */
function limitFaults(problem: Problem, before: OracleCost, after: OracleCost, start: Int32Array, { assignment }: Pick<Answer, 'assignment'>): string[] {
  const faults: string[] = []
  if (above(after.hard, before.hard)) faults.push(`violates hard limits by ${after.hard}, the start by ${before.hard}`)
  after.hardRules.forEach((violation, rule) => {
    if (above(violation, before.hardRules[rule]!)) faults.push(`rule ${problem.rules[rule]!.name} is broken by ${violation}, at the start by ${before.hardRules[rule]!}`)
  })
  after.excess.forEach((over, at) => {
    if (above(over, before.excess[at]!)) faults.push(`bin ${Math.floor(at / problem.dimensions)} is above its capacity by ${over}, at the start by ${before.excess[at]!}`)
  })
  assignment.forEach((bin, item) => {
    if (bin === -1 && start[item] !== -1) faults.push(`takes item ${item} out of its bin`)
  })
  return faults
}

function moveFaults(problem: Problem, start: Int32Array, { assignment, moves }: Answer, { movesMax }: SolveLimits): string[] {
  const faults: string[] = []
  const count = movesOf(problem, assignment)
  if (movesMax !== null && count > Math.max(movesMax, movesOf(problem, start))) faults.push(`moves ${count} items, ${movesMax} are allowed`)
  assignment.forEach((bin, item) => {
    if (problem.movable[item] === 0 && bin !== problem.initial[item] && bin !== start[item]) faults.push(`moves item ${item}, which stays`)
  })
  if (moves === null) return faults
  const replayed = start.slice()
  for (const { item, source, target } of moves) {
    if (replayed[item] !== source) faults.push(`moves item ${item} from ${source}, where it is not`)
    replayed[item] = target
  }
  if (!sameBytes(replayed, assignment)) faults.push('its moves do not lead to its assignment')
  return faults
}

export interface BruteForced {
  readonly best: OracleCost
  /** The least value of those that place everything and meet all hard limits; null: there is none. */
  readonly cleanValue: number | null
}

/**
 * Every assignment of items to bins that take them, in which no more than `movesMax` move and no limit is broken more than at
 * first (with `weighsLimits`: or any may be).
 */
export function bruteForce(problem: Problem, movesMax: number | null, weighsLimits = false): BruteForced {
  const assignment = problem.initial.slice()
  const before = oracleCost(problem, assignment)
  let best: OracleCost | null = null
  let cleanValue: number | null = null
  const visit = (item: number): void => {
    if (item < problem.itemCount) {
      for (const bin of choicesOf(problem, item)) {
        assignment[item] = bin
        visit(item + 1)
      }
      return
    }
    if (movesMax !== null && movesOf(problem, assignment) > movesMax) return
    const cost = oracleCost(problem, assignment)
    if (!weighsLimits && limitFaults(problem, before, cost, problem.initial, { assignment }).length > 0) return
    if (best === null || isWorse(best, cost)) best = cost
    if (cost.unplaced === 0 && nearly(cost.hard, 0)) cleanValue = Math.min(cleanValue ?? Infinity, cost.value)
  }
  visit(0)
  return { best: best!, cleanValue }
}

function choicesOf({ binCount, initial, movable, receives, allowedRow, allowed }: Problem, item: number): number[] {
  if (movable[item] === 0) return [initial[item]!]
  return Array.from({ length: binCount + 1 }, (_, at) => at - 1).filter((bin) => bin === -1 || bin === initial[item] || (receives[bin] === 1 && (allowedRow[item] === -1 || allowed[allowedRow[item]!]![bin] === 1)))
}
