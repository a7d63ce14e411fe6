import { type Problem, type Term, UNASSIGNED } from '../problem.ts'

type SpreadTerm = Extract<Term, { kind: 'spread' }>

/** Slopes of a root end here. */
const LEAST_VARIANCE = 1e-18

/**
 * Spread terms through the sum and the sum of squares of the bins' utilisations, so that a move is priced in a few
 * operations a term. Utilisations are held as distances from their mean at the last refresh: the two sums then
 * cancel little, and the variance stays exact to rounding even when the bins are nearly even.
 * Columns are bin x term and item x term: what one price needs lies together.
 */
export class SpreadSums {
  readonly count: number
  private readonly terms: readonly SpreadTerm[]
  /** Bin x term: utilisation less the centre; 0 for bins that the term leaves out. */
  private readonly level: Float64Array
  /** Bin x term: 1 / size; 0 for bins that the term leaves out. */
  private readonly inverse: Float64Array
  /** Item x term. */
  private readonly demand: Float64Array
  private readonly weight: Float64Array
  private readonly isDeviation: Uint8Array
  private readonly isTransient: Uint8Array
  private readonly perBin: Float64Array
  private readonly sum: Float64Array
  private readonly squares: Float64Array
  private readonly initial: Int32Array
  /** Changes of the two sums by what has been lifted. */
  private readonly liftedSum: Float64Array
  private readonly liftedSquares: Float64Array
  private readonly slope: Float64Array
  /** Whether each term's bins are all of one size, and the inverse of that. */
  private readonly isEven: boolean
  private readonly evenInverse: Float64Array
  private readonly scaled: Float64Array
  private readonly halves: Float64Array
  private value = 0

  constructor(problem: Problem) {
    this.terms = problem.terms.filter((term): term is SpreadTerm => term.kind === 'spread' && term.over.includes(1))
    const count = (this.count = this.terms.length)
    this.initial = problem.initial
    this.level = new Float64Array(problem.binCount * count)
    this.inverse = new Float64Array(problem.binCount * count)
    this.demand = new Float64Array(problem.itemCount * count)
    const column = (valueOf: (term: SpreadTerm) => number): Float64Array => Float64Array.from(this.terms, valueOf)
    this.weight = column(({ weight }) => weight)
    this.isDeviation = Uint8Array.from(this.terms, ({ measure }) => (measure === 'deviation' ? 1 : 0))
    this.isTransient = Uint8Array.from(this.terms, ({ dimension }) => problem.transient[dimension]!)
    this.perBin = column(({ over }) => 1 / over.reduce((sum, flag) => sum + flag, 0))
    ;[this.sum, this.squares, this.liftedSum, this.liftedSquares] = [column(() => 0), column(() => 0), column(() => 0), column(() => 0)]
    ;[this.slope, this.scaled, this.halves] = [column(() => 0), column(() => 0), column(() => 0)]
    this.evenInverse = column(({ size }) => 1 / size[0]!)
    this.isEven = this.terms.every(({ size, over }) => over.every((flag) => flag === 1) && size.every((amount) => amount === size[0]))
    this.terms.forEach(({ dimension, over, size }, k) => {
      for (let bin = 0; bin < problem.binCount; bin++) this.inverse[bin * count + k] = over[bin] === 1 ? 1 / size[bin]! : 0
      for (let item = 0; item < problem.itemCount; item++) this.demand[item * count + k] = problem.demand[item * problem.dimensions + dimension]!
    })
  }

  /** Takes all sums anew from the loads; returns the weighted value. */
  refresh(loads: Float64Array, dimensions: number): number {
    const { count, level, inverse } = this
    const binCount = count === 0 ? 0 : level.length / count
    this.terms.forEach(({ dimension, over }, k) => {
      let mean = 0
      for (let bin = 0; bin < binCount; bin++) mean += loads[bin * dimensions + dimension]! * inverse[bin * count + k]! * this.perBin[k]!
      let [sum, squares] = [0, 0]
      for (let bin = 0; bin < binCount; bin++) {
        const u = over[bin] === 1 ? loads[bin * dimensions + dimension]! * inverse[bin * count + k]! - mean : 0
        level[bin * count + k] = u
        sum += u
        squares += u * u
      }
      this.sum[k] = sum
      this.squares[k] = squares
    })
    this.value = this.priced()
    return this.value
  }

