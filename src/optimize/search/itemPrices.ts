import { movesCost } from '../evaluate.ts'
import { type Problem, type Term, UNASSIGNED } from '../problem.ts'

type AwayTerm = Extract<Term, { kind: 'away' }>
type GroupTerm = Extract<Term, { kind: 'groupMovesMax' }>

/** Moved items of each group of a term, and how many groups have each number of them. */
interface GroupMoves {
  readonly term: GroupTerm
  readonly moved: Int32Array
  readonly groupsAt: Int32Array
  most: number
}

/** Costs that depend on where an item is alone (moves, routes, bins to leave, wishes), and on moved items a group. */
export class ItemPrices {
  private readonly problem: Problem
  /** Weighted cost of one item in the bin. */
  private readonly perItem: Float64Array
  private readonly away: readonly AwayTerm[]
  private readonly groups: readonly GroupMoves[]
  /** Whether no item costs anything anywhere, however many have moved. */
  readonly isFree: boolean
  /** Whether an item costs the same in all bins that receive, but for its own. */
  readonly isLevel: boolean
  private readonly isUnpriced: boolean

  constructor(problem: Problem) {
    this.problem = problem
    this.perItem = new Float64Array(problem.binCount)
    this.away = problem.terms.filter((term) => term.kind === 'away')
    this.groups = problem.terms.filter((term) => term.kind === 'groupMovesMax').map((term) => ({ term, moved: new Int32Array(term.groupCount), groupsAt: new Int32Array(problem.itemCount + 1), most: 0 }))
    for (const term of problem.terms) if (term.kind === 'perItem') for (let bin = 0; bin < problem.binCount; bin++) this.perItem[bin]! += term.weight * term.cost[bin]!
    this.isUnpriced = this.away.length === 0 && problem.routeCost === null && this.perItem.every((cost) => cost === 0) && problem.moveCost.every((cost) => cost === 0)
    const prices = new Set(this.perItem.filter((_, bin) => problem.receives[bin] === 1))
    this.isLevel = this.away.length === 0 && problem.routeCost === null && this.groups.length === 0 && prices.size <= 1
    this.isFree = this.isUnpriced && this.groups.length === 0
  }

  /** Takes all counts anew; returns the whole value. */
  refresh(assignment: Int32Array): number {
    let value = movesCost(this.problem, assignment)
    for (let item = 0; item < assignment.length; item++) {
      const bin = assignment[item]!
      if (bin !== UNASSIGNED) value += this.perItem[bin]!
      for (const { preferred, cost, weight } of this.away) if (preferred[item] !== UNASSIGNED && preferred[item] !== bin) value += weight * cost[item]!
    }
    for (const group of this.groups) value += group.term.weight * this.recount(group, assignment)
    return value
  }

  /** Change of the value by one move. */
  change(item: number, source: number, target: number): number {
    let change = this.isUnpriced ? 0 : this.priceIn(item, target) - this.priceIn(item, source)
    for (const group of this.groups) change += group.term.weight * (mostAfter(group, item, this.step(item, source, target)) - group.most)
    return change
  }

  /** Change of the value by two moves one after the other. */
  swapChange(one: number, oneBin: number, other: number, otherBin: number): number {
    let change = this.isUnpriced ? 0 : this.priceIn(one, otherBin) - this.priceIn(one, oneBin) + this.priceIn(other, oneBin) - this.priceIn(other, otherBin)
    for (const group of this.groups) {
      const before = group.most
      this.count(group, one, this.step(one, oneBin, otherBin))
      change += group.term.weight * (mostAfter(group, other, this.step(other, otherBin, oneBin)) - before)
      this.count(group, one, this.step(one, otherBin, oneBin))
    }
    return change
  }

  apply(item: number, source: number, target: number): void {
    for (const group of this.groups) this.count(group, item, this.step(item, source, target))
  }

  private priceIn(item: number, bin: number): number {
    const { initial, moveCost, routeCost } = this.problem
    const home = initial[item]!
    let price = bin === UNASSIGNED ? 0 : this.perItem[bin]!
    for (const { preferred, cost, weight } of this.away) if (preferred[item] !== UNASSIGNED && preferred[item] !== bin) price += weight * cost[item]!
    if (bin === UNASSIGNED || home === UNASSIGNED || bin === home) return price
    price += moveCost[item]!
    return routeCost === null ? price : price + routeCost.cost[routeCost.classOf[home]! * routeCost.classCount + routeCost.classOf[bin]!]!
  }

  /** 1 when the move takes the item from where it began, -1 when it brings it back, else 0. */
  private step(item: number, source: number, target: number): number {
    const home = this.problem.initial[item]!
    return (target === home ? 0 : 1) - (source === home ? 0 : 1)
  }

  private recount(group: GroupMoves, assignment: Int32Array): number {
    group.moved.fill(0)
    group.groupsAt.fill(0)
    group.groupsAt[0] = group.term.groupCount
    group.most = 0
    for (let item = 0; item < assignment.length; item++) if (assignment[item] !== this.problem.initial[item]) this.count(group, item, 1)
    return group.most
  }

  private count(group: GroupMoves, item: number, step: number): void {
    const of = group.term.groupOf[item]!
    if (of === UNASSIGNED || step === 0) return
    const after = mostAfter(group, item, step)
    const moved = group.moved[of]!
    group.groupsAt[moved]!--
    group.groupsAt[moved + step]!++
    group.moved[of] = moved + step
    group.most = after
  }
}

function mostAfter(group: GroupMoves, item: number, step: number): number {
  const of = group.term.groupOf[item]!
  if (of === UNASSIGNED || step === 0) return group.most
  const moved = group.moved[of]!
  if (step > 0) return Math.max(group.most, moved + 1)
  return moved === group.most && group.groupsAt[moved] === 1 ? moved - 1 : group.most
}
