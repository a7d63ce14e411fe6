import { FIGURES, figureOf } from '../config/figures.ts'
import type { RunSummary } from '../model/run.ts'
import { csvCell } from '../report/comparisonCsv.ts'
import { textTable } from './textTable.ts'

const fixed = (digits: number) => (value: number): string => value.toFixed(digits)
const percent = (value: number): string => `${(value * 100).toFixed(3)} %`

type Column = readonly [heading: string, value: (run: RunSummary) => string]

const STANDARD: readonly Column[] = [
  ['energy kWh', (run) => fixed(2)(run.energyKwh)],
  ['hosts on', (run) => fixed(2)(run.hostsOnMean)],
  ['utilization', (run) => `${(run.utilizationMean * 100).toFixed(1)} %`],
  ['SLA violation', (run) => percent(run.sla.violationRatio)],
  ['worst VM', (run) => percent(run.sla.worstVmRatio)],
  ['migrations', (run) => String(run.migrations)],
  ['power offs', (run) => String(run.powerOffs)],
  ['unplaced', (run) => String(run.unplacedAtEnd)],
]

const REFERENCE: readonly Column[] = [
  ['energy kWh', (run) => (run.reference?.energyKwh ?? NaN).toFixed(6)],
  ['migrations', (run) => String(run.reference?.migrations)],
  ['SLATAH', (run) => (run.reference?.slatah ?? NaN).toFixed(9)],
  ['PDM', (run) => (run.reference?.pdm ?? NaN).toFixed(9)],
  ['SLAV', (run) => (run.reference?.slav ?? NaN).toExponential(6)],
  ['ESV', (run) => (run.reference?.esv ?? NaN).toFixed(9)],
  ['shutdowns', (run) => String(run.reference?.hostShutdowns)],
  ['to bound', (run) => (run.reference?.energyToBound ?? NaN).toFixed(2)],
]

/** Columns for what runs cost, where one has a tariff. */
function costColumns(runs: readonly RunSummary[]): readonly Column[] {
  const currencies = [...new Set(runs.flatMap(({ cost }) => cost?.currency ?? []))]
  const price = currencies.map((currency): Column => [`cost ${currency}`, ({ cost }) => (cost?.currency === currency ? cost.totalPrice.toFixed(2) : '-')])
  return runs.every(({ cost }) => (cost?.carbonKg ?? null) === null) ? price : [...price, ['CO2e kg', ({ cost }) => cost?.carbonKg?.toFixed(2) ?? '-']]
}

/** Figures of runs, one line each. */
export function summaryTable(runs: readonly RunSummary[]): string {
  const columns = runs.every((run) => run.reference !== null) ? REFERENCE : [...STANDARD, ...costColumns(runs)]
  const hasScenarios = new Set(runs.map((run) => run.scenario)).size > 1
  const head = [...(hasScenarios ? ['scenario'] : []), 'policy', 'seed', ...columns.map(([heading]) => heading)]
  const rows = runs.map((run) => [...(hasScenarios ? [run.scenario] : []), run.policy, String(run.seed), ...columns.map(([, value]) => value(run))])
  return textTable([head, ...rows], hasScenarios ? [0, 1] : [0])
}

/** What each class of VMs got, one line a class and run: the share of VM-minutes within their service level. Null where no run has two classes. */
export function classTable(runs: readonly RunSummary[]): string | null {
  if (runs.every(({ slaByClass }) => Object.keys(slaByClass).length < 2)) return null
  const hasScenarios = new Set(runs.map((run) => run.scenario)).size > 1
  const head = [...(hasScenarios ? ['scenario'] : []), 'policy', 'seed', 'class', 'VMs', 'SLA attainment', 'p99 VM violates', 'worst VM violates']
  const rows = runs.flatMap((run) =>
    Object.entries(run.slaByClass).map(([name, { vmCount, violationRatio, p99VmRatio, worstVmRatio }]) => [...(hasScenarios ? [run.scenario] : []), run.policy, String(run.seed), name, String(vmCount), percent(1 - violationRatio), percent(p99VmRatio), percent(worstVmRatio)]),
  )
  return textTable([head, ...rows], hasScenarios ? [0, 1, 3] : [0, 2])
}

/** All figures of runs as CSV. */
export function summaryCsv(runs: readonly RunSummary[]): string {
  const figures = runs.some(({ cost }) => cost !== undefined) ? FIGURES : FIGURES.filter((figure) => !figure.startsWith('cost.'))
  const rows = [['scenario', 'policy', 'seed', ...figures], ...runs.map((run) => [run.scenario, run.policy, run.seed, ...figures.map((figure) => figureOf(run, figure))])]
  return rows.map((row) => row.map(csvCell).join(',')).join('\n')
}
