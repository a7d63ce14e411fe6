import { stepsOf } from '../frame.ts'
import type { Member } from '../member.ts'
import { eachWalk, writeAll } from './walk.ts'

/** Mean of what the horizon asks for over the last `durationMs`. Answers expected values only. */
export const movingAverage = (label: string, durationMs: number): Member => ({
  name: `moving average ${label}`,
  kind: 'simple',
  writeAnswers: (frame, origins, horizons, _levels, answers) => {
    const span = stepsOf(durationMs, frame.stepMs)
    eachWalk(frame, origins, horizons, (walk) => {
      const sums = sumsUpTo(walk.target.past)
      for (let origin = walk.from; origin < walk.to; origin++) {
        const end = walk.at[origin]! + 1
        const begin = Math.max(walk.target.first, end - span)
        writeAll(answers, walk, origin, horizons.length, (sums[end]! - sums[begin]!) / (end - begin), null)
      }
    })
  },
})

/** `result[k]` = sum of the first k values; in doubles, so that differences over a month keep their digits. */
export function sumsUpTo(values: Float32Array): Float64Array {
  const sums = new Float64Array(values.length + 1)
  for (let index = 0; index < values.length; index++) sums[index + 1] = sums[index]! + values[index]!
  return sums
}
