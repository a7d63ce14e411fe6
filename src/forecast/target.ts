import type { Horizon } from './forecaster.ts'
import type { SeriesFrame } from './member.ts'

/** A maximum counts as known when so much of its span is. */
const PRESENT_SHARE = 0.9

/** One series seen by a horizon: `past[k]` is what the horizon asks for, had it been asked `steps` before sample k. */
export interface Target {
  readonly series: number
  readonly first: number
  /** Gap-filled; for a maximum the highest of the `steps` samples up to k. */
  readonly past: Float32Array
  /** Samples of the series itself, gap-filled and as measured. */
  readonly filled: Float32Array
  readonly known: Float32Array
}

export const sameTarget = (left: Horizon, right: Horizon): boolean => left.kind === right.kind && (left.kind === 'value' || left.steps === right.steps)

/** The target series of a horizon, up to sample `last`. */
export function targetOf(frame: SeriesFrame, series: number, horizon: Horizon): Target {
  const from = series * frame.length
  const filled = frame.filled.subarray(from, from + frame.length)
  const first = frame.firstKnown[series]!
  const past = horizon.kind === 'value' ? filled : rollingMaximum(filled, horizon.steps)
  return { series, first, past, filled, known: frame.known.subarray(from, from + frame.length) }
}

/** `result[k]` = highest of the `span` values up to k, in constant time a value (a falling queue of candidates). */
export function rollingMaximum(values: Float32Array, span: number): Float32Array {
  const highest = new Float32Array(values.length)
  const queue = new Int32Array(values.length)
  let head = 0
  let tail = 0
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!
    while (tail > head && values[queue[tail - 1]!]! <= value) tail--
    queue[tail++] = index
    if (queue[head]! <= index - span) head++
    highest[index] = values[queue[head]!]!
  }
  return highest
}

/** What came true of a horizon at every origin of a series: `result[t]`, NaN where it is not known (gaps are never filled in). */
export function truthsOf(frame: SeriesFrame, series: number, { kind, steps }: Horizon): Float32Array {
  const from = series * frame.length
  const known = frame.known.subarray(from, from + frame.length)
  const truths = new Float32Array(frame.length).fill(Number.NaN)
  if (kind === 'value') {
    if (steps < frame.length) truths.set(known.subarray(steps))
    return truths
  }
  const highest = rollingMaximum(known.map((value) => (Number.isNaN(value) ? -1 : value)), steps)
  let present = 0
  for (let index = 0; index < frame.length; index++) {
    if (!Number.isNaN(known[index])) present++
    if (index >= steps && !Number.isNaN(known[index - steps])) present--
    if (index >= steps && present >= PRESENT_SHARE * steps) truths[index - steps] = highest[index]!
  }
  return truths
}
