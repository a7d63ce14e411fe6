import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Horizon } from '../../src/forecast/forecaster.ts'
import { frameOf } from '../../src/forecast/frame.ts'
import { emptyAnswers, type Member, type SeriesFrame } from '../../src/forecast/member.ts'
import { SIMPLE_MEMBERS } from '../../src/forecast/members.ts'
import { ewma } from '../../src/forecast/methods/ewma.ts'
import { holtWinters } from '../../src/forecast/methods/holtWinters.ts'
import { lastOwnChange } from '../../src/forecast/methods/lastOwnChange.ts'
import { lastValue } from '../../src/forecast/methods/lastValue.ts'
import { movingAverage } from '../../src/forecast/methods/movingAverage.ts'
import { LAST, ownErrors } from '../../src/forecast/methods/ownErrors.ts'
import { sameHours } from '../../src/forecast/methods/sameHours.ts'
import { seasonalNaive } from '../../src/forecast/methods/seasonalNaive.ts'
import { windowQuantiles } from '../../src/forecast/methods/windowQuantiles.ts'
import { SHOWN_MEMBERS } from '../../src/forecast/protocolMembers.ts'
import { seededRng } from '../../sim/random.ts'
import { trials } from '../support/parts.ts'
import { histories, historyOf } from './series.ts'

const HOUR_MS = 3_600_000
const VALUE: Horizon = { name: 'value', steps: 3, kind: 'value' }
const MAXIMUM: Horizon = { name: 'maximum', steps: 4, kind: 'maximum' }

/** Answers of one member about series 0 at these origins: [expected, quantiles...] for each origin and horizon. */
function ask(member: Member, frame: SeriesFrame, at: readonly number[], horizons: readonly Horizon[], levels: readonly number[] = [0.9]): number[][] {
  const answers = emptyAnswers(at.length, horizons.length, levels.length)
  member.writeAnswers(frame, { firstSeries: 0, start: Int32Array.of(0, at.length), at: Int32Array.from(at) }, horizons, levels, answers)
  return Array.from(answers.expected, (expected, cell) => [expected, ...answers.quantiles.slice(cell * levels.length, (cell + 1) * levels.length)])
}

const noise = (length: number): number[] => {
  const rng = seededRng(7, 'noise')
  return Array.from({ length }, () => Math.fround(rng.next() * 50))
}

/** Type-7 quantile, the slow way. */
function quantile(values: readonly number[], level: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  const rank = level * (sorted.length - 1)
  const low = Math.floor(rank)
  return low + 1 < sorted.length ? sorted[low]! + (rank - low) * (sorted[low + 1]! - sorted[low]!) : sorted[low]!
}

const highest = (values: readonly number[], last: number, steps: number): number => Math.max(...values.slice(Math.max(0, last + 1 - steps), last + 1))

