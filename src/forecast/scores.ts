import { pinball } from './loss.ts'
import { sortedQuantile } from './sortedWindow.ts'

/** How good one method's expected values and one quantile were, at one horizon. Errors are in the series' unit. */
export interface Score {
  readonly count: number
  readonly mae: number
  readonly rmse: number
  /** Symmetric mean absolute percentage error as a ratio 0..2; pairs of zeros count as 0. */
  readonly smape: number
  readonly pinball: number
  readonly coverage: number
  /** Medians over series: mean absolute error over the mean change between neighbouring samples, and over the last value's error. */
  readonly maseMedian: number | null
  readonly maeToLastValueMedian: number | null
}

/** Adds up one method's errors at one horizon, series by series. */
export class ScoreSums {
  readonly #level: number
  #count = 0
  #absolute = 0
  #squared = 0
  #symmetric = 0
  #pinball = 0
  #covered = 0
  readonly #mase: number[] = []
  readonly #toLast: number[] = []

  constructor(level: number) {
    this.#level = level
  }

  /** `naiveChange`: mean change between neighbouring samples of the series; `lastLoss`: mean error of the last value at these origins. Returns the series' mean error, or null without outcomes. */
  addSeries(said: { readonly expected: Float32Array; readonly quantile: Float32Array; readonly truths: Float32Array; readonly counts: Uint8Array }, naiveChange: number, lastLoss: number | null): number | null {
    let absolute = 0
    let count = 0
    for (let origin = 0; origin < said.truths.length; origin++) {
      const truth = said.truths[origin]!
      if (said.counts[origin] === 0 || Number.isNaN(truth)) continue
      absolute += this.#addOne(truth, said.expected[origin]!, said.quantile[origin]!)
      count++
    }
    if (count === 0) return null
    const mean = absolute / count
    if (naiveChange > 0) this.#mase.push(mean / naiveChange)
    if (lastLoss !== null && lastLoss > 0) this.#toLast.push(mean / lastLoss)
    return mean
  }

  #addOne(truth: number, expected: number, quantile: number): number {
    const error = Math.abs(truth - expected)
    this.#count++
    this.#absolute += error
    this.#squared += error * error
    if (error > 0) this.#symmetric += (2 * error) / (Math.abs(truth) + Math.abs(expected))
    this.#pinball += pinball(truth, quantile, this.#level)
    if (truth <= quantile) this.#covered++
    return error
  }

  /** Null when nothing was added. */
  score(): Score | null {
    if (this.#count === 0) return null
    return {
      count: this.#count, mae: this.#absolute / this.#count, rmse: Math.sqrt(this.#squared / this.#count), smape: this.#symmetric / this.#count,
      pinball: this.#pinball / this.#count, coverage: this.#covered / this.#count, maseMedian: medianOf(this.#mase), maeToLastValueMedian: medianOf(this.#toLast),
    }
  }
}

function medianOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : sortedQuantile(Float64Array.from(values).sort(), values.length, 0.5)
}
