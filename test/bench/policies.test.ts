import { describe, expect, it } from 'vitest'
import { lowerEnvelope } from '../../bench/policyBound.ts'
import { hypervolume } from '../../bench/policyReport.ts'

describe('figures of the policy benchmark', () => {
  it('count the area that some point is better than, each part once', () => {
    expect(hypervolume([])).toBe(0)
    expect(hypervolume([{ energy: 0.5, violation: 0.5 }])).toBeCloseTo(0.25, 12)
    expect(hypervolume([{ energy: 0.5, violation: 0.5 }, { energy: 0.6, violation: 0.6 }])).toBeCloseTo(0.25, 12)
    expect(hypervolume([{ energy: 0.5, violation: 0.5 }, { energy: 0.75, violation: 0 }])).toBeCloseTo(0.25 + 0.25 * 0.5, 12)
    expect(hypervolume([{ energy: 1.2, violation: 0 }, { energy: 0, violation: 1 }])).toBe(0)
  })

  it('bound power by the largest convex curve below it', () => {
    const curve = [70, 98, 118, 136, 153, 171, 190, 211, 235, 262, 292]
    const below = lowerEnvelope(curve)
    expect(below.every((watts, at) => watts <= curve[at]! + 1e-9)).toBe(true)
    for (let at = 1; at + 1 < below.length; at++) expect(below[at - 1]! + below[at + 1]!).toBeGreaterThanOrEqual(2 * below[at]! - 1e-9)
    expect([below[0], below.at(-1)]).toEqual([70, 292])
    expect(lowerEnvelope([0, 1, 4, 9])).toEqual([0, 1, 4, 9])
  })
})
