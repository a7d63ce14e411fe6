import { describe, expect, it } from 'vitest'
import { seededRng } from '../../sim/random.ts'
import { BadInput } from '../../src/model/result.ts'
import type { RunSummary } from '../../src/model/run.ts'
import { compareRuns } from '../../src/report/compare.ts'
import type { CompareOptions } from '../../src/report/compare.ts'
import type { Comparison, Difference } from '../../src/report/comparison.ts'
import type { MetricId } from '../../src/report/metrics.ts'
import { day, summary } from './summaries.ts'

const compared = (runs: readonly RunSummary[], options: Partial<CompareOptions> = {}): Comparison => compareRuns(runs, { warmupMs: 86_400_000, rng: seededRng(1), ...options })

function differenceOf(comparison: Comparison, metric: MetricId, policy = 'save'): Difference {
  return comparison.metrics.find(({ id }) => id === metric)!.policies.find((figure) => figure.policy === policy)!.difference!
}

/** A week in which every day differs, and `save` takes `savedKwh` less on each, more or less. */
function week(policy: string, savedKwh: number, wobbleKwh = 1): RunSummary {
  const days = [120, 118, 121, 119, 117, 60, 58].map((energyKwh, index) => day({ energyKwh: energyKwh - savedKwh + wobbleKwh * [0.3, -0.5, 0.2, 0.9, -0.8, 0.1, -0.2][index]! }))
  return summary(policy, 1, days)
}

describe('a comparison over seeds', () => {
  const bases = [100, 130, 90, 160].map((energyKwh, seed) => summary('none', seed, [day({ energyKwh })]))
  const saves = [90, 119, 81, 149].map((energyKwh, seed) => summary('save', seed, [day({ energyKwh })]))

  it('pairs by seed, whatever order the runs come in', () => {
    const forward = compared([...bases, ...saves])
    expect(compared([...bases.toReversed(), ...saves])).toEqual(forward)
    const difference = differenceOf(forward, 'energyKwh')
    expect(difference.mean).toBeCloseTo(-10.25, 9)
    // Differences -10, -11, -9, -11: sd 0.9574, t(3) 3.1824.
    expect(difference.interval!.low).toBeCloseTo(-10.25 - (3.1824 * 0.9574) / 2, 3)
    expect(difference.method).toEqual({ kind: 'seeds', pairs: 4 })
    expect(difference.verdict).toBe('less')
  })

  it('finds with common seeds what unpaired runs would hide', () => {
    const spread = Math.max(...bases.map((run) => run.energyKwh)) - Math.min(...bases.map((run) => run.energyKwh))
    const { interval } = differenceOf(compared([...bases, ...saves]), 'energyKwh')
    expect(interval!.high - interval!.low).toBeLessThan(spread / 10)
  })

  it('says "not distinguishable" where the interval holds zero', () => {
    const noisy = [108, 119, 98, 149].map((energyKwh, seed) => summary('save', seed, [day({ energyKwh })]))
    expect(differenceOf(compared([...bases, ...noisy]), 'energyKwh').verdict).toBe('notDistinguishable')
  })

  it('leaves out a seed that one policy has not run with, and says so', () => {
    const comparison = compared([...bases, ...saves.slice(1)])
    expect(comparison.seeds).toEqual([1, 2, 3])
    expect(comparison.notes.at(-1)).toBe('Left out, because not every policy has run with them: seed 0.')
  })

  it('takes no confidence from seeds that change nothing: then the days speak', () => {
    const repeated = [1, 2, 3].flatMap((seed) => [{ ...week('none', 0, 0), seed }, { ...week('save', 20), seed }])
    const difference = differenceOf(compared(repeated), 'energyKwh')
    expect(difference.method.kind).toBe('days')
    expect(difference.interval!.high).toBeGreaterThan(difference.interval!.low)
  })

  it('says "no spread" where all pairs differ by the same and no days can speak', () => {
    const comparison = compared([1, 2].flatMap((seed) => [summary('none', seed), summary('save', seed, [day()], { wakeFailures: 1 })]))
    expect(differenceOf(comparison, 'wakeFailures').verdict).toBe('noSpread')
    expect(differenceOf(comparison, 'unplaced').verdict).toBe('equal')
  })

  it('compares with the base it is told', () => {
    const comparison = compared([...bases, ...saves], { base: 'save' })
    expect(differenceOf(comparison, 'energyKwh', 'none').verdict).toBe('more')
    expect(differenceOf(comparison, 'energyKwh', 'save')).toBeNull()
  })
})

