import { hourSteps, stepsOf } from '../frame.ts'
import type { Member, SeriesFrame } from '../member.ts'
import { SortedWindow } from '../sortedWindow.ts'
import { rollingMaximum, type Target } from '../target.ts'
import { smooth } from './ewma.ts'
import { sumsUpTo } from './movingAverage.ts'
import { eachWalk, writeCell } from './walk.ts'

/** Fewer errors than this say nothing. */
const ERRORS_MIN = 4

/** A value of the series itself at each sample, to which what the horizon asks for is compared. */
export interface Base {
  readonly name: string
  values(target: Target, frame: SeriesFrame): Float32Array
}

export const LAST: Base = { name: 'last value', values: ({ filled }) => filled }
export const EWMA_HALF: Base = { name: 'EWMA 0.5', values: ({ filled, first }) => smooth(filled, first, 0.5) }
export const EWMA_SLOW: Base = { name: 'EWMA 0.05', values: ({ filled, first }) => smooth(filled, first, 0.05) }
export const HOUR_MEAN: Base = { name: 'mean 1 h', values: ({ filled, first }, frame) => rollingMean(filled, first, hourSteps(frame)) }
export const HOUR_MAXIMUM: Base = { name: 'maximum 1 h', values: ({ filled }, frame) => rollingMaximum(filled, hourSteps(frame)) }
export const THREE_HOURS_MAXIMUM: Base = { name: 'maximum 3 h', values: ({ filled }, frame) => rollingMaximum(filled, 3 * hourSteps(frame)) }

/**
 * A base plus the series' own errors with it: what came true minus the base as it stood then, at the same minute of each
 * hour of the last `durationMs` (so that the answer depends on the origin alone). Their median makes the expected value,
 * their quantiles the quantiles.
 */
export const ownErrors = (base: Base, label: string, durationMs: number): Member => ({
  name: `${base.name} + own errors ${label}`,
  kind: 'simple',
  writeAnswers: (frame, origins, horizons, levels, answers) => {
    const stride = hourSteps(frame)
    const count = Math.ceil(stepsOf(durationMs, frame.stepMs) / stride)
    let series = -1
    let values: Float32Array = new Float32Array(0)
    eachWalk(frame, origins, horizons, ({ target, from, to, at, horizons: asked }) => {
      if (target.series !== series) values = base.values(target, frame)
      series = target.series
      for (const { index, steps } of asked) {
        const errors = errorsOf(target, values, steps)
        eachStrided(errors, { first: target.first + steps, stride, count, from, to, at }, (origin, window) => {
          if (window.count < ERRORS_MIN) return
          const now = values[at[origin]!]!
          writeCell(answers, origin * horizons.length + index, now + window.quantile(0.5), levels.map((level) => now + window.quantile(level)))
        })
      }
    })
  },
})

function rollingMean(values: Float32Array, first: number, span: number): Float32Array {
  const sums = sumsUpTo(values)
  const means = new Float32Array(values.length)
  for (let index = first; index < values.length; index++) {
    const begin = Math.max(first, index + 1 - span)
    means[index] = (sums[index + 1]! - sums[begin]!) / (index + 1 - begin)
  }
  return means
}

/** `result[k]` = what came true at k minus the base `steps` earlier; NaN where sample k was not measured. */
function errorsOf({ past, known, first }: Target, base: Float32Array, steps: number): Float32Array {
  const errors = new Float32Array(past.length).fill(Number.NaN)
  for (let index = first + steps; index < past.length; index++) if (!Number.isNaN(known[index])) errors[index] = past[index]! - base[index - steps]!
  return errors
}

interface Strided {
  readonly first: number
  readonly stride: number
  readonly count: number
  readonly from: number
  readonly to: number
  readonly at: Int32Array
}

/** Windows over every stride-th value back from the origin. Slides while origins keep their place in the stride, else begins anew. */
function eachStrided(values: Float32Array, { first, stride, count, from, to, at }: Strided, visit: (origin: number, window: SortedWindow) => void): void {
  const window = new SortedWindow(count)
  const add = (index: number): void => {
    if (!Number.isNaN(values[index])) window.add(values[index]!)
  }
  let previous = Number.NEGATIVE_INFINITY
  for (let origin = from; origin < to; origin++) {
    const now = at[origin]!
    const slides = (now - previous) % stride === 0 && now - previous < count * stride
    if (!slides) window.clear()
    const added = slides ? (now - previous) / stride : count
    for (let back = added - 1; back >= 0; back--) {
      const index = now - back * stride
      if (index < first) continue
      add(index)
      const leaving = index - count * stride
      if (slides && leaving >= first && !Number.isNaN(values[leaving])) window.remove(values[leaving]!)
    }
    previous = now
    visit(origin, window)
  }
}
