import type { Horizon } from '../forecaster.ts'
import { BadInput } from '../../model/result.ts'
import type { Answers, Member, Origins, SeriesFrame } from '../member.ts'
import { type NeuralModel, featuresOf, modelFaults } from './model.ts'
import { type Run, runNetwork } from './network.ts'

/** Rows that are computed at once: bounds the memory of a large batch. */
const ROWS_TOGETHER = 4096

/**
 * A model as a member of a blend. Answers NaN where it has not learned the horizon, where a level lies outside those it has
 * learned, where less than two days of a series are known, and past `aheadMaxMs` (null: no limit). `run` computes networks; by
 * default without any library. Throws BadInput when the model does not fit the frame that it is asked about.
 */
export function neuralMember(model: NeuralModel, run: Run = runNetwork, aheadMaxMs: number | null = null): Member {
  return {
    name: 'neural',
    kind: 'trained',
    writeAnswers: (frame, origins, horizons, levels, answers) => {
      const faults = modelFaults(model, 'model', frame.stepMs)
      if (faults.length > 0) throw new BadInput(faults)
      new Writing(model, run, aheadMaxMs, frame, horizons, levels, answers).write(origins)
    },
  }
}

/** One batch of answers. */
class Writing {
  private readonly model: NeuralModel
  private readonly run: Run
  private readonly frame: SeriesFrame
  private readonly answers: Answers
  /** For each horizon asked for, its place among those of the model, or null. */
  private readonly places: readonly (number | null)[]
  private readonly levels: readonly Between[]
  private readonly middle: Between
  private readonly featureCount: number
  private readonly outputs: number
  /** Of the rows that wait: features, simple forecasts, scales, and the origin they belong to. */
  private readonly inputs: Float32Array
  private readonly bases: Float32Array
  private readonly scales: Float32Array
  private readonly origin: Int32Array
  private readonly sums: Float32Array
  private waiting = 0

  constructor(model: NeuralModel, run: Run, aheadMaxMs: number | null, frame: SeriesFrame, horizons: readonly Horizon[], levels: readonly number[], answers: Answers) {
    this.model = model
    this.run = run
    this.frame = frame
    this.answers = answers
    this.places = horizons.map(({ kind, steps }) => {
      const place = model.horizons.findIndex((known) => known.kind === kind && known.steps === steps)
      return place === -1 || (aheadMaxMs !== null && steps * frame.stepMs > aheadMaxMs) ? null : place
    })
    this.levels = levels.map((level) => between(model.levels, level))
    this.middle = between(model.levels, 0.5)
    this.featureCount = featuresOf(model)!.count
    this.outputs = model.horizons.length * model.levels.length
    this.inputs = new Float32Array(ROWS_TOGETHER * this.featureCount)
    this.bases = new Float32Array(ROWS_TOGETHER * this.outputs)
    this.scales = new Float32Array(ROWS_TOGETHER)
    this.origin = new Int32Array(ROWS_TOGETHER)
    this.sums = new Float32Array(ROWS_TOGETHER * this.outputs)
  }

  write({ firstSeries, start, at }: Origins): void {
    const { model, frame } = this
    const features = featuresOf(model)!.start(frame.stepMs, model.horizons, model.levels)
    for (let place = 0; place + 1 < start.length; place++) {
      for (let origin = start[place]!; origin < start[place + 1]!; origin++) {
        if (!features.write(frame, firstSeries + place, at[origin]!, this.inputs, this.waiting * this.featureCount)) continue
        this.bases.set(features.bases, this.waiting * this.outputs)
        this.scales[this.waiting] = features.scale
        this.origin[this.waiting++] = origin
        if (this.waiting === ROWS_TOGETHER) this.flush()
      }
    }
    this.flush()
  }

  private flush(): void {
    const { networks } = this.model
    const count = this.waiting
    this.waiting = 0
    if (count === 0) return
    this.sums.fill(0)
    for (const network of networks) {
      const result = this.run(network, this.inputs.subarray(0, count * this.featureCount), count)
      for (let at = 0; at < result.length; at++) this.sums[at]! += result[at]!
    }
    for (let row = 0; row < count; row++) this.answer(row)
  }

  /** Puts one row's outputs back into the series' unit, in rising order and within limits. */
  private answer(row: number): void {
    const { model, answers, places, levels, frame } = this
    const { length: levelCount } = model.levels
    const share = this.scales[row]! / model.networks.length
    const values = new Float32Array(levelCount)
    for (let asked = 0; asked < places.length; asked++) {
      const place = places[asked] ?? null
      if (place === null) continue
      const from = row * this.outputs + place * levelCount
      for (let level = 0; level < levelCount; level++) {
        const value = Math.max(0, this.bases[from + level]! + share * this.sums[from + level]!)
        values[level] = frame.valueMax === null ? value : Math.min(frame.valueMax, value)
      }
      values.sort()
      const into = this.origin[row]! * places.length + asked
      answers.expected[into] = valueAt(values, this.middle)
      for (let level = 0; level < levels.length; level++) answers.quantiles[into * levels.length + level] = valueAt(values, levels[level] ?? null)
    }
  }
}

/** Where a level lies among others: `share` of the way from `below` to the next; null outside. */
type Between = { readonly below: number; readonly share: number } | null

function between(known: readonly number[], level: number): Between {
  const below = known.findLastIndex((other) => other <= level)
  if (below === -1) return null
  if (known[below] === level) return { below, share: 0 }
  return below + 1 < known.length ? { below, share: (level - known[below]!) / (known[below + 1]! - known[below]!) } : null
}

function valueAt(values: Float32Array, place: Between): number {
  if (place === null) return Number.NaN
  const value = values[place.below]!
  return place.share === 0 ? value : value + place.share * (values[place.below + 1]! - value)
}
