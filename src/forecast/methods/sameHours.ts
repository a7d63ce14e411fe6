import { daySteps } from '../frame.ts'
import type { Member } from '../member.ts'
import { sortedQuantile } from '../sortedWindow.ts'
import { eachWalk, writeCell } from './walk.ts'

/**
 * Median and quantiles of the same time of day on each of the last `days` days, and of `aroundMs` before and after it. For
 * the maximum of the next day these are the daily maxima.
 */
export const sameHours = (days: number, aroundMs = 0): Member => ({
  name: aroundMs === 0 ? `same hours ${days} d` : `same hours ${days} d, ${aroundMs / 60_000} min around`,
  kind: 'simple',
  writeAnswers: (frame, origins, horizons, levels, answers) => {
    const season = daySteps(frame)
    const around = Math.round(aroundMs / frame.stepMs)
    const values = new Float32Array(days * (2 * around + 1))
    eachWalk(frame, origins, horizons, ({ target: { past, first }, horizons: asked, from, to, at }) => {
      for (let origin = from; origin < to; origin++) {
        for (const { index, steps } of asked) {
          const count = gather(values, past, { first, last: at[origin]!, middle: at[origin]! + steps, season, days, around })
          if (count === 0) continue
          values.subarray(0, count).sort()
          writeCell(answers, origin * horizons.length + index, sortedQuantile(values, count, 0.5), levels.map((level) => sortedQuantile(values, count, level)))
        }
      }
    })
  },
})

interface Gathered {
  readonly first: number
  readonly last: number
  readonly middle: number
  readonly season: number
  readonly days: number
  readonly around: number
}

/** Puts what is known of the same time on former days into `values` and returns how many there are. */
function gather(values: Float32Array, past: Float32Array, { first, last, middle, season, days, around }: Gathered): number {
  let count = 0
  const daysAhead = Math.ceil((middle - last) / season)
  for (let day = daysAhead; day < daysAhead + days; day++) {
    const begin = Math.max(first, middle - day * season - around)
    const end = Math.min(last, middle - day * season + around)
    for (let index = begin; index <= end; index++) values[count++] = past[index]!
  }
  return count
}
