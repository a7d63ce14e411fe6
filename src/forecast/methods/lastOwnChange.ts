import { stepsOf } from '../frame.ts'
import type { Member } from '../member.ts'
import { SortedWindow } from '../sortedWindow.ts'
import { eachWalk, writeCell, type Walk } from './walk.ts'

/** The last value plus the series' own changes over as many steps, of the last `durationMs`. Answers quantiles only. */
export const lastOwnChange = (label: string, durationMs: number): Member => ({
  name: `last + own changes ${label}`,
  kind: 'simple',
  writeAnswers: (frame, origins, horizons, levels, answers) => {
    const span = stepsOf(durationMs, frame.stepMs)
    eachWalk(frame, origins, horizons, (walk) => {
      for (const { index, steps } of walk.horizons) {
        eachChanges(walk, steps, span, (origin, changes) => {
          if (changes.count === 0) return
          const last = walk.target.past[walk.at[origin]!]!
          writeCell(answers, origin * horizons.length + index, null, levels.map((level) => last + changes.quantile(level)))
        })
      }
    })
  },
})

function eachChanges({ target: { past, first }, from, to, at }: Walk, steps: number, span: number, visit: (origin: number, changes: SortedWindow) => void): void {
  const changes = new SortedWindow(Math.min(span, past.length))
  const change = (index: number): number => Math.fround(past[index]! - past[index - steps]!)
  let end = Math.max(first + steps, at[from]! + 1 - span)
  for (let origin = from; origin < to; origin++) {
    for (; end <= at[origin]!; end++) {
      if (changes.count === span) changes.replace(change(end - span), change(end))
      else changes.add(change(end))
    }
    visit(origin, changes)
  }
}
