import { evaluate } from './evaluate.ts'
import { type Answer, type Problem, type ProblemSolver, type SolveLimits, UNASSIGNED, isBetter } from './problem.ts'
import { Draft } from './search/draft.ts'

const ROUNDS_MAX = 4
const ROUNDING = 1e-12

/**
 * Betters who leaves a bin: of those that left it, one or two go home and one that stayed leaves instead, to where one of
 * them was. Single moves and swaps don't find this, since every step of it alone is worse. Nothing hard gets worse.
 */
export const exchangeLeavers: ProblemSolver = { name: 'exchange of leavers', solve }

function solve(problem: Problem, start: Int32Array, limits: SolveLimits): Answer {
  const draft = new Draft(problem, start, limits)
  const homes = homesOf(problem)
  for (let round = 0; round < ROUNDS_MAX && draft.effort.hasMore(); round++) {
    const before = draft.state.value
    const leavers = leaversByBin(problem, draft.state.assignment)
    for (const [bin, gone] of leavers) exchangeOnes(draft, homes, bin, gone)
    for (const [bin, gone] of leavers) exchangePairs(draft, homes, bin, gone)
    if (draft.state.value >= before - ROUNDING) break
  }
  const { state, effort } = draft
  const [cost, before] = [evaluate(problem, state.assignment), evaluate(problem, start)]
  const end = { lowerBound: -Infinity, moves: null, ended: effort.ended(), nodes: effort.nodes }
  return isBetter(cost, before) ? { assignment: state.assignment.slice(), cost, ...end } : { assignment: start.slice(), cost: before, ...end }
}

function leaversByBin({ initial, movable }: Problem, assignment: Int32Array): Map<number, number[]> {
  const leavers = new Map<number, number[]>()
  assignment.forEach((bin, item) => {
    const source = initial[item]!
    if (movable[item] === 0 || source === UNASSIGNED || bin === source || bin === UNASSIGNED) return
    const gone = leavers.get(source)
    if (gone === undefined) leavers.set(source, [item])
    else gone.push(item)
  })
  return leavers
}

/** Movable items by the bin that holds them initially, ascending: looked up once, since pools have thousands of bins that are asked about often. */
function homesOf({ initial, movable }: Problem): ReadonlyMap<number, readonly number[]> {
  const homes = new Map<number, number[]>()
  initial.forEach((bin, item) => {
    if (movable[item] === 0 || bin === UNASSIGNED) return
    const home = homes.get(bin)
    if (home === undefined) homes.set(bin, [item])
    else home.push(item)
  })
  return homes
}

type Homes = ReturnType<typeof homesOf>

const staying = ({ state }: Draft, homes: Homes, bin: number): number[] => (homes.get(bin) ?? []).filter((item) => state.assignment[item] === bin)

function exchangeOnes(draft: Draft, homes: Homes, bin: number, gone: readonly number[]): void {
  for (const one of gone) for (const other of staying(draft, homes, bin)) {
    if (!draft.effort.spend(1)) return
    if (hasLeft(draft, one, bin) && instead(draft, bin, [one], other)) break
  }
}

/** Two home for one that leaves: one move fewer. */
function exchangePairs(draft: Draft, homes: Homes, bin: number, gone: readonly number[]): void {
  for (let first = 0; first < gone.length; first++) for (let second = first + 1; second < gone.length; second++) {
    const pair = [gone[first]!, gone[second]!]
    for (const other of staying(draft, homes, bin)) {
      if (!draft.effort.hasMore()) return
      if (pair.every((item) => hasLeft(draft, item, bin)) && isLarger(draft, other, pair) && draft.effort.spend(1) && instead(draft, bin, pair, other)) break
    }
  }
}

const hasLeft = ({ state }: Draft, item: number, bin: number): boolean => state.assignment[item] !== bin

/** Only an item that takes more along than either of two can stand for both. */
function isLarger({ problem: { demand, dimensions } }: Draft, item: number, pair: readonly number[]): boolean {
  for (let d = 0; d < dimensions; d++) if (pair.every((other) => demand[item * dimensions + d]! > demand[other * dimensions + d]!)) return true
  return false
}

/** Takes some home and lets another leave instead, if that is better; else nothing changes. */
function instead(draft: Draft, bin: number, home: readonly number[], other: number): boolean {
  const { state } = draft
  const [value, hard, unplaced] = [state.value, state.hard, state.unplaced]
  for (const target of new Set(home.map((item) => state.assignment[item]!))) {
    const mark = draft.mark
    for (const item of home) draft.move(item, bin)
    if (draft.mayMove(other, target) && state.fits(other, target)) {
      draft.move(other, target)
      if (state.value < value - ROUNDING && state.hard <= hard && state.unplaced <= unplaced) return true
    }
    draft.undoTo(mark)
  }
  return false
}
