import type { Comparison, MetricComparison, PolicyFigure } from './comparison.ts'

const HEADINGS = ['scenario', 'metric', 'unit', 'policy', 'mean', 'min', 'max', 'seeds', 'base', 'difference', 'differenceRatio', 'low', 'high', 'verdict', 'method'] as const

/** The comparison as CSV (RFC 4180, but with line feeds): a row for each metric and policy, figures in full digits, ratios as ratios, empty where there is none. */
export function comparisonCsv(comparison: Comparison): string {
  const rows = comparison.metrics.flatMap((metric) => metric.policies.map((figure) => row(comparison, metric, figure)))
  return [HEADINGS, ...rows].map((cells) => cells.map(csvCell).join(',') + '\n').join('')
}

function row({ scenario, base, seeds }: Comparison, { id, unit }: MetricComparison, { policy, mean, min, max, difference }: PolicyFigure): (string | number | null)[] {
  const compared = difference === null ? [null, null, null, null, null, null] : [difference.mean, difference.ratio, difference.interval?.low ?? null, difference.interval?.high ?? null, difference.verdict, difference.method.kind]
  return [scenario, id, unit, policy, mean, min, max, seeds.length, base, ...compared]
}

/** A text that a spreadsheet would take for a formula gets an apostrophe before it: names come from files of others. */
export function csvCell(cell: string | number | null): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
