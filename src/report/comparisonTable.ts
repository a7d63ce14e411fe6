import type { Comparison, Difference, MetricComparison, PolicyFigure } from './comparison.ts'
import { verdictText } from './comparison.ts'
import { figureText, relativeText, signedText, unitText } from './figureText.ts'

/** The comparison for a terminal: figures with a row a policy, then differences from the base with a row each, then notes. No colour; ends without a line feed. */
export function comparisonTable(comparison: Comparison): string {
  const parts = [comparison.scenario, textTable(figureRows(comparison), [0])]
  const differences = differenceRows(comparison)
  if (differences.length > 1) parts.push(`Differences from ${comparison.base}`, textTable(differences, [0, 1, 5]))
  return [...parts, ...withoutInterval(comparison), comparison.notes.join('\n')].join('\n\n')
}

/** The minutes and the ratio share a label: the second column's heading is its unit. */
function figureRows({ metrics, policies }: Comparison): string[][] {
  const labels = ['policy', ...metrics.map((metric, index) => (metrics[index - 1]?.label === metric.label ? '' : metric.label))]
  const units = ['', ...metrics.map((metric) => unitText(metric.unit))]
  const rows = policies.map((policy, index) => [policy, ...metrics.map((metric) => figureText(metric.policies[index]!.mean, metric))])
  return [labels, units, ...rows]
}

function differenceRows(comparison: Comparison): string[][] {
  const rows = comparison.metrics.flatMap((metric) => metric.policies.filter(isJudged).map((figure) => differenceRow(metric, figure, figure.difference)))
  return [['metric', 'policy', 'difference', 'relative', '95 % interval', ''], ...rows]
}

type Judged = PolicyFigure & { readonly difference: Difference }

/** Where one figure a run is all there is, the table of figures says everything. */
const isJudged = (figure: PolicyFigure): figure is Judged => figure.difference !== null && figure.difference.interval !== null && figure.difference.verdict !== 'equal'

function differenceRow(metric: MetricComparison, figure: PolicyFigure, difference: Difference): string[] {
  const { interval, ratio } = difference
  const between = interval === null ? '' : `${signedText(interval.low, metric)} to ${signedText(interval.high, metric)}`
  const unit = unitText(metric.unit)
  return [unit === '' ? metric.label : `${metric.label}, ${unit}`, figure.policy, signedText(difference.mean, metric), relativeText(ratio) ?? '', between, verdictText[difference.verdict]]
}

/** Metrics that no interval can be given for, and why; said once a metric. */
function withoutInterval({ metrics, base }: Comparison): string[] {
  const lines = new Map<string, string[]>()
  for (const metric of metrics) {
    const method = metric.policies.find((figure) => figure.policy !== base)?.difference?.method
    if (method?.kind !== 'none') continue
    lines.set(method.why, [...(lines.get(method.why) ?? []), metric.id === 'violationRatio' ? `${metric.label} ratio` : metric.label])
  }
  return lines.size === 0 ? [] : [[...lines].map(([why, labels]) => `No interval (${why}): ${labels.join(', ')}.`).join('\n')]
}

/** Columns of words to the left, of figures to the right. */
function textTable(rows: readonly (readonly string[])[], wordColumns: readonly number[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const cell = (text: string, column: number): string => (wordColumns.includes(column) ? text.padEnd(widths[column]!) : text.padStart(widths[column]!))
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n')
}
