import type { Problem } from '../problem.ts'
import type { AnnealState } from './annealState.ts'
import { GroupMoves } from './groupMoves.ts'
import type { HingeColumns } from './hingeColumns.ts'
import { ZoneGroups } from './zoneGroups.ts'

/**
 * An assignment under annealing for problems made of hinges: slacks of every bin in rows, so that a proposal reads two
 * rows of bins and one or two of items. Cheap questions first: what leaving saves, then the whole price, then room, then
 * rules. It never breaks a rule, and limits only as far as `penalty` prices them.
 */
export class HingeState implements AnnealState {
  readonly assignment: Int32Array
  /** Items that stand elsewhere than they began: the first `displacedCount` entries. */
  readonly displaced: Int32Array
  displacedCount = 0
  /** Objective without penalties. */
  value = 0
  private readonly problem: Problem
  private readonly columns: HingeColumns
  private readonly groups: ZoneGroups
  private readonly moves: GroupMoves | null
  private readonly width: number
  private readonly slacks: Float64Array
  /** Price of each bin at its slacks, penalties included. */
  private readonly prices: Float64Array
  /** Half the weight by column; 0 for limits that are not priced. */
  private readonly halves: Float64Array
  /** Columns that are priced: the hinges, and with a penalty the limits. */
  private pricedWidth: number
  /** What the bins' prices fall by at most when an item comes. */
  private readonly relief: Float64Array
  private readonly classOf: Int32Array
  private readonly classCount: number
  private readonly routes: Float64Array
  private readonly displacedAt: Int32Array
  private penaltyWeight = 0
  /** What a swap can lower the price of group moves by at most. */
  private readonly returnsMost: number
  private sourcePrice = 0
  private targetPrice = 0

  /** Takes a copy of `start`. O(items x columns + rules). */
  constructor(problem: Problem, columns: HingeColumns, start: Int32Array) {
    this.problem = problem
    this.columns = columns
    this.assignment = start.slice()
    this.width = columns.priced + columns.held
    this.pricedWidth = columns.priced
    this.slacks = new Float64Array(columns.empty.length)
    this.prices = new Float64Array(problem.binCount)
    this.halves = new Float64Array(this.width)
    for (let at = 0; at < columns.priced; at++) this.halves[at] = columns.weights[at]! / 2
    this.relief = reliefOf(problem, columns)
    this.classOf = problem.routeCost?.classOf ?? new Int32Array(problem.binCount)
    this.classCount = problem.routeCost?.classCount ?? 1
    this.routes = problem.routeCost?.cost ?? new Float64Array(1)
    this.groups = new ZoneGroups(problem)
    this.moves = columns.groupMoves === null ? null : new GroupMoves(columns.groupMoves, problem.itemCount)
    this.returnsMost = 2 * (columns.groupMoves?.weight ?? 0)
    this.displaced = new Int32Array(problem.itemCount)
    this.displacedAt = new Int32Array(problem.itemCount)
    this.refresh()
  }

  /** Goes on from another assignment that keeps the rules. */
  restart(assignment: Int32Array): void {
    this.assignment.set(assignment)
    this.refresh()
  }

  /** Prices limits: a load above capacity by its whole costs so much; 0: nothing may rise above its limit. */
  get penalty(): number {
    return this.penaltyWeight
  }

  set penalty(weight: number) {
    this.penaltyWeight = weight
    const { priced } = this.columns
    this.pricedWidth = weight === 0 ? priced : this.width
    for (let at = priced; at < this.width; at++) this.halves[at] = (weight * this.columns.weights[at]!) / 2
    for (let bin = 0; bin < this.prices.length; bin++) this.prices[bin] = this.priceOf(bin)
  }

  /** Load above limits, each as a ratio of its largest capacity. */
  get violation(): number {
    const { slacks, width } = this
    const { priced, weights } = this.columns
    let sum = 0
    for (let row = 0; row < slacks.length; row += width) for (let at = priced; at < width; at++) if (slacks[row + at]! > 0) sum += slacks[row + at]! * weights[at]!
    return sum
  }

