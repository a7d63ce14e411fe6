import { describe, expect, it } from 'vitest'
import { type DemandDays, NO_DEMAND_DAYS, rememberDemand, stayedLowMs } from '../../../src/policy/goals/powerSave/offTime.ts'
import { DAY, HOUR, MINUTE, MONDAY_UNIX_MS } from '../../support/parts.ts'

/** Demand seen each minute for so long, by the hour since Monday midnight. */
function seen(forMs: number, demandAt: (hour: number) => number, from: DemandDays = NO_DEMAND_DAYS): DemandDays {
  let days = from
  for (let atMs = 0; atMs < forMs; atMs += MINUTE) days = rememberDemand(days, MONDAY_UNIX_MS + atMs, demandAt(atMs / HOUR))
  return days
}

/** High from 8 to 20 h, but for a break at noon on some days. */
const shifts = (hour: number): number => (hour % 24 >= 8 && hour % 24 < 20 ? 1000 : 100)

describe('how long demand stayed low', () => {
  it('is what it did from the same time of the day on', () => {
    const days = seen(2 * DAY, shifts)
    expect(stayedLowMs(days, MONDAY_UNIX_MS + DAY + 20 * HOUR, 500)).toBe(12 * HOUR)
    expect(stayedLowMs(days, MONDAY_UNIX_MS + 2 * DAY + 2 * HOUR, 500)).toBe(6 * HOUR)
    expect(stayedLowMs(days, MONDAY_UNIX_MS + 2 * DAY + 9 * HOUR, 500)).toBe(0)
  })

  it('at most a day, where it never rose', () => {
    expect(stayedLowMs(seen(2 * DAY, () => 100), MONDAY_UNIX_MS + 2 * DAY - HOUR, 500)).toBe(DAY)
  })

  it('is not known on the first day, nor where nobody looked', () => {
    expect(stayedLowMs(NO_DEMAND_DAYS, MONDAY_UNIX_MS, 500)).toBe(null)
    expect(stayedLowMs(seen(20 * HOUR, shifts), MONDAY_UNIX_MS + 20 * HOUR, 500)).toBe(null)
    const gap = rememberDemand(seen(21 * HOUR, shifts), MONDAY_UNIX_MS + DAY + 20 * HOUR, 100)
    expect(stayedLowMs(gap, MONDAY_UNIX_MS + DAY + 20 * HOUR, 500)).toBe(null)
  })

  it('is the median of the days: one night that was short does not count', () => {
    const days = seen(5 * DAY, (hour) => (hour >= 46 && hour < 47 ? 1000 : shifts(hour)))
    expect(stayedLowMs(days, MONDAY_UNIX_MS + 4 * DAY + 20 * HOUR, 500)).toBe(12 * HOUR)
  })

  it('counts the highest of each ten minutes, and forgets after eight days', () => {
    const spike = rememberDemand(seen(20 * HOUR + MINUTE, shifts), MONDAY_UNIX_MS + 20 * HOUR + 2 * MINUTE, 1000)
    expect(spike.mhz.at(-1)).toBe(1000)
    expect(seen(12 * DAY, shifts).mhz.length).toBe(8 * 24 * 6)
  })
})
