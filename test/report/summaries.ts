import type { DayFigures, RunSummary } from '../../src/model/run.ts'

const DAY_MS = 86_400_000

export function day(figures: Partial<DayFigures> = {}): DayFigures {
  return { energyKwh: 100, violationMinutes: 10, vmMinutes: 10_000, migrations: 5, powerCycles: 2, hostsOnMean: 20, ...figures }
}

/** A summary whose totals follow from its days, unless said otherwise. */
export function summary(policy: string, seed: number, days: readonly DayFigures[] = [day()], figures: Partial<RunSummary> = {}): RunSummary {
  const total = (of: (day: DayFigures) => number): number => days.reduce((sum, each) => sum + of(each), 0)
  const violationMinutes = total((each) => each.violationMinutes)
  const vmMinutes = total((each) => each.vmMinutes)
  return {
    formatVersion: 1, scenario: 'office', policy, seed, measuredMs: days.length * DAY_MS, energyKwh: total((each) => each.energyKwh),
    hostsOnMean: total((each) => each.hostsOnMean) / days.length, hostsOnMin: 2, hostsOnMax: 40, utilizationMean: 0.4, demandMhzMean: 1000, undeliveredRatio: 0.001,
    sla: { vmCount: 100, vmMinutes, violationMinutes, violationRatio: violationMinutes / vmMinutes, p99VmRatio: 0.01, worstVmRatio: 0.05, worstVm: 'v1', downtimeS: 3 },
    slaByClass: {}, migrations: total((each) => each.migrations), migrationsFailed: 0, migratedMib: 1, migrationMeanS: 20,
    powerOns: total((each) => each.powerCycles), powerOffs: total((each) => each.powerCycles), wakeFailures: 0, hostFailures: 0, placements: 0,
    placementWaitMeanS: 0, unplacedAtEnd: 0, decisions: 100, days, reference: null, ...figures,
  }
}
