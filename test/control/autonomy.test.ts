import { describe, expect, it } from 'vitest'
import { type Prediction, type Trust, holds, judged, risen, trustIn } from '../../src/control/autonomy.ts'
import type { StagedAutonomy } from '../../src/model/livePool.ts'
import { DAY, HOUR, MINUTE } from '../support/parts.ts'

const STAGED: StagedAutonomy = { upTo: 'automatic', goodDays: 7, missesMax: 3 }
const GOOD: Prediction = { expectedMs: MINUTE, tookMs: 2 * MINUTE, ok: true }
const BAD: Prediction = { ...GOOD, ok: false }
const after = (trust: Trust, predictions: readonly (readonly [Prediction, number])[]): Trust => predictions.reduce((now, [prediction, atMs]) => judged(now, prediction, STAGED, atMs).trust, trust)
const good = (count: number, fromMs: number): (readonly [Prediction, number])[] => Array.from({ length: count }, (_, at) => [GOOD, fromMs + at * HOUR] as const)

describe('staged autonomy', () => {
  it('rises by one mode after good days in which enough held, and no further than it may', () => {
    const trust = after(trustIn('recommend', 0), good(20, 0))
    expect(risen(trust, STAGED, 7 * DAY - 1).change).toBeNull()
    expect(risen(trust, STAGED, 7 * DAY)).toMatchObject({ trust: { mode: 'approve', good: 0 }, change: { code: 'trustRose' } })
    expect(risen(trust, { ...STAGED, upTo: 'recommend' }, 30 * DAY).change).toBeNull()
    expect(risen(after(trustIn('automatic', 0), good(20, 0)), STAGED, 30 * DAY).change).toBeNull()
  })
  it('does not rise on silence', () => expect(risen(trustIn('recommend', 0), STAGED, 365 * DAY).change).toBeNull())
  it('begins to count anew after a miss', () => {
    const trust = after(trustIn('recommend', 0), [...good(20, 0), [BAD, 3 * DAY], ...good(20, 3 * DAY)])
    expect(risen(trust, STAGED, 9 * DAY).change).toBeNull()
    expect(risen(trust, STAGED, 10 * DAY).trust.mode).toBe('approve')
  })
  it('falls at once after too many misses within a day, never below observing', () => {
    const trust = after(trustIn('automatic', 0), [[BAD, 0], [BAD, HOUR]])
    expect(judged(trust, BAD, STAGED, 2 * HOUR)).toMatchObject({ trust: { mode: 'approve', missedMs: [] }, change: { code: 'trustFell' } })
    expect(judged(trust, BAD, STAGED, 2 * DAY).change).toBeNull()
    expect(after(trustIn('observe', 0), [[BAD, 0], [BAD, 1], [BAD, 2], [BAD, 3]]).mode).toBe('observe')
  })
  it('takes a step that fails or takes far too long for a miss', () => {
    expect([holds(GOOD), holds(BAD), holds({ ...GOOD, tookMs: 4 * MINUTE })]).toEqual([true, false, false])
  })
})
