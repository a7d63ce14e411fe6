import { evaluate, mayStand } from '../evaluate.ts'
import { type Cost, type Problem, UNASSIGNED, isBetter } from '../problem.ts'
import { keyOf } from './flavours.ts'

/** Up to so many assignments are tried one by one. */
export const ASSIGNMENTS_MAX = 20_000

/** How many assignments there are when alike items go in order, or null when they are more than are tried. */
export function assignmentCount(problem: Problem): number | null {
  let count = 1
  for (let item = 0; item < problem.itemCount; item++) {
    count *= placesOf(problem, item).length
    if (count > ASSIGNMENTS_MAX) return null
  }
  return count
}

/** The best of all assignments with at most `movesMax` moves, whatever the cost is made of; ties go to the first. `start` is returned when none is better. */
export function bestOfAll(problem: Problem, start: Int32Array, movesMax: number | null): { readonly assignment: Int32Array; readonly cost: Cost; readonly tried: number } {
  const places = Array.from({ length: problem.itemCount }, (_, item) => placesOf(problem, item))
  const like = likeBefore(problem)
  const assignment = start.slice()
  let best = { assignment: start.slice(), cost: evaluate(problem, start) }
  let tried = 0
  const visit = (item: number, moves: number): void => {
    if (movesMax !== null && moves > movesMax) return
    if (item === problem.itemCount) {
      tried++
      const cost = evaluate(problem, assignment)
      if (isBetter(cost, best.cost)) best = { assignment: assignment.slice(), cost }
      return
    }
    for (const bin of places[item]!) {
      if (like[item] !== UNASSIGNED && bin < assignment[like[item]!]!) continue
      assignment[item] = bin
      visit(item + 1, moves + (problem.initial[item] !== UNASSIGNED && problem.initial[item] !== bin ? 1 : 0))
    }
  }
  visit(0, 0)
  return { ...best, tried }
}

/** Bins that the item may be in, and no bin. */
function placesOf(problem: Problem, item: number): number[] {
  if (problem.movable[item] === 0) return [problem.initial[item]!]
  const bins = Array.from({ length: problem.binCount }, (_, bin) => bin).filter((bin) => mayStand(problem, item, bin))
  return [UNASSIGNED, ...bins]
}

/** The last item before that is interchangeable and began in the same place; UNASSIGNED for none. */
function likeBefore(problem: Problem): Int32Array {
  const latest = new Map<string, number>()
  return Int32Array.from({ length: problem.itemCount }, (_, item) => {
    if (problem.movable[item] === 0) return UNASSIGNED
    const key = `${keyOf(problem, item)} ${problem.initial[item]!}`
    const before = latest.get(key) ?? UNASSIGNED
    latest.set(key, item)
    return before
  })
}
