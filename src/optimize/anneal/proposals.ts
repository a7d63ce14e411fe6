import { type Problem, UNASSIGNED } from '../problem.ts'
import type { AnnealState } from './annealState.ts'
import type { Xorshift } from '../search/xorshift.ts'
import type { LikeItems } from './likeItems.ts'

const HOME_SHARE = 0.1
const SWAP_SHARE = 0.6
const LIKE_SHARE = 0.3
const STEPS = 4096
/** -ln of evenly spaced probabilities: a draw of it is how many temperatures worse a proposal may be. */
const ALLOWANCES = Float64Array.from({ length: STEPS }, (_, at) => -Math.log((at + 0.5) / STEPS))

/** What may be proposed: items that may move, and bins that take some. */
export interface Scope {
  readonly items: Int32Array
  readonly bins: Int32Array
  /** Whether every item may stand in every bin of the scope. */
  readonly isOpen: boolean
}

export function scopeOf({ itemCount, binCount, movable, receives, allowedRow }: Problem): Scope {
  const items = Int32Array.from(Array.from({ length: itemCount }, (_, item) => item).filter((item) => movable[item] === 1))
  const bins = Int32Array.from(Array.from({ length: binCount }, (_, bin) => bin).filter((bin) => receives[bin] === 1))
  return { items, bins, isOpen: bins.length === binCount && items.every((item) => allowedRow[item] === UNASSIGNED) }
}

/** Draws proposals and lets the state take those that a temperature accepts (Metropolis). */
export class Proposals {
  private readonly problem: Problem
  private readonly scope: Scope
  private readonly like: LikeItems
  private readonly random: Xorshift

  constructor(problem: Problem, scope: Scope, like: LikeItems, random: Xorshift) {
    this.problem = problem
    this.scope = scope
    this.like = like
    this.random = random
  }

  /** Tries `count` proposals at a temperature: items brought home, swaps of like and of any items, and shifts to any bin. */
  run(state: AnnealState, count: number, temperature: number): void {
    const { random, like, problem } = this
    const { items, bins, isOpen } = this.scope
    for (let left = count; left > 0; left--) {
      const kind = random.next()
      const allowance = temperature * ALLOWANCES[random.below(STEPS)]!
      if (kind < HOME_SHARE) {
        if (state.displacedCount === 0) continue
        const item = state.displaced[random.below(state.displacedCount)]!
        if (problem.movable[item] === 1) state.tryShift(item, problem.initial[item]!, allowance)
      } else if (kind < HOME_SHARE + SWAP_SHARE) {
        const one = items[random.below(items.length)]!
        const other = kind < HOME_SHARE + LIKE_SHARE ? like.draw(one, random) : items[random.below(items.length)]!
        if (isOpen || (this.mayStand(one, state.assignment[other]!) && this.mayStand(other, state.assignment[one]!))) state.trySwap(one, other, allowance)
      } else {
        const item = items[random.below(items.length)]!
        const target = bins[random.below(bins.length)]!
        if (isOpen || this.mayStand(item, target)) state.tryShift(item, target, allowance)
      }
    }
  }

  private mayStand(item: number, bin: number): boolean {
    const { initial, receives, allowedRow, allowed } = this.problem
    if (bin === initial[item]) return true
    if (bin === UNASSIGNED || receives[bin] === 0) return false
    const row = allowedRow[item]!
    return row === UNASSIGNED || allowed[row]![bin] === 1
  }
}