  /**
   * Moves an item when that raises the price by at most `allowance`, fits, and keeps the rules. The item may stand in the
   * target, apart from that.
   */
  tryShift(item: number, target: number, allowance: number): boolean {
    const { slacks, prices, halves, width, pricedWidth } = this
    const { items } = this.columns
    const source = this.assignment[item]!
    if (source === target) return false
    const home = this.problem.initial[item]!
    const row = item * width
    const atSource = source * width
    const atTarget = target * width
    const leaving = source === home ? this.leavingEnd() : pricedWidth
    let sourcePrice = 0
    for (let at = 0; at < leaving; at++) {
      const slack = slacks[atSource + at]! - items[row + at]!
      sourcePrice += halves[at]! * (slack + Math.abs(slack))
    }
    for (let at = leaving; at < pricedWidth; at++) sourcePrice += halves[at]! * (slacks[atSource + at]! + Math.abs(slacks[atSource + at]!))
    const change = sourcePrice - prices[source]! + this.moveCost(item, target) - this.moveCost(item, source) + (target === home ? this.homecoming(item) : 0)
    if (change - this.relief[item]! > allowance) return false
    const coming = target === home ? this.leavingEnd() : pricedWidth
    let targetPrice = 0
    for (let at = 0; at < coming; at++) {
      const slack = slacks[atTarget + at]! + items[row + at]!
      targetPrice += halves[at]! * (slack + Math.abs(slack))
    }
    for (let at = coming; at < pricedWidth; at++) targetPrice += halves[at]! * (slacks[atTarget + at]! + Math.abs(slacks[atTarget + at]!))
    if (change + targetPrice - prices[target]! > allowance) return false
    if (pricedWidth < width && !this.fits(row, atTarget, target === home)) return false
    if (source === home && this.moves !== null && change + targetPrice - prices[target]! + this.moves.leaving(item) > allowance) return false
    if (!this.groups.allows(item, source, target)) return false
    this.sourcePrice = sourcePrice
    this.targetPrice = targetPrice
    this.shift(item, source, target)
    return true
  }

  /** Lets two items take each other's place under the same conditions. */
  trySwap(one: number, other: number, allowance: number): boolean {
    const { slacks, prices, halves, width, pricedWidth, assignment } = this
    const { items } = this.columns
    const { initial } = this.problem
    const a = assignment[one]!
    const b = assignment[other]!
    if (a === b) return false
    const rowOne = one * width
    const rowOther = other * width
    const atA = a * width
    const atB = b * width
    const plain = Math.min(pricedWidth, this.leavingEnd())
    let priceA = 0
    let priceB = 0
    for (let at = 0; at < plain; at++) {
      const step = items[rowOne + at]! - items[rowOther + at]!
      const slackA = slacks[atA + at]! - step
      const slackB = slacks[atB + at]! + step
      priceA += halves[at]! * (slackA + Math.abs(slackA))
      priceB += halves[at]! * (slackB + Math.abs(slackB))
    }
    let change = this.moveCost(one, b) - this.moveCost(one, a) + this.moveCost(other, a) - this.moveCost(other, b)
    for (let at = plain; at < pricedWidth; at++) {
      const slackA = slacks[atA + at]! - (initial[one] === a ? 0 : items[rowOne + at]!) + (initial[other] === a ? 0 : items[rowOther + at]!)
      const slackB = slacks[atB + at]! + (initial[one] === b ? 0 : items[rowOne + at]!) - (initial[other] === b ? 0 : items[rowOther + at]!)
      priceA += halves[at]! * (slackA + Math.abs(slackA))
      priceB += halves[at]! * (slackB + Math.abs(slackB))
    }
    change += priceA - prices[a]! + priceB - prices[b]!
    if (change - this.returnsMost > allowance) return false
    if (this.moves !== null && change + this.moves.swapChange(one, this.step(one, a, b), other, this.step(other, b, a)) > allowance) return false
    if (pricedWidth < width && !(this.swapFits(one, other, a) && this.swapFits(other, one, b))) return false
    if (!this.groups.allows(one, a, b)) return false
    this.groups.shift(one, a, b)
    const allowed = this.groups.allows(other, b, a)
    this.groups.shift(one, b, a)
    if (!allowed) return false
    this.place(one, a, b)
    this.place(other, b, a)
    prices[a] = priceA
    prices[b] = priceB
    return true
  }

  /** Takes all sums anew from the assignment. */
  refresh(): void {
    const { assignment, slacks, width } = this
    const { items, empty, priced, held, transient } = this.columns
    const { initial, itemCount } = this.problem
    slacks.set(empty)
    const plain = priced + held - transient
    this.displacedCount = 0
    this.moves?.reset()
    for (let item = 0; item < itemCount; item++) {
      const bin = assignment[item]!
      for (let at = 0; at < width; at++) slacks[bin * width + at]! += items[item * width + at]!
      if (bin === initial[item]) continue
      for (let at = plain; at < width; at++) slacks[initial[item]! * width + at]! += items[item * width + at]!
      this.addDisplaced(item)
      this.moves?.count(item, 1)
    }
    for (let bin = 0; bin < this.prices.length; bin++) this.prices[bin] = this.priceOf(bin)
    this.groups.refresh(assignment)
    this.recomputeValue()
  }

