import type { Origins, SeriesFrame } from './member.ts'

/** Origins of every series of a frame from 0 on, and which of them count in a back-test (1) or only warm the blend up (0). */
export interface BacktestOrigins {
  readonly origins: Origins
  readonly counts: Uint8Array
}

/** What a rule says of one sample as an origin: null = none. */
export type OriginRule = (series: number, index: number, present: PresentCounts) => 'counts' | 'warms' | null

/** How many of the last `span` samples up to an index are known. */
export type PresentCounts = (index: number, span: number) => number

/** Asks a rule about every sample. */
export function originsBy(frame: SeriesFrame, rule: OriginRule): BacktestOrigins {
  const start = new Int32Array(frame.seriesCount + 1)
  const at: number[] = []
  const counts: number[] = []
  for (let series = 0; series < frame.seriesCount; series++) {
    const present = presentCounts(frame, series)
    for (let index = frame.firstKnown[series]!; index < frame.length; index++) {
      const said = rule(series, index, present)
      if (said === null) continue
      at.push(index)
      counts.push(said === 'counts' ? 1 : 0)
    }
    start[series + 1] = at.length
  }
  return { origins: { firstSeries: 0, start, at: Int32Array.from(at) }, counts: Uint8Array.from(counts) }
}

function presentCounts({ known, length }: SeriesFrame, series: number): PresentCounts {
  const sums = new Int32Array(length + 1)
  for (let index = 0; index < length; index++) sums[index + 1] = sums[index]! + (Number.isNaN(known[series * length + index]) ? 0 : 1)
  return (index, span) => sums[index + 1]! - sums[Math.max(0, index + 1 - span)]!
}

/** The origins of `count` series from row `row` on. */
export function sliceOrigins({ firstSeries, start, at }: Origins, row: number, count: number): Origins {
  const from = start[row]!
  const starts = start.slice(row, row + count + 1).map((origin) => origin - from)
  return { firstSeries: firstSeries + row, start: starts, at: at.subarray(from, start[row + count]) }
}

/** For each of a series' rising origins the first origin, by index, from which its outcome `steps` later is known; their number when there is none. */
export function maturityOf(at: Int32Array, steps: number): Int32Array {
  const matures = new Int32Array(at.length)
  let later = 0
  for (let origin = 0; origin < at.length; origin++) {
    while (later < at.length && at[later]! < at[origin]! + steps) later++
    matures[origin] = later
  }
  return matures
}