describe('each method says what its definition says', () => {
  const values = noise(400)
  const frame = frameOf(historyOf([values]), null)
  const origins = [30, 31, 57, 200, 399]

  it('last value', () => {
    expect(ask(lastValue, frame, origins, [VALUE]).map(([expected]) => expected)).toEqual(origins.map((at) => values[at]))
    expect(ask(lastValue, frame, origins, [MAXIMUM]).map(([expected]) => expected)).toEqual(origins.map((at) => highest(values, at, 4)))
  })

  it('moving average', () => {
    for (const [row, [expected]] of ask(movingAverage('1 h', HOUR_MS), frame, origins, [VALUE]).entries()) {
      expect(expected).toBeCloseTo(values.slice(origins[row]! - 11, origins[row]! + 1).reduce((sum, value) => sum + value) / 12, 3)
    }
  })

  it('EWMA', () => {
    let level = values[0]!
    for (const value of values.slice(0, 58)) level = 0.2 * value + 0.8 * level
    expect(ask(ewma(0.2), frame, [57], [VALUE])[0]![0]).toBeCloseTo(level, 3)
  })

  it('window quantiles, of values and of maxima', () => {
    for (const [row, [expected, upper]] of ask(windowQuantiles('2 h', 2 * HOUR_MS), frame, origins, [VALUE]).entries()) {
      const window = values.slice(origins[row]! - 23, origins[row]! + 1)
      expect(expected).toBeCloseTo(quantile(window, 0.5), 3)
      expect(upper).toBeCloseTo(quantile(window, 0.9), 3)
    }
    const maxima = Array.from({ length: 24 }, (_, back) => highest(values, 200 - back, 4))
    expect(ask(windowQuantiles('2 h', 2 * HOUR_MS), frame, [200], [MAXIMUM])[0]![1]).toBeCloseTo(quantile(maxima, 0.9), 3)
  })

  it('last value and own changes', () => {
    for (const [row, [, upper]] of ask(lastOwnChange('2 h', 2 * HOUR_MS), frame, [57, 200, 399], [VALUE]).entries()) {
      const at = [57, 200, 399][row]!
      expect(upper).toBeCloseTo(values[at]! + quantile(Array.from({ length: 24 }, (_, back) => values[at - back]! - values[at - back - 3]!), 0.9), 3)
    }
  })

  it('own errors: at the same minute of the last hours', () => {
    const said = ask(ownErrors(LAST, '5 h', 5 * HOUR_MS), frame, [100, 112, 200], [MAXIMUM])
    for (const [row, at] of [100, 112, 200].entries()) {
      const errors = [0, 1, 2, 3, 4].map((hour) => highest(values, at - 12 * hour, 4) - values[at - 12 * hour - 4]!)
      expect(said[row]![0]).toBeCloseTo(values[at]! + quantile(errors, 0.5), 3)
      expect(said[row]![1]).toBeCloseTo(values[at]! + quantile(errors, 0.9), 3)
    }
  })

  it('the same hours of former days, and seasonal naive, on a daily pattern', () => {
    const pattern = Array.from({ length: 5 * 288 }, (_, index) => 10 + 100 * (index % 288))
    const daily = frameOf(historyOf([pattern]), null)
    for (const at of [2 * 288 + 5, 3 * 288 + 280]) {
      const then = pattern[(at + 3) % 288]
      expect(ask(sameHours(2), daily, [at], [VALUE])[0]).toEqual([then, then])
      expect(ask(seasonalNaive('1 d', 24 * HOUR_MS), daily, [at], [VALUE])[0]![0]).toBe(then)
    }
  })

  it('Holt-Winters learns a daily wave that the last value can’t', () => {
    const wave = Array.from({ length: 40 * 288 }, (_, index) => 50 + 30 * Math.sin((index / 288) * 2 * Math.PI))
    const daily = frameOf(historyOf([wave]), null)
    const half: Horizon = { name: 'half a day', steps: 144, kind: 'value' }
    const at = 39 * 288 + 72 - 144
    expect(Math.abs(ask(holtWinters, daily, [at], [half])[0]![0]! - wave[at + 144]!)).toBeLessThan(6)
    expect(Math.abs(wave[at]! - wave[at + 144]!)).toBeGreaterThan(50)
  })
})

describe('a member', () => {
  const members = [...SIMPLE_MEMBERS, ...SHOWN_MEMBERS]

  it.each(members.map((member) => [member.name, member] as const))('%s never looks past its origin', (_name, member) => {
    fc.assert(fc.property(histories, fc.nat(), fc.double({ min: 0, max: 100, noNaN: true }), (history, place, other) => {
      fc.pre(history.seriesCount > 0 && history.length > 1)
      const at = place % history.length
      const frame = frameOf(history, null)
      fc.pre(frame.firstKnown[0]! <= at)
      const changed = frameOf({ ...history, values: history.values.map((value, index) => (index % history.length > at ? other : value)) }, null)
      expect(ask(member, changed, [at], [VALUE, MAXIMUM])).toEqual(ask(member, frame, [at], [VALUE, MAXIMUM]))
    }), trials(25))
  })

  it.each(members.map((member) => [member.name, member] as const))('%s says the same of an origin whatever else is asked', (_name, member) => {
    const frame = frameOf(historyOf([noise(700)]), null)
    const origins = [3, 20, 21, 33, 45, 57, 120, 121, 600, 612, 699]
    const together = ask(member, frame, origins, [VALUE, MAXIMUM])
    const alone = origins.flatMap((at) => ask(member, frame, [at], [VALUE, MAXIMUM]))
    const rounded = (rows: readonly number[][]): number[][] => rows.map((said) => said.map((value) => Math.round(value * 1000) / 1000))
    expect(rounded(together)).toEqual(rounded(alone))
  })
})
