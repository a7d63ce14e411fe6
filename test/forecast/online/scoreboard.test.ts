import { describe, expect, it } from 'vitest'
import { type Scoreboard, isDue, lossRatio, newScoreboard, openForecast, seeTruth } from '../../../src/forecast/online/scoreboard.ts'
import { seededRng } from '../../../sim/random.ts'
import { DAY, HOUR, MINUTE } from '../../support/parts.ts'

const STEP = 5 * MINUTE
const LEVEL = 0.95

/** One method without rhythm and one with; `foretold` gives both methods' forecasts of what comes after an instant. */
function played(days: number, horizonMs: number, truth: (atMs: number) => number, foretold: (atMs: number) => readonly number[], periodDays: readonly number[] = [1]): Scoreboard {
  let board = newScoreboard(horizonMs, 1, periodDays)
  for (let atMs = 0; atMs <= days * DAY; atMs += STEP) {
    board = seeTruth(board, atMs, truth(atMs), LEVEL)
    if (isDue(board, atMs)) board = openForecast(board, atMs, foretold(atMs))
  }
  return board
}

const isDay = (atMs: number): boolean => atMs % DAY >= 8 * HOUR && atMs % DAY < 17 * HOUR
const shift = (atMs: number): number => (isDay(atMs) ? 0.6 : 0.2)
const highestShift = (atMs: number, horizonMs: number): number => Math.max(...Array.from({ length: horizonMs / STEP }, (_, step) => shift(atMs + (step + 1) * STEP)))

describe('a method with a rhythm', () => {
  it('is taken up after a day in which it was at least twice as good as none', () => {
    expect(played(1.5, HOUR, shift, (atMs) => [shift(atMs), highestShift(atMs, HOUR)]).used).toBe(1)
  })

  it('is not taken up while its forecasts are as good as none', () => {
    expect(played(5, HOUR, shift, (atMs) => [shift(atMs), shift(atMs)]).used).toBeNull()
  })

  it('is not taken up for what overlapping forecasts of noise make of chance', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const rng = seededRng(seed, 'noise')
      const noise = Array.from({ length: 4 * 288 + 50 }, () => rng.next())
      // What was above the mean a day ago is expected again: in noise, an error more.
      const mean = (at: number): number => noise.slice(Math.max(0, at - 24), at + 1).reduce((sum, one) => sum + one, 0) / Math.min(25, at + 1)
      const board = played(4, 2 * HOUR, (atMs) => noise[atMs / STEP]!, (atMs) => [0.5, 0.5 + (mean(atMs / STEP) - 0.5) * 0.3])
      expect(board.used, `seed ${seed}`).toBeNull()
    }
  })

  it('of a week is not used before a week of its forecasts has come true', () => {
    const both = (atMs: number): readonly number[] => [shift(atMs), highestShift(atMs, HOUR)]
    expect(played(6, HOUR, shift, both, [7]).used).toBeNull()
    expect(played(8, HOUR, shift, both, [7]).used).toBe(1)
  })

  it('is dropped when it is no better any more', () => {
    const ended = (atMs: number): number => (atMs < 4 * DAY ? shift(atMs) : 0.4)
    const board = played(7, HOUR, ended, (atMs) => [ended(atMs), highestShift(atMs, HOUR)])
    expect(board.used).toBeNull()
    expect(lossRatio(board)).toBe(1)
  })
})
