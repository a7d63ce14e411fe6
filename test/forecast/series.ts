import fc from 'fast-check'
import type { SeriesHistory } from '../../src/forecast/forecaster.ts'

const STEP_MS = 300_000
const MONDAY_UNIX_MS = Date.UTC(2026, 2, 2)

/** A history of these rows, all of one length. */
export function historyOf(rows: readonly (readonly number[])[], parts: Partial<SeriesHistory> = {}): SeriesHistory {
  const length = rows[0]?.length ?? 0
  return { seriesCount: rows.length, length, stepMs: STEP_MS, endUnixMs: MONDAY_UNIX_MS, zoneOffsetMinutes: 0, values: Float32Array.from(rows.flat()), ...parts }
}

const sample = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: 0, max: 100, noNaN: true }) }, { weight: 4, arbitrary: fc.constantFrom(0, 0, 5, 100) }, { weight: 3, arbitrary: fc.constant(Number.NaN) },
  { weight: 1, arbitrary: fc.constantFrom(-1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, 1e-40) },
)

const samples = (length: number): fc.Arbitrary<number[]> => fc.array(sample, { minLength: length, maxLength: length })

/** One series as pools have them: hardly there, constant, intermittent, come or gone midway, jumping, wild. */
const row = (length: number): fc.Arbitrary<number[]> => fc.oneof(
  samples(length),
  fc.constant(new Array<number>(length).fill(Number.NaN)),
  fc.double({ min: 0, max: 100, noNaN: true }).map((value) => new Array<number>(length).fill(value)),
  fc.tuple(samples(length), fc.nat({ max: length }), fc.nat({ max: length })).map(([values, from, to]) => values.map((value, index) => (index >= from && index < to ? value : Number.NaN))),
  fc.tuple(fc.nat({ max: 3 }), samples(length)).map(([count, values]) => values.map((value, index) => (index >= length - count ? value : Number.NaN))),
  samples(length).map((values) => values.map((value, index) => (index % 7 === 0 ? value : 0))),
)

/** Histories of a few unlike series, from no sample at all to a day and a half, on grids of a minute to an hour. */
export const histories: fc.Arbitrary<SeriesHistory> = fc.tuple(fc.constantFrom(0, 1, 2, 3, 13, 40, 120), fc.constantFrom(60_000, STEP_MS, 900_000, 3_600_000), fc.integer({ min: -720, max: 840 }), fc.integer({ min: 0, max: 2 ** 41 }))
  .chain(([length, stepMs, zoneOffsetMinutes, endUnixMs]) => fc.array(row(length), { minLength: 0, maxLength: 3 }).map((rows) => historyOf(rows, { length, stepMs, zoneOffsetMinutes, endUnixMs })))
