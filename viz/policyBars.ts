import { max, scaleLinear, select } from 'd3'
import type { Comparison, MetricComparison, PolicyFigure } from '../src/report/comparison.ts'
import { figureText, relativeText, signedText, unitText } from '../src/report/figureText.ts'
import type { MetricId } from '../src/report/metrics.ts'

const SHOWN: readonly MetricId[] = ['energyKwh', 'violationRatio', 'migrations', 'hostsOnMean', 'powerCycles']
const ROW_HEIGHT = 56
const DIGIT_WIDTH = 8.2

/** One small chart a metric, a bar a policy; whiskers are the interval of the difference from the base, set where the base ends. */
export function drawPolicyBars(parent: HTMLElement, comparison: Comparison): void {
  // All panels stand before one is drawn: only then does the grid say how wide each is.
  const panels = SHOWN.map((id) => ({ figure: document.createElement('figure'), metric: comparison.metrics.find((metric) => metric.id === id)! }))
  parent.replaceChildren(...panels.map(({ figure }) => figure))
  for (const { figure, metric } of panels) drawPanel(figure, metric, comparison)
}

export function barsCaption({ metrics, base, policies }: Comparison): string {
  if (policies.length === 1) return ''
  const hasIntervals = metrics.some((metric) => metric.policies.some(({ difference }) => difference?.interval !== undefined && difference.interval !== null))
  const line = `Dashed: ${base}, which the others are compared with.`
  return hasIntervals ? `${line} Whisker: 95 % interval of the difference; where it reaches the dashed line, the two are not distinguishable.` : `${line} No whiskers: what was run supports no interval.`
}

function drawPanel(figure: HTMLElement, metric: MetricComparison, comparison: Comparison): void {
  const caption = figure.appendChild(document.createElement('figcaption'))
  const unit = unitText(metric.unit)
  caption.textContent = `${metric.label[0]!.toUpperCase()}${metric.label.slice(1)}${unit === '' ? '' : `, ${unit}`}`
  const width = Math.max(130, figure.clientWidth)
  const base = metric.policies.find(({ policy }) => policy === comparison.base)!
  const reach = ({ mean, difference }: PolicyFigure): number => Math.max(mean, difference?.interval ? base.mean + difference.interval.high : 0)
  const valueWidth = 12 + DIGIT_WIDTH * Math.max(...metric.policies.map(({ mean }) => figureText(mean, metric).length))
  const x = scaleLinear([0, (max(metric.policies, reach) ?? 0) || 1], [0, width - valueWidth])
  const svg = select(figure).append('svg').attr('width', width).attr('height', metric.policies.length * ROW_HEIGHT).attr('role', 'img')
  svg.attr('aria-label', `${caption.textContent}: ${metric.policies.map(({ policy, mean }) => `${policy} ${figureText(mean, metric)}`).join(', ')}`)
  if (comparison.policies.length > 1) svg.append('line').attr('class', 'base-line').attr('x1', x(base.mean)).attr('x2', x(base.mean)).attr('y1', 17).attr('y2', metric.policies.length * ROW_HEIGHT - 20)
  const row = svg.selectAll('g').data(metric.policies).join('g').attr('class', ({ policy }) => (policy === comparison.base ? 'row base' : 'row')).attr('transform', (_, index) => `translate(0,${index * ROW_HEIGHT})`)
  const lengthMax = Math.floor(width / 7.2)
  row.append('text').attr('class', 'name').attr('y', 13).text(({ policy }) => (policy.length > lengthMax ? `${policy.slice(0, lengthMax - 1)}…` : policy)).append('title').text(({ policy }) => policy)
  row.append('rect').attr('class', 'bar').attr('y', 19).attr('height', 14).attr('width', ({ mean }) => Math.max(1, x(Math.max(0, mean))))
  row.append('text').attr('class', 'value').attr('x', width).attr('y', 31).attr('text-anchor', 'end').text(({ mean }) => figureText(mean, metric))
  row.append('text').attr('class', 'against').attr('y', 46).text((shown) => againstText(shown, metric))
  row.filter(({ difference }) => difference?.interval !== undefined && difference.interval !== null && difference.verdict !== 'equal').each(function drawWhisker({ difference }) {
    const lowEnd = base.mean + difference!.interval!.low
    const low = x(Math.max(0, lowEnd))
    const high = x(Math.max(0, base.mean + difference!.interval!.high))
    // An interval that reaches below zero runs out of the chart there: without a cap.
    select(this).append('path').attr('class', 'whisker').attr('d', `${lowEnd >= 0 ? `M${low},22v8` : ''}M${high},22v8M${low},26H${high}`)
  })
}

function againstText({ difference }: PolicyFigure, metric: MetricComparison): string {
  if (difference === null) return ''
  switch (difference.verdict) {
    case 'equal': return 'equal'
    case 'notDistinguishable': return 'not distinguishable'
    case 'noInterval': return difference.mean === 0 ? '' : `${amountText(difference, metric)}, no interval`
    case 'noSpread': return `${amountText(difference, metric)}, no spread`
    case 'less':
    case 'more': return amountText(difference, metric)
  }
}

const amountText = ({ ratio, mean }: { readonly ratio: number | null; readonly mean: number }, metric: MetricComparison): string => relativeText(ratio) ?? signedText(mean, metric)
