import type { Cause } from './packing.ts'
import { type Draft, fits, largestFirst, mayGo, put, takeBack, undoTo, utilizationOf } from './placement.ts'
import { areBound } from './ruleLedger.ts'

/**
 * Takes back the moves beyond `mark` that tear apart items which belong together: `mayGo` lets the first of them go
 * anywhere, as long as the others can follow. Returns the items that are back where they were.
 */
export function takeBackTorn(draft: Draft, mark: number): number[] {
  const { assignment, moves } = draft
  const back: number[] = []
  // One that goes back may tear others: at most as many rounds as there are moves.
  for (;;) {
    const moved = [...new Set(moves.slice(mark).map(({ item }) => item))]
    const torn = moved.filter((item) => !mayGo(draft, item, assignment[item]!)).filter((item) => takeBack(draft, item, mark))
    if (torn.length === 0) return back
    back.push(...torn)
  }
}

/** Moves items that stand in one bin to others, those that belong together to the same. Returns the items that no bin takes with all theirs. */
export function moveWhole(draft: Draft, items: readonly number[], cause: Cause): number[] {
  const left: number[] = []
  for (const group of groupsOf(draft, items)) if (!moveGroup(draft, group, cause)) left.push(...group)
  return left
}

function moveGroup(draft: Draft, group: readonly number[], cause: Cause): boolean {
  const { packing } = draft
  const bins = Array.from({ length: packing.binCount }, (_, bin) => bin).filter((bin) => packing.receives[bin] === 1 && draft.closed[bin] === 0 && bin !== draft.assignment[group[0]!])
  bins.sort((a, b) => utilizationOf(draft, a) - utilizationOf(draft, b) || a - b)
  for (const limit of [packing.fillLimit, packing.capacity])
    for (const bin of bins) {
      const mark = draft.moves.length
      const fit = largestFirst(packing, group).every((item) => {
        if (!fits(draft, item, bin, limit) || !mayGo(draft, item, bin)) return false
        put(draft, item, bin, cause)
        return true
      })
      // One that may not move at all holds back those that belong to it.
      if (fit && group.every((item) => mayGo(draft, item, bin))) return true
      undoTo(draft, mark)
    }
  return false
}

/** Items of one bin by who must go with whom. */
function groupsOf(draft: Draft, items: readonly number[]): number[][] {
  const groups: number[][] = []
  const open = new Set(items)
  for (const seed of items) {
    if (!open.delete(seed)) continue
    const group = [seed]
    for (const member of group)
      for (const other of [...open])
        if (areBound(draft.ledger, member, other)) {
          open.delete(other)
          group.push(other)
        }
    groups.push(group)
  }
  return groups
}
