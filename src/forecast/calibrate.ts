/** What a quantile forecast of one series is corrected by. Arrays as in `BlendInput`. */
export interface CalibrationInput {
  readonly values: Float32Array
  readonly truths: Float32Array
  readonly maturesAt: Int32Array
  readonly level: number
  /** Margin in units of the series' usual error, learned on another trace (see `marginOf`). */
  readonly margin: number
}

const DECAY = 0.5 ** (1 / 336)
/** Size of one correction, in units of the usual error. */
const STEP = 0.005
const SHIFT_MAX = 2

/**
 * Adaptive conformal correction (after Gibbs & Candes 2021): the quantile is raised a little after each outcome above it and
 * lowered after each below, so that in the long run the stated share of outcomes stays at or under it, whatever the series
 * does. Only outcomes known at an origin move it. The unit is the series' own mean distance between outcome and quantile.
 */
export function calibrate({ values, truths, maturesAt, level, margin }: CalibrationInput): Float32Array {
  const calibrated = new Float32Array(values.length).fill(Number.NaN)
  const distance = new MeanDistance()
  let shift = 0
  let matured = 0
  for (let origin = 0; origin < values.length; origin++) {
    for (; matured < origin && maturesAt[matured]! <= origin; matured++) {
      const truth = truths[matured]!
      const said = calibrated[matured]!
      if (Number.isNaN(truth) || Number.isNaN(said)) continue
      distance.add(Math.abs(truth - values[matured]!))
      shift = Math.min(SHIFT_MAX, Math.max(-SHIFT_MAX, shift + STEP * (truth > said ? level : level - 1)))
    }
    calibrated[origin] = values[origin]! + (margin + shift) * distance.mean
  }
  return calibrated
}

/** Mean distance between outcome and quantile, of the last weeks. */
class MeanDistance {
  #sum = 0
  #count = 0

  add(distance: number): void {
    this.#sum = this.#sum * DECAY + distance
    this.#count = this.#count * DECAY + 1
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }
}

/** How far, in units of the usual error, outcomes lie above a series' quantile; appended to `scores` at counting origins. */
export function conformalScores({ values, truths, maturesAt }: CalibrationInput, counts: Uint8Array, scores: number[]): void {
  const distance = new MeanDistance()
  let matured = 0
  for (let origin = 0; origin < values.length; origin++) {
    for (; matured < origin && maturesAt[matured]! <= origin; matured++) {
      if (!Number.isNaN(truths[matured]) && !Number.isNaN(values[matured])) distance.add(Math.abs(truths[matured]! - values[matured]!))
    }
    const excess = truths[origin]! - values[origin]!
    if (counts[origin] === 1 && !Number.isNaN(excess)) scores.push(distance.mean === 0 ? Math.sign(excess) : excess / distance.mean)
  }
}

/**
 * Split-conformal margin (Vovk et al. 2005): the quantile of the scores at the level. Never below 0: a margin learned
 * elsewhere may widen, narrowing is left to the series' own record.
 */
export function marginOf(scores: readonly number[], level: number): number {
  if (scores.length === 0) return 0
  const sorted = Float32Array.from(scores).sort()
  return Math.max(0, sorted[Math.min(sorted.length - 1, Math.ceil(level * (sorted.length + 1)) - 1)]!)
}
