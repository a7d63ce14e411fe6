import { UNASSIGNED } from '../problem.ts'
import type { Draft } from './draft.ts'
import { LOOKED, SCANNED } from './effort.ts'
import { HARD_ROUNDING } from './state.ts'

/** Targets kept for each item between looks at all bins. */
export const KEPT = 6

/** The best targets of each item at its last look at all bins, with what moving there changes. */
export class Looks {
  private readonly draft: Draft
  private readonly isExact: boolean
  /** Item x KEPT: best first; UNASSIGNED after the last. */
  private readonly targets: Int32Array
  /** Item x KEPT. */
  private readonly changes: Float64Array
  private readonly slopes: Float64Array
  /** The most by which a price fell below what slopes showed, lately and before. */
  private gap = 0
  private gapBefore = 0

  /** `isExact`: prices all bins truly, at four times the work. */
  constructor(draft: Draft, isExact: boolean) {
    this.isExact = isExact
    const { itemCount, binCount } = draft.problem
    this.draft = draft
    this.targets = new Int32Array(itemCount * KEPT).fill(UNASSIGNED)
    this.changes = new Float64Array(itemCount * KEPT)
    this.slopes = new Float64Array(binCount)
  }

  /** Before looks that are to be compared with each other. */
  begin(): void {
    this.gapBefore = this.gap
    this.gap = 0
    this.draft.state.spread.takeSlopes()
  }

  /** Best target of the item as last priced; there must be one. */
  targetOf(item: number): number {
    return this.targets[item * KEPT]!
  }

  /**
   * Looks at all bins and keeps the best; returns the best change, 0 where none gains. Targets that are not
   * likely to change the value by less than `changeMax`, as slopes show, are not priced.
   */
  look(item: number, changeMax: number): number {
    const { state, effort, problem } = this.draft
    const row = item * KEPT
    this.targets.fill(UNASSIGNED, row, row + KEPT)
    this.changes.fill(Infinity, row, row + KEPT)
    if (!state.isSpreadLed(item)) {
      state.lift(item)
      for (let bin = 0; bin < problem.binCount; bin++) this.keep(row, bin, this.changeAt(item, bin))
      effort.spend(problem.binCount * SCANNED)
      return Math.min(0, this.changes[row]!)
    }
    this.lookBySlopes(item, row, changeMax + Math.max(this.gap, this.gapBefore))
    effort.spend(problem.binCount * (this.isExact ? SCANNED / 2 : LOOKED))
    const best = this.priceKept(item)
    for (let at = row; at < row + KEPT && this.targets[at] !== UNASSIGNED; at++) {
      const gap = this.slopes[this.targets[at]!]! - this.changes[at]!
      if (gap > this.gap && this.targets[at] !== problem.initial[item]) this.gap = gap
    }
    return best
  }

  private lookBySlopes(item: number, row: number, changeMax: number): void {
    const { draft, slopes, changes } = this
    const { state, problem } = draft
    const home = problem.initial[item]!
    const source = state.assignment[item]!
    state.changesInto(item, slopes, this.isExact)
    let bound = changeMax
    for (let bin = 0; bin < slopes.length && draft.mayLeave(item); bin++) {
      if (slopes[bin]! >= bound || bin === source || !state.fits(item, bin)) continue
      this.insert(row, row + KEPT - 1, bin, slopes[bin]!)
      bound = Math.min(bound, changes[row + KEPT - 1]!)
    }
    if (home !== UNASSIGNED && home !== source && state.fits(item, home)) this.keep(row, home, -Infinity)
  }

  /** Prices the kept targets anew, best first; returns the best change, 0 where none gains. */
  priceKept(item: number): number {
    const { draft, targets, changes } = this
    const row = item * KEPT
    draft.state.lift(item)
    let kept = 0
    for (; kept < KEPT && targets[row + kept] !== UNASSIGNED; kept++) {
      const bin = targets[row + kept]!
      const change = this.changeAt(item, bin)
      this.insert(row, row + kept, bin, change)
    }
    draft.effort.spend(kept * SCANNED)
    return kept > 0 && changes[row]! < 0 ? changes[row]! : 0
  }

  private keep(row: number, bin: number, change: number): void {
    if (change < this.changes[row + KEPT - 1]!) this.insert(row, row + KEPT - 1, bin, change)
  }

  /** Puts an entry where it belongs among those from `row` on, over the one at `from`. */
  private insert(row: number, from: number, bin: number, change: number): void {
    const { targets, changes } = this
    let place = from
    for (; place > row && changes[place - 1]! > change; place--) {
      targets[place] = targets[place - 1]!
      changes[place] = changes[place - 1]!
    }
    targets[place] = bin
    changes[place] = change
  }

  /** Change of the value by the lifted item's move; Infinity where it may not go. */
  private changeAt(item: number, bin: number): number {
    const { state } = this.draft
    if (bin === state.assignment[item] || !this.draft.mayMove(item, bin) || !state.fits(item, bin)) return Infinity
    state.priceAt(bin)
    return state.hardChange > HARD_ROUNDING || state.worsens ? Infinity : state.valueChange
  }
}
