import { describe, expect, it } from 'vitest'
import { type Prediction, holds, judged, risen, trustAtStart, trustIn } from '../../src/control/autonomy.ts'
import type { StagedAutonomy, Trust } from '../../src/model/livePool.ts'
import { DAY, HOUR, MINUTE } from '../support/parts.ts'

const STAGED: StagedAutonomy = { upTo: 'automatic', goodDays: 7, missesMax: 3 }
const GOOD: Prediction = { expectedMs: MINUTE, tookMs: 2 * MINUTE, ok: true }
const BAD: Prediction = { ...GOOD, ok: false }
const after = (trust: Trust, predictions: readonly (readonly [Prediction, number])[]): Trust => predictions.reduce((now, [prediction, atMs]) => judged(now, prediction, STAGED, atMs).trust, trust)
const good = (count: number, fromMs: number): (readonly [Prediction, number])[] => Array.from({ length: count }, (_, at) => [GOOD, fromMs + at * HOUR] as const)

describe('staged autonomy', () => {
  it('rises by one mode after good days, and no further than it may', () => {
    const trust = after(trustIn('recommend', 0), good(7 * 24, HOUR))
    expect(risen(after(trustIn('recommend', 0), good(7 * 24 - 1, HOUR)), STAGED, 7 * DAY).change).toBeNull()
    expect(risen(trust, STAGED, 7 * DAY)).toMatchObject({ trust: { mode: 'approve', good: 0 }, change: { code: 'trustRose' } })
    expect(risen(trust, { ...STAGED, upTo: 'recommend' }, 7 * DAY).change).toBeNull()
    expect(risen(after(trustIn('automatic', 0), good(7 * 24, HOUR)), STAGED, 7 * DAY).change).toBeNull()
  })
  it('does not rise on silence: of days without a prediction two hours count', () => {
    expect(risen(trustIn('recommend', 0), STAGED, 365 * DAY).change).toBeNull()
    const stoodStill = after(trustIn('recommend', 0), [...good(12, HOUR), ...good(12, 30 * DAY)])
    expect([stoodStill.goodMs, risen(stoodStill, STAGED, 31 * DAY).change]).toEqual([25 * HOUR, null])
  })
  it('begins to count anew after a miss', () => {
    const trust = after(trustIn('recommend', 0), [...good(72, HOUR), [BAD, 3 * DAY], ...good(7 * 24 - 1, 3 * DAY + HOUR)])
    expect(risen(trust, STAGED, 10 * DAY).change).toBeNull()
    expect(risen(after(trust, [[GOOD, 10 * DAY]]), STAGED, 10 * DAY).trust.mode).toBe('approve')
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
  it('begins in the mode that was recorded, while the file says the same as then, and never above what is allowed', () => {
    const recorded = { trust: trustIn('automatic', 5), configured: 'recommend' as const }
    const mode = (...args: Parameters<typeof trustAtStart>): string => trustAtStart(...args).mode
    expect(trustAtStart(recorded, 'recommend', null, STAGED, DAY)).toEqual(recorded.trust)
    expect(mode(recorded, 'observe', null, STAGED, DAY)).toBe('observe')
    expect(mode(recorded, 'recommend', 'approve', STAGED, DAY)).toBe('approve')
    expect(mode(recorded, 'recommend', null, { ...STAGED, upTo: 'approve' }, DAY)).toBe('approve')
    expect(mode(recorded, 'recommend', null, null, DAY)).toBe('automatic')
    expect(mode(null, 'recommend', null, STAGED, DAY)).toBe('recommend')
  })
})
