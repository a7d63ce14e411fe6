import type { Problem, Term } from '../problem.ts'
import type { LoadRange } from './convexLoads.ts'

type Spread = Extract<Term, { readonly kind: 'spread' }>

/**
 * A lower bound on the deviation or variance of utilizations: the best of how far apart the ranges of the bins are, the
 * largest items that alone pass the mean (majorization: no load vector is more even than they and the rest spread
 * evenly), and remainders of whole numbers. 0 where none applies.
 */
export function spreadBound(problem: Problem, range: LoadRange, term: Spread): number {
  const bins = Array.from({ length: problem.binCount }, (_, bin) => bin).filter((bin) => term.over[bin] === 1)
  if (bins.length < 2) return 0
  const squares = Math.max(rangesApart(problem, range, term, bins), ...(holdsAll(problem, term, bins) ? [largeItems(problem, range, term, bins), remainders(problem, range, term, bins)] : []))
  const variance = Math.max(0, squares / bins.length - 1e-12)
  return term.measure === 'variance' ? variance : Math.sqrt(variance)
}

/** Least sum of squares about any mean when each utilization may be anywhere in its bin's range. */
function rangesApart({ base, dimensions, transient }: Problem, { least, most, present, total }: LoadRange, { dimension, size }: Spread, bins: readonly number[]): number {
  const ranges = bins.map((bin) => {
    const at = bin * dimensions + dimension
    const isTransient = transient[dimension] === 1
    const low = base[at]! + (isTransient ? Math.max(least[at]!, present[at]!) : least[at]!)
    // Where what has left still counts, the load may pass what the bin's items need.
    const high = base[at]! + (isTransient ? present[at]! + total[dimension]! : most[at]!)
    return { low: low / size[bin]!, high: Math.max(low, high) / size[bin]! }
  })
  const slopeAt = (mean: number): number => ranges.reduce((sum, { low, high }) => sum + (mean < low ? mean - low : mean > high ? mean - high : 0), 0)
  let below = ranges.reduce((least, { low }) => Math.min(least, low), ranges[0]!.low)
  let above = ranges.reduce((most, { low }) => Math.max(most, low), below)
  for (let step = 0; step < 100 && above - below > 0; step++) {
    const middle = (below + above) / 2
    if (middle === below || middle === above) break
    if (slopeAt(middle) < 0) below = middle
    else above = middle
  }
  return ranges.reduce((sum, { low, high }) => sum + (above < low ? (low - above) ** 2 : above > high ? (above - high) ** 2 : 0), 0)
}

/** Whether the bins are alike and hold every item, so that the sum of their loads is known. */
function holdsAll({ base, binCount, dimensions, initial, receives, transient }: Problem, { dimension, over, size }: Spread, bins: readonly number[]): boolean {
  if (transient[dimension] === 1) return false
  for (let bin = 0; bin < binCount; bin++) if (over[bin] === 0 && receives[bin] === 1) return false
  if (initial.some((bin) => bin >= 0 && over[bin] === 0)) return false
  const first = bins[0]!
  return bins.every((bin) => size[bin] === size[first] && base[bin * dimensions + dimension] === base[first * dimensions + dimension])
}

/** While the largest item left passes the mean of the bins left, it alone makes a bin; the rest is level. */
function largeItems({ demand, dimensions, initial, itemCount, movable }: Problem, { total }: LoadRange, { dimension, size }: Spread, bins: readonly number[]): number {
  const amounts = Array.from({ length: itemCount }, (_, item) => (initial[item]! < 0 && movable[item] === 0 ? 0 : demand[item * dimensions + dimension]!)).sort((a, b) => b - a)
  const all = total[dimension]!
  const mean = all / bins.length
  let left = all
  let count = bins.length
  let squares = 0
  for (const amount of amounts) {
    if (count <= 1 || amount * count <= left) break
    squares += (amount - mean) ** 2
    left -= amount
    count--
  }
  squares += count * (left / count - mean) ** 2
  return squares / size[bins[0]!]! ** 2
}

/** Whole multiples of a common divisor can't be level when the bins don't divide their number. */
function remainders({ demand, dimensions, initial, itemCount, movable }: Problem, { total }: LoadRange, { dimension, size }: Spread, bins: readonly number[]): number {
  let divisor = 0
  for (let item = 0; item < itemCount; item++) {
    const amount = initial[item]! < 0 && movable[item] === 0 ? 0 : demand[item * dimensions + dimension]!
    if (!Number.isSafeInteger(amount)) return 0
    divisor = greatestDivisor(divisor, amount)
  }
  if (divisor === 0 || !Number.isSafeInteger(total[dimension]!)) return 0
  const rest = (total[dimension]! / divisor) % bins.length
  return ((rest * (bins.length - rest)) / bins.length) * (divisor / size[bins[0]!]!) ** 2
}

export function greatestDivisor(a: number, b: number): number {
  let [large, small] = [a, b]
  while (small !== 0) [large, small] = [small, large % small]
  return large
}
