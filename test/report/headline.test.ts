import { describe, expect, it } from 'vitest'
import { seededRng } from '../../sim/random.ts'
import type { RunSummary } from '../../src/model/run.ts'
import { compareRuns } from '../../src/report/compare.ts'
import { headline } from '../../src/report/headline.ts'
import { day, summary } from './summaries.ts'

const week = (policy: string, energyKwh: number, wobble = 1): RunSummary => summary(policy, 1, [0, 3, 1, 4, 2, 5, 1].map((value, index) => day({ energyKwh: energyKwh + value + wobble * ((index * 5) % 4) })))
const answer = (...runs: RunSummary[]): readonly string[] => headline(compareRuns(runs, { warmupMs: 0, rng: seededRng(1) }))

describe('the answer at the top of a report', () => {
  it('names the policy with the least energy and its saving', () => {
    expect(answer(week('none', 100, 0), week('save', 50))[0]).toMatch(/^save takes least energy: 37\d\.0 kWh, 3\d\d\.0 kWh \(4\d\.\d %\) less than none\.$/)
  })

  it('names those that can not be told from it, though both differ from the base', () => {
    expect(answer(week('none', 100, 0), week('save', 50, 1), week('both', 51.4, 0))[1]).toBe('Not distinguishable from it in energy: both.')
  })

  it('does not name a winner when none can be told from another', () => {
    expect(answer(week('none', 100, 0), week('save', 98.5, 1))[0]).toMatch(/^No policy can be told from another by its energy/)
  })

  it('says when nothing is better than the base', () => {
    expect(answer(week('none', 50, 0), week('save', 100))[0]).toBe('No policy takes less energy than none: 366.0 kWh.')
  })

  it('hedges what one run of one day shows', () => {
    expect(answer(summary('none', 1, [day({ energyKwh: 9 })]), summary('save', 1, [day({ energyKwh: 5 })]))[0]).toBe('save takes least energy: 5.0 kWh, 4.0 kWh (44.4 %) less than none in what was run, with no interval to judge it by.')
  })

  it('of one policy gives its figures', () => {
    expect(answer(summary('none', 1))).toEqual(['none takes 100.0 kWh.', 'Under none, VMs miss their service level in 0.100 % of their minutes, with 5 migrations.'])
  })
})
