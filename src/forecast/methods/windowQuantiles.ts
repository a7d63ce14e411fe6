import { stepsOf } from '../frame.ts'
import type { Member } from '../member.ts'
import { SortedWindow } from '../sortedWindow.ts'
import { eachWalk, writeAll, type Walk } from './walk.ts'

/** Median and quantiles of what the horizon asks for, over the last `durationMs`. */
export const windowQuantiles = (label: string, durationMs: number): Member => ({
  name: `window ${label}`,
  kind: 'simple',
  writeAnswers: (frame, origins, horizons, levels, answers) => {
    const span = stepsOf(durationMs, frame.stepMs)
    eachWalk(frame, origins, horizons, (walk) => {
      eachWindow(walk, span, (origin, window) => writeAll(answers, walk, origin, horizons.length, window.quantile(0.5), levels.map((level) => window.quantile(level))))
    })
  },
})

/** Slides a window of the last `span` values along the walk's origins. */
export function eachWindow({ target: { past, first }, from, to, at }: Walk, span: number, visit: (origin: number, window: SortedWindow) => void): void {
  const window = new SortedWindow(Math.min(span, past.length))
  let end = Math.max(first, at[from]! + 1 - span)
  for (let origin = from; origin < to; origin++) {
    for (; end <= at[origin]!; end++) {
      if (window.count === span) window.replace(past[end - span]!, past[end]!)
      else window.add(past[end]!)
    }
    visit(origin, window)
  }
}