describe('a comparison over the days of one seed', () => {
  it('finds a saving that is steady over the days', () => {
    const difference = differenceOf(compared([week('none', 0, 0), week('save', 20)]), 'energyKwh')
    expect(difference.method).toEqual({ kind: 'days', days: 7, blockDays: 2 })
    expect(difference.verdict).toBe('less')
    expect(difference.mean).toBeCloseTo(-140, 6)
    expect(difference.interval!.low).toBeLessThan(-140)
    expect(difference.interval!.high).toBeLessThan(-120)
  })

  it('does not find one that is small against its spread', () => {
    expect(differenceOf(compared([week('none', 0, 0), week('save', 0.2, 20)]), 'energyKwh').verdict).toBe('notDistinguishable')
  })

  it('takes a ratio over resampled days as violated minutes over all minutes, not as a mean of ratios', () => {
    const days = (scale: number): ReturnType<typeof day>[] => [1000, 50, 40, 1000, 30, 900, 1000].map((vmMinutes, index) => day({ vmMinutes, violationMinutes: (index % 3) * scale }))
    const difference = differenceOf(compared([summary('none', 1, days(1)), summary('save', 1, days(2))]), 'violationRatio')
    expect(difference.mean).toBeCloseTo(6 / 4020, 9)
    expect(difference.interval!.high - difference.mean).toBeLessThan(0.02)
  })

  it('gives no interval to what has one figure a run', () => {
    expect(differenceOf(compared([week('none', 0), week('save', 9)]), 'worstVmRatio')).toMatchObject({ verdict: 'noInterval', method: { kind: 'none', why: 'one figure a run' } })
  })

  it('can be asked for, with several seeds', () => {
    const runs = [1, 2].flatMap((seed) => [{ ...week('none', seed), seed }, { ...week('save', 20 + seed ** 2), seed }])
    expect(differenceOf(compared(runs, { over: 'days' }), 'energyKwh').method.kind).toBe('days')
    expect(differenceOf(compared(runs), 'energyKwh').method.kind).toBe('seeds')
  })

  it('is the same again with the same seed', () => {
    expect(compared([week('none', 0), week('save', 9, 3)])).toEqual(compared([week('none', 0), week('save', 9, 3)]))
  })

  it('with three days gives none', () => {
    const three = (policy: string, energyKwh: number): RunSummary => summary(policy, 1, [day({ energyKwh }), day({ energyKwh: energyKwh + 5 }), day()])
    expect(differenceOf(compared([three('none', 50), three('save', 1)]), 'energyKwh').verdict).toBe('noInterval')
  })
})

describe('one run of one day a policy', () => {
  const comparison = compared([summary('none', 1), summary('save', 1, [day({ energyKwh: 1, migrations: 900 })])])

  it('is never called a difference', () => {
    for (const metric of comparison.metrics) expect(metric.policies[1]!.difference).toMatchObject({ interval: null, verdict: 'noInterval', method: { kind: 'none', why: 'one run' } })
  })

  it('says so in words', () => {
    expect(comparison.notes.join('\n')).toContain('One run: no interval')
  })
})

describe('what is said beside the figures', () => {
  it('states seeds, measured time and the warm-up left out', () => {
    expect(compared([week('none', 0), week('save', 9)]).notes[0]).toBe('2 policies, 1 seed (1); each run is measured for 7 days; the warm-up before it, 1 day, is left out of all figures.')
  })

  it('states the method and what its intervals speak of', () => {
    expect(compared([week('none', 0), week('save', 9)]).notes[1]).toBe('Differences are paired by day; 95 % intervals by block bootstrap over 7 days in blocks of 2. They speak of days like these.')
  })

  it('of one policy is what was measured, and no more', () => {
    expect(compared([week('none', 0)]).notes).toHaveLength(1)
  })
})

describe('a comparison refuses', () => {
  const issuesOf = (act: () => unknown): string[] => {
    try {
      act()
    } catch (error) {
      if (error instanceof BadInput) return error.issues.map(({ path, message }) => `${path} ${message}`)
    }
    return []
  }

  it('no runs at all', () => {
    expect(issuesOf(() => compared([]))).toHaveLength(1)
  })

  it('all that is wrong at once', () => {
    const issues = issuesOf(() => compared([summary('none', 1), summary('none', 1), summary('save', 1, [day()], { scenario: 'other', measuredMs: 5 })], { base: 'absent' }))
    expect(issues.map((issue) => issue.split(':')[0])).toEqual([
      'runs[0] policy none is there twice with seed 1', 'runs[2] is of scenario other, the first run of office', 'runs[2] measured 5 ms, the first run 86400000 ms', 'base no run has the policy absent',
    ])
  })

  it('policies that share no seed', () => {
    expect(issuesOf(() => compared([summary('none', 1), summary('save', 2)]))[0]).toContain('share no seed')
  })

  it('nothing because of a policy named like a property of every object', () => {
    expect(compared([summary('__proto__', 1), summary('constructor', 1)]).policies).toEqual(['__proto__', 'constructor'])
  })
})
