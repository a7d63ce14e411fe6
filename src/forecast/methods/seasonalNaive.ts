import { stepsOf } from '../frame.ts'
import type { Member } from '../member.ts'
import { eachWalk, writeCell } from './walk.ts'

/** As it was one season (a day, a week) earlier; without an answer until there is a season of history. */
export const seasonalNaive = (label: string, seasonMs: number): Member => ({
  name: `seasonal naive ${label}`,
  kind: 'simple',
  writeAnswers: (frame, origins, horizons, levels, answers) => {
    const season = stepsOf(seasonMs, frame.stepMs)
    eachWalk(frame, origins, horizons, ({ target: { past, first }, horizons: asked, from, to, at }) => {
      for (let origin = from; origin < to; origin++) {
        for (const { index, steps } of asked) {
          const before = at[origin]! + steps - Math.ceil(steps / season) * season
          if (before >= first) writeCell(answers, origin * horizons.length + index, past[before]!, levels.map(() => past[before]!))
        }
      }
    })
  },
})
