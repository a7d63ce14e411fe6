import type { Comparison, Difference, MetricComparison, PolicyFigure } from '../src/report/comparison.ts'
import { verdictText } from '../src/report/comparison.ts'
import { escapeHtml } from '../src/report/escapeHtml.ts'
import { figureText, relativeText, signedText, unitText } from '../src/report/figureText.ts'

/** A row for each metric, a column for each policy but the base; a cell gives the difference, its interval and the verdict. */
export function differenceTable({ metrics, policies, base }: Comparison): string {
  const others = policies.filter((policy) => policy !== base)
  const head = `<tr><th scope="col">Metric</th><th scope="col" class="figure">${escapeHtml(base)}</th>${others.map((policy) => `<th scope="col">${escapeHtml(policy)}</th>`).join('')}</tr>`
  return `<div class="scroll" tabindex="0" role="region" aria-label="Differences from ${escapeHtml(base)}"><table class="differences"><thead>${head}</thead><tbody>${metrics.map((metric) => differenceRow(metric, base)).join('\n')}</tbody></table></div>`
}

function differenceRow(metric: MetricComparison, base: string): string {
  const baseFigure = metric.policies.find(({ policy }) => policy === base)!
  const cells = metric.policies.filter(({ policy }) => policy !== base).map((figure) => `<td>${differenceCell(metric, figure)}</td>`)
  return `<tr><th scope="row">${metricName(metric)}</th><td class="figure">${figureText(baseFigure.mean, metric)}</td>${cells.join('')}</tr>`
}

function differenceCell(metric: MetricComparison, { difference, mean }: PolicyFigure): string {
  if (difference === null) return figureText(mean, metric)
  const relative = relativeText(difference.ratio)
  const amount = difference.mean === 0 ? '' : `<span class="amount">${signedText(difference.mean, metric)}${relative === null ? '' : ` (${relative})`}</span> `
  return `${amount}${verdictChip(metric, difference)}${intervalText(metric, difference)}`
}

/** Colour is never alone: the word says the same. */
function verdictChip(metric: MetricComparison, { verdict, mean, method }: Difference): string {
  if (verdict === 'noInterval' && mean === 0) return '<span class="verdict">no difference seen</span>'
  const tone = metric.id === 'hostsOnMean' ? 'neutral' : verdict === 'less' ? 'good' : verdict === 'more' ? 'bad' : 'neutral'
  const why = method.kind === 'none' ? ` title="${escapeHtml(method.why)}"` : ''
  return `<span class="verdict ${tone}"${why}>${verdictText[verdict]}</span>`
}

function intervalText(metric: MetricComparison, { interval, verdict }: Difference): string {
  if (interval === null || verdict === 'equal' || verdict === 'noSpread') return ''
  return `<br><span class="interval">${signedText(interval.low, metric)} to ${signedText(interval.high, metric)}</span>`
}

/** Means over seeds, with least and greatest where there are several seeds. */
export function figureTable({ metrics, policies, seeds }: Comparison): string {
  const head = `<tr><th scope="col">Metric</th>${policies.map((policy) => `<th scope="col" class="figure">${escapeHtml(policy)}</th>`).join('')}</tr>`
  const rows = metrics.map((metric) => {
    const cells = metric.policies.map(({ mean, min, max }) => `<td class="figure">${figureText(mean, metric)}${seeds.length > 1 ? `<br><span class="interval">${figureText(min, metric)} to ${figureText(max, metric)}</span>` : ''}</td>`)
    return `<tr><th scope="row">${metricName(metric)}</th>${cells.join('')}</tr>`
  })
  return `<div class="scroll" tabindex="0" role="region" aria-label="All figures"><table><thead>${head}</thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

function metricName(metric: MetricComparison): string {
  const unit = unitText(metric.unit)
  return unit === '' ? metric.label : `${metric.label}, ${unit}`
}
