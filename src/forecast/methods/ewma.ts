import type { Member } from '../member.ts'
import { eachWalk, writeAll } from './walk.ts'

/** Exponentially weighted moving average: each sample takes `share` of the way to itself. Answers expected values only. */
export const ewma = (share: number): Member => ({
  name: `EWMA ${share}`,
  kind: 'simple',
  writeAnswers: (frame, origins, horizons, _levels, answers) => eachWalk(frame, origins, horizons, (walk) => {
    const smoothed = smooth(walk.target.past, walk.target.first, share)
    for (let origin = walk.from; origin < walk.to; origin++) writeAll(answers, walk, origin, horizons.length, smoothed[walk.at[origin]!]!, null)
  }),
})

/** The average after each value, begun at the first known one. */
export function smooth(values: Float32Array, first: number, share: number): Float32Array {
  const smoothed = new Float32Array(values.length)
  let level = values[first] ?? 0
  for (let index = first; index < values.length; index++) {
    level += share * (values[index]! - level)
    smoothed[index] = level
  }
  return smoothed
}
