import { type ItemMove, type Problem, UNASSIGNED } from '../problem.ts'
import { ItemHeap } from './itemHeap.ts'
import { AssignmentState, HARD_ROUNDING } from './state.ts'

/** What a place found, and a hard violation mended, count for beside any value. */
const FIRST = 1e15

/**
 * The moves from one assignment to another, each item once, in an order in which each brings the most of those that fit
 * then, so that the first so many are a good plan too. Moves that never fit alone, as in exchanges, come last.
 */
export function orderMoves(problem: Problem, start: Int32Array, final: Int32Array): ItemMove[] {
  const state = new AssignmentState(problem, start)
  const heap = new ItemHeap(problem.itemCount)
  const waiting: number[][] = Array.from({ length: problem.binCount }, () => [])
  const moves: ItemMove[] = []
  const offer = (item: number): void => heap.push(item, keyOf(state, item, final[item]!))
  for (let item = 0; item < problem.itemCount; item++) if (start[item] !== final[item]) offer(item)
  const put = (item: number): void => {
    const source = state.assignment[item]!
    moves.push({ item, source, target: final[item]! })
    state.apply(item, final[item]!)
    if (source !== UNASSIGNED) for (const other of waiting[source]!.splice(0)) offer(other)
  }
  while (heap.size > 0) {
    const item = heap.pop()
    const target = final[item]!
    if (target !== UNASSIGNED && !state.fits(item, target)) {
      waiting[target]!.push(item)
      continue
    }
    const key = keyOf(state, item, target)
    if (heap.size > 0 && key > heap.leastKey()) heap.push(item, key)
    else put(item)
  }
  for (const item of waiting.flat().sort((a, b) => a - b)) {
    moves.push({ item, source: state.assignment[item]!, target: final[item]! })
    state.apply(item, final[item]!)
  }
  return moves
}

function keyOf(state: AssignmentState, item: number, target: number): number {
  state.priceMove(item, target)
  const hard = Math.abs(state.hardChange) > HARD_ROUNDING ? state.hardChange : 0
  return FIRST * (state.unplacedChange + hard) + state.valueChange
}