  /** Objective of the bins and moves, without penalties: O(bins x columns + displaced items). */
  recomputeValue(): void {
    const { slacks, width } = this
    const { priced, weights } = this.columns
    let value = this.moves?.value ?? 0
    for (let row = 0; row < slacks.length; row += width) for (let at = 0; at < priced; at++) if (slacks[row + at]! > 0) value += slacks[row + at]! * weights[at]!
    for (let at = 0; at < this.displacedCount; at++) value += this.moveCost(this.displaced[at]!, this.assignment[this.displaced[at]!]!)
    this.value = value
  }

  /** Where columns end in which an item that leaves its first bin is no longer counted there. */
  private leavingEnd(): number {
    return Math.min(this.pricedWidth, this.width - this.columns.transient)
  }

  private priceOf(bin: number): number {
    const { slacks, halves, width } = this
    let price = 0
    for (let at = 0; at < this.pricedWidth; at++) price += halves[at]! * (slacks[bin * width + at]! + Math.abs(slacks[bin * width + at]!))
    return price
  }

  private moveCost(item: number, bin: number): number {
    const home = this.problem.initial[item]!
    return bin === home ? 0 : this.problem.moveCost[item]! + this.routes[this.classOf[home]! * this.classCount + this.classOf[bin]!]!
  }

  private homecoming(item: number): number {
    return this.moves === null ? 0 : this.moves.returning(item)
  }

  /** 1 when the move takes the item from where it began, -1 when it brings it back, else 0. */
  private step(item: number, source: number, target: number): number {
    const home = this.problem.initial[item]!
    return (target === home ? 0 : 1) - (source === home ? 0 : 1)
  }

  private fits(row: number, atTarget: number, isHome: boolean): boolean {
    const { slacks, width } = this
    const { items, priced, transient } = this.columns
    const end = isHome ? width - transient : width
    for (let at = priced; at < end; at++) if (slacks[atTarget + at]! + items[row + at]! > 0 && items[row + at]! > 0) return false
    return true
  }

  /** Whether bin `a` holds it when `one` leaves and `other` comes. */
  private swapFits(one: number, other: number, a: number): boolean {
    const { slacks, width } = this
    const { items, priced, transient } = this.columns
    const { initial } = this.problem
    const plain = width - transient
    for (let at = priced; at < plain; at++) {
      const step = items[other * width + at]! - items[one * width + at]!
      if (step > 0 && slacks[a * width + at]! + step > 0) return false
    }
    for (let at = plain; at < width; at++) {
      const step = (initial[other] === a ? 0 : items[other * width + at]!) - (initial[one] === a ? 0 : items[one * width + at]!)
      if (step > 0 && slacks[a * width + at]! + step > 0) return false
    }
    return true
  }

  private shift(item: number, source: number, target: number): void {
    this.place(item, source, target)
    this.prices[source] = this.sourcePrice
    this.prices[target] = this.targetPrice
  }

  /** Moves an item in all counts but the bins' prices. */
  private place(item: number, source: number, target: number): void {
    const { slacks, width } = this
    const { items, transient } = this.columns
    const home = this.problem.initial[item]!
    const fromEnd = source === home ? width - transient : width
    const toEnd = target === home ? width - transient : width
    for (let at = 0; at < fromEnd; at++) slacks[source * width + at]! -= items[item * width + at]!
    for (let at = 0; at < toEnd; at++) slacks[target * width + at]! += items[item * width + at]!
    this.assignment[item] = target
    this.groups.shift(item, source, target)
    if (source === home) {
      this.addDisplaced(item)
      this.moves?.count(item, 1)
    } else if (target === home) {
      this.removeDisplaced(item)
      this.moves?.count(item, -1)
    }
  }

  private addDisplaced(item: number): void {
    this.displacedAt[item] = this.displacedCount
    this.displaced[this.displacedCount++] = item
  }

  private removeDisplaced(item: number): void {
    const last = this.displaced[--this.displacedCount]!
    this.displaced[this.displacedAt[item]!] = last
    this.displacedAt[last] = this.displacedAt[item]!
  }
}

function reliefOf({ itemCount }: Problem, { items, weights, priced, held }: HingeColumns): Float64Array {
  const relief = new Float64Array(itemCount)
  for (let item = 0; item < itemCount; item++) for (let at = 0; at < priced; at++) relief[item]! += weights[at]! * Math.max(0, -items[item * (priced + held) + at]!)
  return relief
}
