import type { Draft } from './draft.ts'
import { LOOKED } from './effort.ts'
import { HARD_ROUNDING } from './state.ts'
import { bestTarget, shareOf } from './targets.ts'

/** Bins that are nearest to having room. */
const BINS_MAX = 24
/** Items of such a bin that may make room. */
const EJECTED_MAX = 12
/** Items pushed on, one by the other. */
const DEPTH_MAX = 3
/** Attempts for one item, all depths together. */
const ATTEMPTS_MAX = 400

/**
 * Makes room for an item that no bin has room for: it takes the place of another, which goes where there is room or takes
 * the place of a third. The chain, the last of it first, is kept when the hard violation has changed by at most `hardMax` with it; else
 * everything is as before. Returns whether it was kept.
 */
export function placeByEjection(draft: Draft, item: number, hardMax: number): boolean {
  const attempts = { left: ATTEMPTS_MAX }
  const mark = draft.mark
  const limit = draft.state.hard + hardMax + HARD_ROUNDING / 2
  if (!push(draft, item, limit, DEPTH_MAX, new Set([item]), attempts)) return false
  draft.reverse(mark)
  return true
}

function push(draft: Draft, item: number, limit: number, depth: number, moved: Set<number>, attempts: { left: number }): boolean {
  const { state } = draft
  if (!draft.mayLeave(item)) return false
  for (const bin of nearestBins(draft, item)) {
    const ejected = state.lists.itemsOf(bin).filter((other) => draft.problem.movable[other] === 1 && !moved.has(other) && state.fitsInstead(item, other))
    const byShare = ejected.map((other) => ({ other, share: shareOf(state, other, bin) })).sort((a, b) => a.share - b.share || a.other - b.other).slice(0, EJECTED_MAX)
    for (const { other } of byShare) {
      if (attempts.left-- <= 0 || !draft.effort.hasMore()) return false
      if (displace(draft, item, other, limit, depth, moved, attempts)) return true
    }
  }
  return false
}

/** The item takes the place of the other, which is then to find one. */
function displace(draft: Draft, item: number, other: number, limit: number, depth: number, moved: Set<number>, attempts: { left: number }): boolean {
  const { state } = draft
  const mark = draft.mark
  const bin = state.assignment[other]!
  state.priceMove(item, bin)
  if (state.worsens) return false
  draft.move(item, bin)
  const move = bestTarget(draft, other, { hardMax: limit - state.hard })
  if (move !== null) {
    draft.move(other, move.target)
    return true
  }
  if (depth > 1) {
    moved.add(other)
    if (push(draft, other, limit, depth - 1, moved, attempts)) return true
    moved.delete(other)
  }
  draft.undoTo(mark)
  return false
}

/** Bins that may hold the item, those that lack least first. */
function nearestBins(draft: Draft, item: number): number[] {
  const { state, problem } = draft
  const near: { readonly bin: number; readonly room: number }[] = []
  draft.effort.spend(problem.binCount * LOOKED)
  for (let bin = 0; bin < problem.binCount; bin++) {
    if (bin === state.assignment[item] || !state.mayStand(item, bin) || !draft.mayMove(item, bin)) continue
    const room = state.roomAfter(item, bin)
    if (near.length === BINS_MAX && room <= near[BINS_MAX - 1]!.room) continue
    const at = near.findIndex((entry) => entry.room < room)
    near.splice(at === -1 ? near.length : at, 0, { bin, room })
    near.length = Math.min(near.length, BINS_MAX)
  }
  return near.map(({ bin }) => bin)
}
