import type { Horizon } from '../forecaster.ts'
import type { Answers, Origins, SeriesFrame } from '../member.ts'
import { sameTarget, targetOf, type Target } from '../target.ts'

/** Origins `from` to `to` of one series, seen by horizons that ask for the same target. */
export interface Walk {
  readonly target: Target
  readonly from: number
  readonly to: number
  readonly at: Int32Array
  readonly horizons: readonly { readonly index: number; readonly steps: number }[]
}

/**
 * Visits each series once for each distinct target, so that horizons that look at the same past share its windows. Origins
 * before the first known sample are passed over: nothing can be said there.
 */
export function eachWalk(frame: SeriesFrame, origins: Origins, horizons: readonly Horizon[], visit: (walk: Walk) => void): void {
  const groups = groupHorizons(horizons)
  for (let row = 0; row + 1 < origins.start.length; row++) {
    const series = origins.firstSeries + row
    const to = origins.start[row + 1]!
    let from = origins.start[row]!
    while (from < to && origins.at[from]! < frame.firstKnown[series]!) from++
    if (from === to) continue
    for (const group of groups) visit({ target: targetOf(frame, series, horizons[group[0]!.index]!), from, to, at: origins.at, horizons: group })
  }
}

function groupHorizons(horizons: readonly Horizon[]): { index: number; steps: number }[][] {
  const groups: { index: number; steps: number }[][] = []
  for (const [index, horizon] of horizons.entries()) {
    const group = groups.find(([first]) => sameTarget(horizons[first!.index]!, horizon))
    if (group === undefined) groups.push([{ index, steps: horizon.steps }])
    else group.push({ index, steps: horizon.steps })
  }
  return groups
}

/** Says the same of every horizon of a walk: the expected value, and one quantile a level; null leaves that part unanswered. */
export function writeAll(answers: Answers, walk: Walk, origin: number, horizonCount: number, expected: number | null, quantiles: readonly number[] | null): void {
  for (const { index } of walk.horizons) writeCell(answers, origin * horizonCount + index, expected, quantiles)
}

export function writeCell(answers: Answers, cell: number, expected: number | null, quantiles: readonly number[] | null): void {
  if (expected !== null) answers.expected[cell] = expected
  if (quantiles === null) return
  for (let level = 0; level < quantiles.length; level++) answers.quantiles[cell * quantiles.length + level] = quantiles[level]!
}
