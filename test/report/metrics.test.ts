import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { METRICS } from '../../src/report/metrics.ts'
import { day, summary } from './summaries.ts'

describe('the metrics by which policies are compared', () => {
  it('give over all days of a run what they give for the run', () => {
    const figures = fc.record({ energyKwh: fc.nat(500), violationMinutes: fc.nat(50), vmMinutes: fc.integer({ min: 60, max: 9000 }), migrations: fc.nat(90), powerCycles: fc.nat(9), hostsOnMean: fc.nat(40) })
    fc.assert(fc.property(fc.array(figures, { minLength: 1, maxLength: 9 }), (days) => {
      const run = summary('none', 1, days)
      for (const metric of METRICS) if (metric.ofDays !== null) expect(metric.ofDays(days), metric.id).toBeCloseTo(metric.ofRun(run), 9)
    }))
  })

  it('take no ratio of days without VMs', () => {
    const ratio = METRICS.find(({ id }) => id === 'violationRatio')!
    expect(ratio.ofDays!([day({ vmMinutes: 0, violationMinutes: 0 })])).toBe(0)
  })
})
