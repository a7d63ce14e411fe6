import { loadsOf, mayStand } from '../evaluate.ts'
import { type Problem, UNASSIGNED } from '../problem.ts'
import { BinCosts } from './binCosts.ts'
import { BinLists } from './binLists.ts'
import { BinLoads } from './binLoads.ts'
import { ItemPrices } from './itemPrices.ts'
import { RuleCounts } from './ruleCounts.ts'
import { SpreadSums } from './spreadSums.ts'

/** Below this, a change of the hard violation is rounding. */
export const HARD_ROUNDING = 1e-9
/** After so many moves all running sums are taken anew, lest rounding adds up. */
const REFRESH_AFTER = 1 << 14

/**
 * An assignment under search, with running sums from which a move is priced in O(dimensions + rules of the item +
 * terms): the fast twin of `evaluate`. Owned by one solve. Prices are left in `unplacedChange`, `hardChange` and
 * `valueChange`; in dimensions of fractions `hard` counts from a hair below the capacity (see room.ts).
 */
export class AssignmentState extends BinLoads {
  readonly lists: BinLists
  readonly rules: RuleCounts
  unplaced = 0
  hard = 0
  value = 0
  /** Items that stand elsewhere than they began; those that began without a place don't count. */
  displaced = 0
  unplacedChange = 0
  hardChange = 0
  valueChange = 0
  /** Whether what was priced makes some hard rule's violation larger; capacities are asked with `fits` and `swapFits`. */
  worsens = false
  private readonly costs: BinCosts
  readonly spread: SpreadSums
  private readonly prices: ItemPrices
  private readonly binHard: Float64Array
  private readonly binValue: Float64Array
  private readonly scratch: Float64Array
  /** Up to three bins that receive. */
  private readonly receivers: readonly number[]
  private liftedItem = UNASSIGNED
  private liftedHard = 0
  private liftedValue = 0
  private appliedSinceRefresh = 0

  /** Takes a copy of `start`. O(items x dimensions + bins x terms + rules). */
  constructor(problem: Problem, start: Int32Array) {
    super(problem, start)
    this.lists = new BinLists(this.assignment, problem.binCount)
    this.rules = new RuleCounts(problem)
    this.costs = new BinCosts(problem)
    this.spread = new SpreadSums(problem)
    this.prices = new ItemPrices(problem)
    this.binHard = new Float64Array(problem.binCount)
    this.binValue = new Float64Array(problem.binCount)
    this.scratch = new Float64Array(problem.dimensions)
    this.receivers = [...problem.receives.keys()].filter((bin) => problem.receives[bin] === 1).slice(0, 3)
    this.takeAnew()
  }

  /** Takes all sums anew from the assignment. */
  refresh(): void {
    this.loads.set(loadsOf(this.problem, this.assignment))
    this.takeAnew()
  }

  /** Prices a move. */
  priceMove(item: number, target: number): void {
    this.lift(item)
    this.priceAt(target)
  }

  /** Begins prices of moves of one item to several targets: what leaving its bin changes. Holds until the next move. */
  lift(item: number): void {
    const source = this.assignment[item]!
    this.liftedItem = item
    this.liftedHard = this.liftedValue = 0
    this.spread.lift(item, source)
    if (source === UNASSIGNED) return
    this.liftedHard = this.hardWith(source, item, UNASSIGNED) - this.binHard[source]! - this.strays(item, source)
    if (this.costs.terms.length > 0) this.liftedValue = this.valueWith(source, item, UNASSIGNED, -1) - this.binValue[source]!
  }

  /** Prices the move of the lifted item to a bin, or to no bin. */
  priceAt(target: number): void {
    const item = this.liftedItem
    const source = this.assignment[item]!
    this.unplacedChange = this.hardChange = this.valueChange = 0
    this.worsens = false
    if (source === target) return
    this.rules.price(item, source, target)
    this.worsens = this.rules.worsens
    let hard = this.liftedHard + this.rules.hardChange
    let value = this.liftedValue + this.rules.valueChange + this.prices.change(item, source, target) + this.spread.changeAt(item, target)
    if (target !== UNASSIGNED) {
      hard += this.hardWith(target, UNASSIGNED, item) - this.binHard[target]! + this.strays(item, target)
      if (this.costs.terms.length > 0) value += this.valueWith(target, UNASSIGNED, item, 1) - this.binValue[target]!
    }
    if (this.problem.movable[item] === 1) this.unplacedChange = (target === UNASSIGNED ? 1 : 0) - (source === UNASSIGNED ? 1 : 0)
    this.hardChange = hard
    this.valueChange = value
  }

  /** Prices two items of different bins taking each other's place. */
  priceSwap(one: number, other: number): void {
    const a = this.assignment[one]!
    const b = this.assignment[other]!
    this.rules.priceSwap(one, a, other, b)
    this.worsens = this.rules.worsens
    const hard = this.hardWith(a, one, other) - this.binHard[a]! + this.hardWith(b, other, one) - this.binHard[b]!
    let value = this.rules.valueChange + this.prices.swapChange(one, a, other, b) + this.spread.swapChange(one, a, other, b)
    if (this.costs.terms.length > 0) value += this.valueWith(a, one, other, 0) - this.binValue[a]! + this.valueWith(b, other, one, 0) - this.binValue[b]!
    this.unplacedChange = 0
    this.hardChange = hard + this.rules.hardChange + this.strays(one, b) - this.strays(one, a) + this.strays(other, a) - this.strays(other, b)
    this.valueChange = value
  }

