import { stepsOf } from '../frame.ts'
import type { Member } from '../member.ts'
import { eachWalk, writeAll } from './walk.ts'
import { eachWindow } from './windowQuantiles.ts'

/** Part way from a window's median and quantiles to the last value: `share` 1 is the last value, 0 the window. */
export const towardsWindow = (share: number, label: string, durationMs: number): Member => ({
  name: `${share} of last value, rest window ${label}`,
  kind: 'simple',
  writeAnswers: (frame, origins, horizons, levels, answers) => {
    const span = stepsOf(durationMs, frame.stepMs)
    eachWalk(frame, origins, horizons, (walk) => {
      eachWindow(walk, span, (origin, window) => {
        const last = share * walk.target.past[walk.at[origin]!]!
        const at = (level: number): number => last + (1 - share) * window.quantile(level)
        writeAll(answers, walk, origin, horizons.length, at(0.5), levels.map(at))
      })
    })
  },
})