  /** Begins a price: the item leaves the source. */
  lift(item: number, source: number): void {
    const { count, level, inverse, demand, liftedSum, liftedSquares } = this
    const keeps = source !== UNASSIGNED && this.initial[item] === source
    for (let k = 0; k < count; k++) {
      const step = source === UNASSIGNED || (keeps && this.isTransient[k] === 1) ? 0 : -demand[item * count + k]! * inverse[source * count + k]!
      liftedSum[k] = step
      liftedSquares[k] = step === 0 ? 0 : step * (2 * level[source * count + k]! + step)
    }
  }

  /** Change of the weighted value if what was lifted comes to the target. */
  changeAt(item: number, target: number): number {
    const { count, level, inverse, demand, liftedSum, liftedSquares, sum, squares, perBin, weight, isDeviation } = this
    if (count === 0) return 0
    const returns = this.initial[item] === target
    let value = 0
    for (let k = 0; k < count; k++) {
      const at = target * count + k
      const step = target === UNASSIGNED || (returns && this.isTransient[k] === 1) ? 0 : demand[item * count + k]! * inverse[at]!
      const mean = (sum[k]! + liftedSum[k]! + step) * perBin[k]!
      const moved = step === 0 ? 0 : step * (2 * level[at]! + step)
      const variance = (squares[k]! + liftedSquares[k]! + moved) * perBin[k]! - mean * mean
      value += weight[k]! * (isDeviation[k] === 1 ? Math.sqrt(variance > 0 ? variance : 0) : variance > 0 ? variance : 0)
    }
    return value - this.value
  }

  /** Takes the slopes of the weighted value in the variances, for `slopesInto`. They hold until the next move, and nearly so for some more. */
  takeSlopes(): void {
    for (let k = 0; k < this.count; k++) {
      const mean = this.sum[k]! * this.perBin[k]!
      const variance = Math.max(LEAST_VARIANCE, this.squares[k]! * this.perBin[k]! - mean * mean)
      this.slope[k] = 2 * this.weight[k]! * this.perBin[k]! * (this.isDeviation[k] === 1 ? 0.5 / Math.sqrt(variance) : 1)
    }
  }

  /**
   * Writes for each bin `constant` and what the item's coming and its leaving the source change, to first order in the variances. No less
   * than the true change, since a root is concave, and nearly it where there are many bins. Transient dimensions are taken
   * as others, and means as unchanged.
   */
  slopesInto(item: number, source: number, constant: number, out: Float64Array): void {
    const { count, level, inverse, demand, slope, scaled, halves } = this
    let before = -constant
    for (let k = 0; k < count; k++) {
      const amount = demand[item * count + k]!
      const at = source * count + k
      scaled[k] = slope[k]! * amount
      halves[k] = (slope[k]! * amount * amount) / 2
      before += scaled[k]! * inverse[at]! * level[at]! - halves[k]! * inverse[at]! * inverse[at]!
    }
    if (this.isEven) this.evenSlopes(before, out)
    else this.unevenSlopes(before, out)
  }

  /** Bins that a term counts are alike in size. */
  private evenSlopes(before: number, out: Float64Array): void {
    const { count, level, scaled, halves, evenInverse } = this
    let constant = -before
    for (let k = 0; k < count; k++) {
      constant += halves[k]! * evenInverse[k]! * evenInverse[k]!
      scaled[k]! *= evenInverse[k]!
    }
    for (let bin = 0, at = 0; bin < out.length; bin++) {
      let sum = constant
      for (let k = 0; k < count; k++, at++) sum += scaled[k]! * level[at]!
      out[bin] = sum
    }
  }

