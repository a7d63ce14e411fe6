import { UNASSIGNED } from '../problem.ts'
import type { Draft } from './draft.ts'
import { ItemHeap } from './itemHeap.ts'
import { Looks } from './looks.ts'

/** With so few pairs of item and bin, every step prices all of them. */
const PRICED_PAIRS_MAX = 60_000
/** With so few, every step looks at all bins for every item. */
const LOOKED_PAIRS_MAX = 100_000
/** Steps on the same slopes. */
const SLOPES_AFTER = 16
/** A gain below this share of the value is rounding. */
const GAIN_ROUNDING = 1e-12

/** When to stop before nothing gains any more: at a value this low, steps that gain less are not worth a move. */
export interface Enough {
  readonly value: number
  readonly gainMin: number
}

/**
 * Steepest descent by single moves: always the one that lowers the value most, as far as known. Small problems price
 * every item and bin in every step. In large ones each item keeps its best targets of the last look at all bins; the item
 * that promises most is priced again before it moves, and all are looked at anew from time to time and until none gains.
 * No hard violation grows; items without a place keep waiting. Returns whether every step was the steepest of all.
 */
export function descend(draft: Draft, enough: Enough | null): { readonly isPlain: boolean } {
  const { problem, state } = draft
  const items = Array.from({ length: problem.itemCount }, (_, item) => item).filter((item) => problem.movable[item] === 1 && state.assignment[item] !== UNASSIGNED)
  const pairs = items.length * problem.binCount
  const looks = new Looks(draft, pairs <= PRICED_PAIRS_MAX)
  const step = pairs <= LOOKED_PAIRS_MAX ? lookedStep : lazySteps
  while (step(draft, looks, items, enough));
  return { isPlain: pairs <= PRICED_PAIRS_MAX }
}

function pays({ state }: Draft, change: number, enough: Enough | null): boolean {
  return change < -GAIN_ROUNDING * Math.max(1, Math.abs(state.value)) && (enough === null || state.value > enough.value || -change >= enough.gainMin)
}

/** A step after a look at all bins for all items; false when there is none. */
function lookedStep(draft: Draft, looks: Looks, items: readonly number[], enough: Enough | null): boolean {
  looks.begin()
  let [bestItem, best] = [UNASSIGNED, 0]
  for (const item of items) {
    const change = looks.look(item, best)
    if (change < best) [bestItem, best] = [item, change]
  }
  if (!draft.effort.hasMore() || bestItem === UNASSIGNED || !pays(draft, best, enough)) return false
  draft.move(bestItem, looks.targetOf(bestItem))
  return true
}

/** Steps from one look at all bins for all items; returns whether there were any. */
function lazySteps(draft: Draft, looks: Looks, items: readonly number[], enough: Enough | null): boolean {
  const { problem, effort } = draft
  const heap = new ItemHeap(problem.itemCount)
  looks.begin()
  for (const item of items) {
    if (!effort.hasMore()) break
    const change = looks.look(item, 0)
    if (change < 0) heap.push(item, change)
  }
  const stepsMax = Math.max(SLOPES_AFTER, Math.ceil(problem.binCount / 4))
  let steps = 0
  while (heap.size > 0 && steps < stepsMax && effort.hasMore()) {
    const item = heap.pop()
    const change = looks.look(item, 0)
    if (change >= 0) continue
    if (heap.size > 0 && change > heap.leastKey()) {
      heap.push(item, change)
      continue
    }
    if (!pays(draft, change, enough)) break
    const target = looks.targetOf(item)
    draft.move(item, target)
    if (++steps % SLOPES_AFTER === 0) looks.begin()
    promise(draft, looks, heap, target)
  }
  return steps > 0
}

/** Items of a bin that has become fuller gain more by leaving it. */
function promise(draft: Draft, looks: Looks, heap: ItemHeap, bin: number): void {
  const { lists } = draft.state
  for (let item = lists.first[bin]!; item !== UNASSIGNED; item = lists.next[item]!) {
    const change = draft.problem.movable[item] === 1 ? looks.look(item, 0) : 0
    if (change < 0) heap.push(item, change)
  }
}
