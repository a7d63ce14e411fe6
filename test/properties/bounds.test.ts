import { describe, expect, it } from 'vitest'
import { brokenBounds } from '../../bench/bounds/broken.ts'
import { dayOf } from '../../bench/bounds/day.ts'
import { simulate } from '../../sim/run.ts'
import type { PolicySettings } from '../../src/model/policy.ts'
import type { ScenarioRun } from '../../src/model/scenario.ts'
import { greedySolver } from '../../src/optimize/greedy.ts'
import { HOUR, makePolicy } from '../support/parts.ts'

const DAYS = 60
const days = Array.from({ length: DAYS }, (_, number) => dayOf(number + 1)).map((run) => ({ run, made: simulate(run, { solver: greedySolver }) }))

describe('random days of small pools', () => {
  // npm run bench bounds does the same with ten thousand.
  it.each(days)('keep the bounds of their policy: $run.name', ({ run, made }) => {
    expect(brokenBounds(run, made)).toEqual([])
  })

  it('have enough in them to break a bound', () => {
    const sum = (figure: 'migrations' | 'powerOffs' | 'hostFailures'): number => days.reduce((total, { made }) => total + made.summary[figure], 0)
    expect(sum('migrations')).toBeGreaterThan(100)
    expect(sum('powerOffs')).toBeGreaterThan(30)
    expect(sum('hostFailures')).toBeGreaterThan(3)
  })
})

describe('what looks for broken bounds', () => {
  /** The days as they would be judged under a promise that was not made: some must break it. */
  const brokenUnder = (change: (policy: PolicySettings) => PolicySettings): string[] => days.flatMap(({ run, made }) => brokenBounds({ ...run, policy: change(run.policy) }, made))
  const budgets = (parts: Partial<PolicySettings['budgets']>) => (policy: PolicySettings): PolicySettings => ({ ...policy, budgets: { ...policy.budgets, ...parts } })
  const save = (parts: Partial<PolicySettings['powerSave']>) => (policy: PolicySettings): PolicySettings => ({ ...policy, powerSave: { ...policy.powerSave, ...parts } })
  const always = { days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 1440, zone: { name: 'UTC', fromMs: [0], offsetMs: [0] } }

  it.each<[string, (policy: PolicySettings) => PolicySettings, RegExp]>([
    ['a rest that was too short', budgets({ vmCooldownMs: 20 * HOUR }), /of rest/],
    ['too many migrations within an hour', budgets({ migrationsPerHourMax: 0 }), /optional migrations within an hour/],
    ['too many of one host', budgets({ migrationsPerHostHourMax: 0 }), /migrations of h\d within an hour/],
    ['too many power-offs of a host', save({ powerCyclesPerHostDayMax: 0 }), /times in a day/],
    ['too few hosts that serve', save({ hostsOnMin: 6 }), /others serving/],
    ['a blackout', budgets({ blackouts: [always] }), /in a blackout/],
    ['a closed window', save({ enabled: false }), /outside the window/],
    ['no room for failures', (policy) => ({ ...policy, availability: { ...policy.availability, hostFailures: 5 } }), /without room for 5 failures/],
  ])('finds %s', (_, change, expected) => {
    expect(brokenUnder(change).some((text) => expected.test(text))).toBe(true)
  })

  it('finds nothing in a day on which nothing happens', () => {
    const run: ScenarioRun = { ...dayOf(1), policy: makePolicy() }
    expect(brokenBounds(run, { ...days[0]!.made, events: [] })).toEqual([])
  })
})
