import { type Problem, UNASSIGNED } from '../problem.ts'
import { AssignmentState, HARD_ROUNDING } from '../search/state.ts'
import type { AnnealState } from './annealState.ts'

/** One item without a place outweighs all broken limits. */
const UNPLACED = 2 ** 20

/** Annealing of problems with any terms, rules and starts: prices come from AssignmentState, and nothing breaks more limits than before. */
export class GeneralState implements AnnealState {
  readonly displaced: Int32Array
  displacedCount = 0
  /** Limits can't be priced here. */
  penalty = 0
  private readonly problem: Problem
  private readonly movesMax: number
  private readonly displacedAt: Int32Array
  private state: AssignmentState

  constructor(problem: Problem, start: Int32Array, movesMax: number | null) {
    this.problem = problem
    this.movesMax = movesMax ?? problem.itemCount
    this.displaced = new Int32Array(problem.itemCount)
    this.displacedAt = new Int32Array(problem.itemCount)
    this.state = new AssignmentState(problem, start)
    this.listDisplaced()
  }

  get assignment(): Int32Array {
    return this.state.assignment
  }

  get value(): number {
    return this.state.value
  }

  get violation(): number {
    return this.state.unplaced * UNPLACED + (this.state.hard > HARD_ROUNDING ? this.state.hard : 0)
  }

  restart(assignment: Int32Array): void {
    this.state = new AssignmentState(this.problem, assignment)
    this.listDisplaced()
  }

  recomputeValue(): void {
    this.state.refresh()
  }

  tryShift(item: number, target: number, allowance: number): boolean {
    const source = this.assignment[item]!
    const home = this.problem.initial[item]!
    if (source === target || (source === home && home !== UNASSIGNED && this.state.displaced >= this.movesMax)) return false
    this.state.priceMove(item, target)
    if (!this.isTaken(allowance)) return false
    this.move(item, target)
    return true
  }

  trySwap(one: number, other: number, allowance: number): boolean {
    const [a, b] = [this.assignment[one]!, this.assignment[other]!]
    if (a === b || a === UNASSIGNED || b === UNASSIGNED) return false
    const { initial } = this.problem
    const leaving = (initial[one] === a ? 1 : initial[one] === b ? -1 : 0) + (initial[other] === b ? 1 : initial[other] === a ? -1 : 0)
    if (leaving > 0 && this.state.displaced + leaving > this.movesMax) return false
    this.state.priceSwap(one, other)
    if (!this.isTaken(allowance)) return false
    this.move(one, b)
    this.move(other, a)
    return true
  }

  /** Whether what was priced last is accepted: what mends something always, what breaks something never. */
  private isTaken(allowance: number): boolean {
    const { unplacedChange, hardChange, valueChange } = this.state
    if (unplacedChange > 0 || hardChange > HARD_ROUNDING) return false
    return unplacedChange < 0 || hardChange < -HARD_ROUNDING || valueChange <= allowance
  }

  private move(item: number, target: number): void {
    const home = this.problem.initial[item]!
    const source = this.assignment[item]!
    this.state.apply(item, target)
    if (home === UNASSIGNED) return
    if (source === home) this.add(item)
    else if (target === home) this.remove(item)
  }

  private listDisplaced(): void {
    const { initial, itemCount } = this.problem
    this.displacedCount = 0
    for (let item = 0; item < itemCount; item++) if (initial[item] !== UNASSIGNED && this.assignment[item] !== initial[item]) this.add(item)
  }

  private add(item: number): void {
    this.displacedAt[item] = this.displacedCount
    this.displaced[this.displacedCount++] = item
  }

  private remove(item: number): void {
    const last = this.displaced[--this.displacedCount]!
    this.displaced[this.displacedAt[item]!] = last
    this.displacedAt[last] = this.displacedAt[item]!
  }
}
