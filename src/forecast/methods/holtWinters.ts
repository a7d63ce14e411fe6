import { stepsOf } from '../frame.ts'
import type { Member } from '../member.ts'
import { eachWalk, writeCell } from './walk.ts'

const DAY_MS = 86_400_000

/** Smoothing shares of level, trend and seasons, and how much of the trend is kept a step. */
const LEVEL = 0.01
const TREND = 0.001
const DAILY = 0.2
const WEEKLY = 0.1
const DAMPING = 0.98
/** How much of the error of the last step is left after a step. */
const CARRY = 0.95

/**
 * Holt-Winters, additive, with damped trend and two seasons: a day, and a week on top of it, and with what is
 * left of the last error (double seasonal with an autoregressive term, Taylor 2003).
 * State runs along the whole series, in constant time a sample. Answers expected values only; the seasons stay 0 in
 * their first round.
 */
export const holtWinters: Member = {
  name: 'Holt-Winters',
  kind: 'simple',
  writeAnswers: (frame, origins, horizons, _levels, answers) => {
    const day = stepsOf(DAY_MS, frame.stepMs)
    const week = 7 * day
    eachWalk(frame, origins, horizons, ({ target: { past, first }, from, to, at, horizons: asked }) => {
      const daily = new Float64Array(day)
      const weekly = new Float64Array(week)
      let level = past[first]!
      let trend = 0
      let error = 0
      let next = first
      for (let origin = from; origin < to; origin++) {
        for (; next <= at[origin]!; next++) {
          const ofDay = daily[next % day]!
          const ofWeek = weekly[next % week]!
          const before = level
          error = past[next]! - level - DAMPING * trend - ofDay - ofWeek
          level = LEVEL * (past[next]! - ofDay - ofWeek) + (1 - LEVEL) * (level + DAMPING * trend)
          trend = TREND * (level - before) + (1 - TREND) * DAMPING * trend
          daily[next % day] = DAILY * (past[next]! - level - ofWeek) + (1 - DAILY) * ofDay
          weekly[next % week] = WEEKLY * (past[next]! - level - daily[next % day]!) + (1 - WEEKLY) * ofWeek
        }
        for (const { index, steps } of asked) {
          const trendKept = (DAMPING * (1 - DAMPING ** steps)) / (1 - DAMPING)
          const then = at[origin]! + steps
          writeCell(answers, origin * horizons.length + index, level + trendKept * trend + daily[then % day]! + weekly[then % week]! + CARRY ** steps * error, null)
        }
      }
    })
  },
}
