import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Window } from '../../src/model/policy.ts'
import { type StepSeries, integral, priceOfPower, staysUntil, valueAt } from '../../src/model/tariff.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE
const MONDAY = Date.UTC(2026, 2, 2)
const ZONES = [
  { name: 'UTC', fromMs: [0], offsetMs: [0] }, { name: 'Test/Plus', fromMs: [0], offsetMs: [330 * MINUTE] },
  { name: 'Test/Forward', fromMs: [0, MONDAY + 25 * 60 * MINUTE], offsetMs: [60 * MINUTE, 120 * MINUTE] },
  { name: 'Test/Back', fromMs: [0, MONDAY + 26 * 60 * MINUTE], offsetMs: [120 * MINUTE, 60 * MINUTE] },
]
const value = fc.integer({ min: -50, max: 100 })
const window: fc.Arbitrary<Window> = fc.record({ days: fc.constantFrom([1, 2, 3, 4, 5], [1], [2, 7], [1, 2, 3, 4, 5, 6, 7]), fromMinute: fc.integer({ min: 0, max: 1439 }), toMinute: fc.integer({ min: 0, max: 1440 }), zone: fc.constantFrom(...ZONES) })
const weekly: fc.Arbitrary<StepSeries> = fc.record({ kind: fc.constant('weekly' as const), base: value, rows: fc.array(fc.record({ window, value }), { maxLength: 4 }) })
const steps: fc.Arbitrary<StepSeries> = fc
  .uniqueArray(fc.record({ minute: fc.integer({ min: -500, max: 5000 }), value }), { minLength: 1, maxLength: 12, selector: ({ minute }) => minute })
  .map((list) => list.sort((a, b) => a.minute - b.minute))
  .map((list) => ({ kind: 'steps' as const, fromUnixMs: list.map(({ minute }) => MONDAY + minute * MINUTE), values: list.map((one) => one.value) }))

/** Looks at each minute alone: local time by search from the end, windows by hand. */
function slowValue(series: StepSeries, atMs: number): number {
  if (series.kind === 'steps') {
    let found = series.values[0]!
    series.fromUnixMs.forEach((fromMs, index) => { if (fromMs <= atMs) found = series.values[index]! })
    return found
  }
  for (const { window: { days, fromMinute, toMinute, zone }, value: own } of series.rows) {
    const change = zone.fromMs.filter((fromMs) => fromMs <= atMs).length - 1
    const local = new Date(atMs + zone.offsetMs[change]!)
    const minute = local.getUTCHours() * 60 + local.getUTCMinutes()
    const today = local.getUTCDay() === 0 ? 7 : local.getUTCDay()
    const yesterday = today === 1 ? 7 : today - 1
    const isOvernight = toMinute <= fromMinute
    if (days.includes(today) && minute >= fromMinute && (isOvernight || minute < toMinute)) return own
    if (isOvernight && days.includes(yesterday) && minute < toMinute) return own
  }
  return series.base
}

describe('a tariff', () => {
  it('is integrated exactly over steps, weeks and clock changes, from any instant to any other', () => {
    fc.assert(
      fc.property(fc.oneof(weekly, steps), fc.integer({ min: 0, max: 2 * DAY }), fc.integer({ min: 0, max: DAY }), (series, startMs, lengthMs) => {
        const from = MONDAY + startMs
        const to = from + lengthMs
        let slow = 0
        for (let at = from; at < to; ) {
          const next = Math.min(to, (Math.floor(at / MINUTE) + 1) * MINUTE)
          slow += slowValue(series, at) * (next - at)
          at = next
        }
        expect(integral(series, from, to)).toBe(slow)
      }),
      { numRuns: 200, seed: 11 },
    )
  })

  it('says how long a value stays at least, and never too long', () => {
    fc.assert(
      fc.property(fc.oneof(weekly, steps), fc.integer({ min: 0, max: 3 * DAY }), (series, startMs) => {
        const from = MONDAY + startMs
        const until = staysUntil(series, from)
        if (until !== null) expect(until).toBeGreaterThan(from)
        for (let at = from; at < Math.min(until ?? from + DAY, from + DAY); at += MINUTE) expect(valueAt(series, at)).toBe(slowValue(series, from))
      }),
      { numRuns: 200, seed: 12 },
    )
  })

  it('prices power by energy and by the carbon in it', () => {
    const flat = (base: number): StepSeries => ({ kind: 'weekly', base, rows: [] })
    const tariff = { currency: 'EUR', pricePerKwh: flat(0.3), carbonGPerKwh: flat(400), carbonPricePerKg: 0.1, pricePerPowerCycle: 0, pricePerMigratedGib: 0 }
    expect(priceOfPower(tariff, 500, MONDAY, MONDAY + 120 * MINUTE)).toBeCloseTo(0.3 + 0.4 * 0.1, 12)
  })
})