  /** Moves an item to a bin, or to none. A move back undoes it. */
  apply(item: number, target: number): void {
    const source = this.assignment[item]!
    if (source === target) return
    const { initial, movable } = this.problem
    this.rules.apply(item, source, target)
    this.value += this.rules.valueChange + this.prices.change(item, source, target) + this.spread.apply(item, source, target)
    this.hard += this.rules.hardChange + this.strays(item, target) - this.strays(item, source)
    this.prices.apply(item, source, target)
    if (movable[item] === 1) this.unplaced += (target === UNASSIGNED ? 1 : 0) - (source === UNASSIGNED ? 1 : 0)
    if (initial[item] !== UNASSIGNED) this.displaced += (target === initial[item] ? 0 : 1) - (source === initial[item] ? 0 : 1)
    this.assignment[item] = target
    if (source !== UNASSIGNED) {
      this.add(source, item, -1)
      this.lists.remove(item, source)
      this.settle(source)
    }
    if (target !== UNASSIGNED) {
      this.add(target, item, 1)
      this.lists.add(item, target)
      this.settle(target)
    }
    if (++this.appliedSinceRefresh >= REFRESH_AFTER) this.refresh()
  }

  /** Whether moves of the item change nothing but loads against limits: no rule, no term and no price speaks of it. */
  isFlat(item: number): boolean {
    return this.costs.terms.length === 0 && this.spread.count === 0 && this.prices.isFree && !this.rules.isRuled(item)
  }

  /** Whether all bins with room but the initial one cost the item the same: one price stands for all. */
  isLevel(item: number): boolean {
    return this.costs.terms.length === 0 && this.spread.count === 0 && this.prices.isLevel && !this.rules.isRuled(item)
  }

  /** Whether only spread terms tell bins apart for the item, but for its own: a look at all bins may then be had from slopes. */
  isSpreadLed(item: number): boolean {
    return this.spread.count > 0 && !this.hasTransient && this.costs.terms.length === 0 && this.prices.isLevel && !this.rules.isRuled(item)
  }

  /**
   * Writes for each bin what the item's move there changes, where only spread terms tell bins apart (`isSpreadLed`): exactly,
   * or to first order from the slopes that were taken. The item's own bin and its home are not meant.
   */
  changesInto(item: number, out: Float64Array, isExact: boolean): void {
    const source = this.assignment[item]!
    const target = this.receivers.find((bin) => bin !== source && bin !== this.problem.initial[item])
    const constant = target === undefined ? 0 : this.prices.change(item, source, target)
    if (isExact) this.spread.changesInto(item, source, constant, out)
    else this.spread.slopesInto(item, source, constant, out)
  }

  /** How much less its bin's own limits would be violated without the item. */
  reliefOf(item: number): number {
    const bin = this.assignment[item]!
    return this.binHard[bin]! - this.hardWith(bin, item, UNASSIGNED)
  }

  /** Violation of the bin's own limits. */
  hardOf(bin: number): number {
    return this.binHard[bin]!
  }

  /** 1 when the item would stand where it may not. */
  private strays(item: number, bin: number): number {
    return bin === UNASSIGNED || this.mayStand(item, bin) ? 0 : 1
  }

  /** Value of a bin without one item and with another, which make its count change by `more`. */
  private valueWith(bin: number, without: number, withItem: number, more: number): number {
    const { scratch, loads } = this
    const { dimensions, demand } = this.problem
    for (let d = 0; d < dimensions; d++) {
      let load = loads[bin * dimensions + d]!
      if (without !== UNASSIGNED && this.adds(without, bin, d)) load -= demand[without * dimensions + d]!
      if (withItem !== UNASSIGNED && this.adds(withItem, bin, d)) load += demand[withItem * dimensions + d]!
      scratch[d] = load
    }
    return this.costs.valueOf(bin, scratch, 0, this.lists.counts[bin]! + more)
  }

  /** Takes the bin's violation and value anew after its load changed. */
  private settle(bin: number): void {
    const hard = this.hardWith(bin, UNASSIGNED, UNASSIGNED)
    this.hard += hard - this.binHard[bin]!
    this.binHard[bin] = hard
    if (this.costs.terms.length === 0) return
    const value = this.valueWith(bin, UNASSIGNED, UNASSIGNED, 0)
    this.value += value - this.binValue[bin]!
    this.binValue[bin] = value
  }

  private takeAnew(): void {
    const { problem, assignment, rules } = this
    const { dimensions, binCount, itemCount, movable, initial } = problem
    this.appliedSinceRefresh = 0
    rules.refresh(assignment)
    this.hard = rules.hard
    this.value = rules.value + this.prices.refresh(assignment) + this.spread.refresh(this.loads, dimensions)
    this.unplaced = this.displaced = 0
    for (let item = 0; item < itemCount; item++) {
      if (assignment[item] === UNASSIGNED) this.unplaced += movable[item]!
      else if (!mayStand(problem, item, assignment[item]!)) this.hard++
      if (initial[item] !== UNASSIGNED && initial[item] !== assignment[item]) this.displaced++
    }
    for (let bin = 0; bin < binCount; bin++) {
      this.binHard[bin] = this.hardWith(bin, UNASSIGNED, UNASSIGNED)
      this.binValue[bin] = this.valueWith(bin, UNASSIGNED, UNASSIGNED, 0)
      this.hard += this.binHard[bin]!
      this.value += this.binValue[bin]!
    }
  }
}
