import type { Member } from '../member.ts'
import { eachWalk, writeAll } from './walk.ts'

/** Tomorrow is as now: the last value of what the horizon asks for (of a maximum: the highest of as long a span up to now). */
export const lastValue: Member = {
  name: 'last value',
  kind: 'simple',
  writeAnswers: (frame, origins, horizons, levels, answers) => eachWalk(frame, origins, horizons, (walk) => {
    for (let origin = walk.from; origin < walk.to; origin++) {
      const last = walk.target.past[walk.at[origin]!]!
      writeAll(answers, walk, origin, horizons.length, last, levels.map(() => last))
    }
  }),
}
