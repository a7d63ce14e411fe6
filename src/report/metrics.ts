import type { DayFigures, RunSummary } from '../model/run.ts'

export const METRIC_IDS = ['energyKwh', 'violationMinutes', 'violationRatio', 'p99VmRatio', 'worstVmRatio', 'migrations', 'hostsOnMean', 'powerCycles', 'wakeFailures', 'unplaced', 'totalPrice', 'carbonKg'] as const
export type MetricId = (typeof METRIC_IDS)[number]

/** One figure by which policies are compared. Less is better for every one but `hostsOnMean`, which is neither. */
export interface Metric {
  readonly id: MetricId
  /** For people; the unit stands in `unit`. */
  readonly label: string
  /** What the stored value is counted in; ratios are shown as percent. */
  readonly unit: 'kWh' | 'VM-minutes' | 'ratio' | 'count' | 'hosts' | 'currency' | 'kg'
  /** Digits behind the point where people read it. */
  readonly digits: number
  readonly ofRun: (run: RunSummary) => number
  /** The figure over some days of a run, or null where a day has no such figure. */
  readonly ofDays: ((days: readonly DayFigures[]) => number) | null
}

/** In the order in which people read them: what it costs, what it harms, what it does. */
export const METRICS: readonly Metric[] = [
  { id: 'energyKwh', label: 'energy', unit: 'kWh', digits: 1, ofRun: (run) => run.energyKwh, ofDays: (days) => total(days, (day) => day.energyKwh) },
  { id: 'violationMinutes', label: 'SLA violation', unit: 'VM-minutes', digits: 0, ofRun: (run) => run.sla.violationMinutes, ofDays: (days) => total(days, (day) => day.violationMinutes) },
  { id: 'violationRatio', label: 'SLA violation', unit: 'ratio', digits: 3, ofRun: (run) => run.sla.violationRatio, ofDays: violationRatio },
  { id: 'p99VmRatio', label: 'p99 VM', unit: 'ratio', digits: 2, ofRun: (run) => run.sla.p99VmRatio, ofDays: null },
  { id: 'worstVmRatio', label: 'worst VM', unit: 'ratio', digits: 2, ofRun: (run) => run.sla.worstVmRatio, ofDays: null },
  { id: 'migrations', label: 'migrations', unit: 'count', digits: 0, ofRun: (run) => run.migrations, ofDays: (days) => total(days, (day) => day.migrations) },
  { id: 'hostsOnMean', label: 'hosts on', unit: 'hosts', digits: 1, ofRun: (run) => run.hostsOnMean, ofDays: (days) => total(days, (day) => day.hostsOnMean) / days.length },
  { id: 'powerCycles', label: 'power cycles', unit: 'count', digits: 0, ofRun: (run) => run.powerOffs, ofDays: (days) => total(days, (day) => day.powerCycles) },
  { id: 'wakeFailures', label: 'wake failures', unit: 'count', digits: 0, ofRun: (run) => run.wakeFailures, ofDays: null },
  { id: 'unplaced', label: 'unplaced at end', unit: 'count', digits: 0, ofRun: (run) => run.unplacedAtEnd, ofDays: null },
]

/** Of runs with a tariff. Days have no such figures: prices differ from hour to hour. */
const COST: Metric = { id: 'totalPrice', label: 'cost', unit: 'currency', digits: 2, ofRun: (run) => run.cost?.totalPrice ?? 0, ofDays: null }
const CARBON: Metric = { id: 'carbonKg', label: 'CO2e', unit: 'kg', digits: 2, ofRun: (run) => run.cost?.carbonKg ?? 0, ofDays: null }

/** The figures that all of these runs have. Costs are only compared in one currency. */
export function metricsOf(runs: readonly RunSummary[]): readonly Metric[] {
  const costs = runs.map(({ cost }) => cost)
  if (costs.some((cost) => cost === undefined || cost.currency !== costs[0]?.currency)) return METRICS
  return costs.some((cost) => cost?.carbonKg === null) ? [...METRICS, { ...COST, label: `cost, ${costs[0]?.currency}` }] : [...METRICS, { ...COST, label: `cost, ${costs[0]?.currency}` }, CARBON]
}

function total(days: readonly DayFigures[], figure: (day: DayFigures) => number): number {
  let sum = 0
  for (const day of days) sum += figure(day)
  return sum
}

function violationRatio(days: readonly DayFigures[]): number {
  const minutes = total(days, (day) => day.vmMinutes)
  return minutes === 0 ? 0 : total(days, (day) => day.violationMinutes) / minutes
}
