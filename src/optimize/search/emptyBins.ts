import { UNASSIGNED } from '../problem.ts'
import type { Draft } from './draft.ts'
import { HARD_ROUNDING } from './state.ts'
import { bestTarget, shareOf } from './targets.ts'

/** Bins that are tried in vain, one after the other, before it is left at that. */
const FAILURES_MAX = 64

/**
 * Empties bins where bins in use cost something: the emptiest first, each to bins in use, kept where the value is lower in
 * the end. Single moves find this seldom, as only the last one pays. No hard violation grows.
 */
export function emptyBins(draft: Draft): void {
  const { problem, state } = draft
  if (!problem.terms.some(({ kind }) => kind === 'inUse' || kind === 'curve')) return
  let failures = 0
  for (const bin of emptiestFirst(draft)) {
    if (failures >= FAILURES_MAX || !draft.effort.hasMore()) return
    if (state.lists.counts[bin]! > 0) failures = emptyOne(draft, bin) ? 0 : failures + 1
  }
}

function emptyOne(draft: Draft, bin: number): boolean {
  const { problem, state } = draft
  const items = state.lists.itemsOf(bin)
  if (items.some((item) => problem.movable[item] === 0)) return false
  const [mark, value, hard] = [draft.mark, state.value, state.hard]
  const bySize = items.map((item) => ({ item, share: shareOf(state, item, bin) })).sort((a, b) => b.share - a.share || a.item - b.item)
  for (const { item } of bySize) {
    const move = bestTarget(draft, item, { hardMax: HARD_ROUNDING, filter: (target) => state.lists.counts[target]! > 0 })
    if (move === null) break
    draft.move(item, move.target)
  }
  if (state.lists.counts[bin] === 0 && state.value < value - HARD_ROUNDING && state.hard <= hard + HARD_ROUNDING) return true
  draft.undoTo(mark)
  return false
}

function emptiestFirst({ problem, state }: Draft): number[] {
  const load = (bin: number): number => {
    let sum = 0
    for (let item = state.lists.first[bin]!; item !== UNASSIGNED; item = state.lists.next[item]!) sum += shareOf(state, item, bin)
    return sum
  }
  const bins = Array.from({ length: problem.binCount }, (_, bin) => bin).filter((bin) => state.lists.counts[bin]! > 0)
  return bins.map((bin) => ({ bin, load: load(bin) })).sort((a, b) => a.load - b.load || a.bin - b.bin).map(({ bin }) => bin)
}
