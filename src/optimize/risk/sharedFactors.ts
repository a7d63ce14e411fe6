import type { DemandWindow, Moments } from './demandWindow.ts'

/** What the items' ups and downs have in common. */
export interface SharedFactors {
  readonly factorCount: number
  /** Factor x instant: mean 0 and mean square 1 over the instants. */
  readonly scores: Float64Array
  /** Item x factor: the correlation of the item with the factor, of any sign; squares of an item add up to 1 at most. */
  readonly correlations: Float64Array
}

const ROUNDS_MAX = 60
const TOLERANCE = 1e-9
/** Below this, what is left of standardized samples is rounding. */
const NOISE = 1e-12

/**
 * The principal components of the standardized samples, largest first, by power iteration with deflation: O(rounds x
 * instants x items) a factor, at most 60 rounds, always from the same start. A gap pulls nowhere. A component that
 * explains no more than noise alone would is left out with all behind it: independent samples of n items at T instants
 * have eigenvalues up to (1 + sqrt(n / T))^2. Source of that edge: Marchenko and Pastur (1967).
 */
export function sharedFactors(window: DemandWindow, moments: Moments, factorsMax: number): SharedFactors {
  const { itemCount, instantCount } = window
  const left = standardized(window, moments)
  const edge = (1 + Math.sqrt(itemCount / Math.max(1, instantCount))) ** 2
  const found: { score: Float64Array; correlation: Float64Array }[] = []
  while (found.length < factorsMax) {
    const score = leadingScore(left, itemCount, instantCount)
    if (score === null || strength(left, score, itemCount) <= edge + NOISE) break
    const correlation = correlationsWith(left, score, window)
    deflate(left, score, correlation, window)
    found.push({ score, correlation })
  }
  const correlations = new Float64Array(itemCount * found.length)
  found.forEach(({ correlation }, factor) => correlation.forEach((value, item) => (correlations[item * found.length + factor] = value)))
  capToOne(correlations, itemCount, found.length)
  const scores = new Float64Array(found.length * instantCount)
  found.forEach(({ score }, factor) => scores.set(score, factor * instantCount))
  return { factorCount: found.length, scores, correlations }
}

/** Samples less their mean over their deviation, instant x item; 0 in gaps and for items that never change. */
function standardized({ itemCount, values }: DemandWindow, { mean, variance }: Moments): Float64Array {
  return values.map((value, at) => {
    const item = at % itemCount
    return Number.isNaN(value) || !(variance[item]! > 0) ? 0 : (value - mean[item]!) / Math.sqrt(variance[item]!)
  })
}

/** The instants' course that most items follow, null when nothing varies. */
function leadingScore(left: Float64Array, itemCount: number, instantCount: number): Float64Array | null {
  // Any start that no component is orthogonal to by construction will do: steps of the golden ratio.
  let score = unit(Float64Array.from({ length: instantCount }, (_, instant) => ((instant + 1) * 0.6180339887498949) % 1 - 0.5))
  for (let round = 0; round < ROUNDS_MAX && score !== null; round++) {
    const next: Float64Array | null = unit(timesItems(left, pull(left, score, itemCount), instantCount))
    if (next === null) return null
    const change = next.reduce((most, value, instant) => Math.max(most, Math.abs(value - score![instant]!)), 0)
    score = next
    if (change < TOLERANCE) break
  }
  return score
}

/** By item: the sum over instants of sample x score. */
function pull(left: Float64Array, score: Float64Array, itemCount: number): Float64Array {
  const sums = new Float64Array(itemCount)
  for (let instant = 0, at = 0; instant < score.length; instant++) {
    const weight = score[instant]!
    for (let item = 0; item < itemCount; item++, at++) sums[item]! += left[at]! * weight
  }
  return sums
}

/** By instant: the sum over items of sample x weight. */
function timesItems(left: Float64Array, weights: Float64Array, instantCount: number): Float64Array {
  const sums = new Float64Array(instantCount)
  for (let instant = 0, at = 0; instant < instantCount; instant++) {
    let sum = 0
    for (let item = 0; item < weights.length; item++, at++) sum += left[at]! * weights[item]!
    sums[instant] = sum
  }
  return sums
}

/** Scaled to mean square 1, null for nothing but rounding. */
function unit(course: Float64Array): Float64Array | null {
  const size = Math.sqrt(course.reduce((sum, value) => sum + value * value, 0) / Math.max(1, course.length))
  return size > NOISE ? course.map((value) => value / size) : null
}

/** The eigenvalue of the correlation matrix that belongs to the score. */
const strength = (left: Float64Array, score: Float64Array, itemCount: number): number => pull(left, score, itemCount).reduce((sum, value) => sum + (value / score.length) ** 2, 0)

/** Over the instants at which the item has samples. */
function correlationsWith(left: Float64Array, score: Float64Array, { itemCount, values }: DemandWindow): Float64Array {
  const sums = pull(left, score, itemCount)
  const squares = new Float64Array(itemCount)
  for (let at = 0; at < values.length; at++) if (!Number.isNaN(values[at]!)) squares[at % itemCount]! += score[Math.floor(at / itemCount)]! ** 2
  return sums.map((sum, item) => (squares[item]! > NOISE ? sum / squares[item]! : 0))
}

function deflate(left: Float64Array, score: Float64Array, correlation: Float64Array, { itemCount, values }: DemandWindow): void {
  for (let at = 0; at < left.length; at++) if (!Number.isNaN(values[at]!)) left[at]! -= score[Math.floor(at / itemCount)]! * correlation[at % itemCount]!
}

/** Gaps can make an item seem more than explained: its correlations are shortened to what can be. */
function capToOne(correlations: Float64Array, itemCount: number, factorCount: number): void {
  for (let item = 0; item < itemCount; item++) {
    const own = correlations.subarray(item * factorCount, (item + 1) * factorCount)
    const squares = own.reduce((sum, value) => sum + value * value, 0)
    if (squares > 1) own.forEach((value, factor) => (own[factor] = value / Math.sqrt(squares)))
  }
}
