import { loadsOf } from '../evaluate.ts'
import { type Problem, UNASSIGNED } from '../problem.ts'
import { limitedDimensions, limitsOf } from './room.ts'

/** Loads of the bins of an assignment, and who still fits where. */
export class BinLoads {
  readonly problem: Problem
  readonly assignment: Int32Array
  /** Bin x dimension. */
  readonly loads: Float64Array
  /** Capacity that a search may fill, bin x dimension. */
  readonly limits: Float64Array
  /** Dimensions that limit some bin. */
  readonly limited: Int32Array
  protected readonly hasTransient: boolean

  /** Takes a copy of `start`. */
  constructor(problem: Problem, start: Int32Array) {
    this.problem = problem
    this.assignment = start.slice()
    this.loads = loadsOf(problem, this.assignment)
    this.limits = limitsOf(problem, this.loads)
    this.limited = limitedDimensions(problem)
    this.hasTransient = problem.transient.includes(1)
  }

  /** Whether the item may stand in the bin and no load that it adds to rises above its limit. It needn't be outside. */
  fits(item: number, bin: number): boolean {
    const { loads, limits, limited } = this
    const { demand, dimensions } = this.problem
    if (this.assignment[item] === bin) return true
    if (!this.mayStand(item, bin)) return false
    for (let at = 0; at < limited.length; at++) {
      const d = limited[at]!
      const amount = demand[item * dimensions + d]!
      if (amount > 0 && loads[bin * dimensions + d]! + amount > limits[bin * dimensions + d]! && this.adds(item, bin, d)) return false
    }
    return true
  }

  /** Whether the item would fit into the other's bin if that one left. */
  fitsInstead(item: number, other: number): boolean {
    const { loads, limits, limited } = this
    const { demand, dimensions } = this.problem
    const bin = this.assignment[other]!
    if (!this.mayStand(item, bin)) return false
    for (let at = 0; at < limited.length; at++) {
      const d = limited[at]!
      const come = this.adds(item, bin, d) ? demand[item * dimensions + d]! : 0
      const leave = this.adds(other, bin, d) ? demand[other * dimensions + d]! : 0
      if (come > 0 && loads[bin * dimensions + d]! - leave + come > limits[bin * dimensions + d]!) return false
    }
    return true
  }

  /** Whether two items of different bins may take each other's place within what each bin may hold. */
  swapFits(one: number, other: number): boolean {
    const { loads, limits, limited } = this
    const { demand, dimensions } = this.problem
    const a = this.assignment[one]!
    const b = this.assignment[other]!
    if (!this.mayStand(one, b) || !this.mayStand(other, a)) return false
    for (let at = 0; at < limited.length; at++) {
      const d = limited[at]!
      const come = this.adds(one, b, d) ? demand[one * dimensions + d]! : 0
      const leave = this.adds(other, b, d) ? demand[other * dimensions + d]! : 0
      if (come > leave && loads[b * dimensions + d]! + (come - leave) > limits[b * dimensions + d]!) return false
      const back = this.adds(other, a, d) ? demand[other * dimensions + d]! : 0
      const out = this.adds(one, a, d) ? demand[one * dimensions + d]! : 0
      if (back > out && loads[a * dimensions + d]! + (back - out) > limits[a * dimensions + d]!) return false
    }
    return true
  }

  /** As `mayStand` of evaluate.ts says. */
  mayStand(item: number, bin: number): boolean {
    const { initial, receives, movable, allowedRow, allowed } = this.problem
    if (bin === initial[item]) return true
    if (receives[bin] === 0 || movable[item] === 0) return false
    const row = allowedRow[item]!
    return row === UNASSIGNED || allowed[row]![bin] === 1
  }

  /** Least share of a capacity that would be left free in the bin with the item in it; negative where it doesn't fit. */
  roomAfter(item: number, bin: number): number {
    const { loads, limits, limited } = this
    const { demand, capacity, dimensions } = this.problem
    let room = 1
    for (let at = 0; at < limited.length; at++) {
      const d = limited[at]!
      const whole = capacity[bin * dimensions + d]!
      if (whole === Infinity) continue
      const amount = this.adds(item, bin, d) ? demand[item * dimensions + d]! : 0
      room = Math.min(room, (limits[bin * dimensions + d]! - loads[bin * dimensions + d]! - amount) / Math.max(1, whole))
    }
    return room
  }

  /** Whether the item's demand counts for being in the bin: where it began a transient one counts anyway. */
  protected adds(item: number, bin: number, d: number): boolean {
    return !this.hasTransient || this.problem.transient[d] === 0 || this.problem.initial[item] !== bin
  }

  /** Violation of a bin's limits without one item and with another (UNASSIGNED: none). */
  protected hardWith(bin: number, without: number, withItem: number): number {
    const { loads, limits, limited } = this
    const { dimensions, capacity, demand } = this.problem
    let hard = 0
    for (let at = 0; at < limited.length; at++) {
      const d = limited[at]!
      let load = loads[bin * dimensions + d]!
      if (without !== UNASSIGNED && this.adds(without, bin, d)) load -= demand[without * dimensions + d]!
      if (withItem !== UNASSIGNED && this.adds(withItem, bin, d)) load += demand[withItem * dimensions + d]!
      const over = load - limits[bin * dimensions + d]!
      if (over > 0) hard += over / Math.max(1, capacity[bin * dimensions + d]!)
    }
    return hard
  }

  protected add(bin: number, item: number, sign: number): void {
    const { dimensions, demand } = this.problem
    for (let d = 0; d < dimensions; d++) if (this.adds(item, bin, d)) this.loads[bin * dimensions + d]! += sign * demand[item * dimensions + d]!
  }
}