  private unevenSlopes(before: number, out: Float64Array): void {
    const { count, level, inverse, scaled, halves } = this
    for (let bin = 0, at = 0; bin < out.length; bin++) {
      let sum = -before
      for (let k = 0; k < count; k++, at++) sum += inverse[at]! * (scaled[k]! * level[at]! + halves[k]! * inverse[at]!)
      out[bin] = sum
    }
  }

  /** The same with the true changes: four times the work. Transient dimensions are taken as others here too. */
  changesInto(item: number, source: number, constant: number, out: Float64Array): void {
    const { count, level, inverse, demand, liftedSum, liftedSquares, sum, squares, perBin, weight, isDeviation } = this
    this.lift(item, source)
    const before = this.value - constant
    for (let bin = 0, at = 0; bin < out.length; bin++) {
      let value = 0
      for (let k = 0; k < count; k++, at++) {
        const step = demand[item * count + k]! * inverse[at]!
        const mean = (sum[k]! + liftedSum[k]! + step) * perBin[k]!
        const variance = (squares[k]! + liftedSquares[k]! + step * (2 * level[at]! + step)) * perBin[k]! - mean * mean
        value += weight[k]! * (isDeviation[k] === 1 ? Math.sqrt(variance > 0 ? variance : 0) : variance > 0 ? variance : 0)
      }
      out[bin] = value - before
    }
  }

  /** Change of the weighted value if two items in different bins took each other's place. */
  swapChange(one: number, oneBin: number, other: number, otherBin: number): number {
    const { count, level, inverse, sum, squares, perBin, weight, isDeviation } = this
    if (count === 0) return 0
    let value = 0
    for (let k = 0; k < count; k++) {
      const a = oneBin * count + k
      const b = otherBin * count + k
      const atOne = (this.gain(other, oneBin, k) - this.gain(one, oneBin, k)) * inverse[a]!
      const atOther = (this.gain(one, otherBin, k) - this.gain(other, otherBin, k)) * inverse[b]!
      const mean = (sum[k]! + atOne + atOther) * perBin[k]!
      const variance = (squares[k]! + atOne * (2 * level[a]! + atOne) + atOther * (2 * level[b]! + atOther)) * perBin[k]! - mean * mean
      value += weight[k]! * (isDeviation[k] === 1 ? Math.sqrt(variance > 0 ? variance : 0) : variance > 0 ? variance : 0)
    }
    return value - this.value
  }

  /** Does a move, and returns the change of the weighted value. */
  apply(item: number, source: number, target: number): number {
    if (this.count === 0) return 0
    if (source !== UNASSIGNED) this.step(item, source, -1)
    if (target !== UNASSIGNED) this.step(item, target, 1)
    const before = this.value
    this.value = this.priced()
    return this.value - before
  }

  private step(item: number, bin: number, sign: number): void {
    const { count, level, inverse, sum, squares } = this
    for (let k = 0; k < count; k++) {
      const at = bin * count + k
      const amount = sign * this.gain(item, bin, k) * inverse[at]!
      sum[k]! += amount
      squares[k]! += amount * (2 * level[at]! + amount)
      level[at]! += amount
    }
  }

  /** What an item adds to a bin: nothing where it counts already because it began there. */
  private gain(item: number, bin: number, k: number): number {
    return this.isTransient[k] === 1 && this.initial[item] === bin ? 0 : this.demand[item * this.count + k]!
  }

  private priced(): number {
    let value = 0
    for (let k = 0; k < this.count; k++) {
      const mean = this.sum[k]! * this.perBin[k]!
      const variance = this.squares[k]! * this.perBin[k]! - mean * mean
      value += this.weight[k]! * (this.isDeviation[k] === 1 ? Math.sqrt(variance > 0 ? variance : 0) : variance > 0 ? variance : 0)
    }
    return value
  }
}
