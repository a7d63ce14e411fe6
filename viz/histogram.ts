import { max, scaleLinear, select } from 'd3'
import type { Theme } from './heatColours.ts'
import { utilizationColour } from './heatColours.ts'
import type { PageRun } from './pageContent.ts'

const HEIGHT = 180
const LEFT = 44
const FOOT = 36

/** How the host-time with a host on divides over utilization. */
export function drawHistogram(parent: HTMLElement, { distribution, policy }: PageRun, theme: Theme): void {
  const { binWidth, shares, onShare, mean } = distribution
  const width = Math.max(240, parent.clientWidth)
  const x = scaleLinear([0, shares.length * binWidth], [LEFT, width - 8])
  const y = scaleLinear([0, Math.max(0.01, max(shares) ?? 0)], [HEIGHT - FOOT, 10]).nice(3)
  const svg = select(parent).append('svg').attr('class', 'histogram').attr('width', width).attr('height', HEIGHT).attr('role', 'img')
  svg.attr('aria-label', `Distribution of utilization, policy ${policy}: hosts are on in ${percent(onShare)} of host-time, then ${percent(mean)} utilized on average.`)
  for (const tick of y.ticks(3)) {
    svg.append('line').attr('class', 'grid').attr('x1', LEFT).attr('x2', width - 8).attr('y1', y(tick)).attr('y2', y(tick))
    svg.append('text').attr('class', 'tick').attr('x', LEFT - 5).attr('y', y(tick) + 4).attr('text-anchor', 'end').text(`${Math.round(tick * 1000) / 10} %`)
  }
  const bars = svg.selectAll('rect').data(shares).join('rect').attr('x', (_, bin) => x(bin * binWidth) + 0.5).attr('width', x(binWidth) - x(0) - 1)
  bars.attr('y', (share) => y(share)).attr('height', (share) => y(0) - y(share)).attr('fill', (_, bin) => utilizationColour(theme, (bin + 0.5) * binWidth))
  bars.append('title').text((share, bin) => `${percent(bin * binWidth)} to ${bin === shares.length - 1 ? 'any more' : percent((bin + 1) * binWidth)}: ${(share * 100).toFixed(1)} % of host-time on`)
  for (const tick of [0, 0.2, 0.4, 0.6, 0.8, 1]) svg.append('text').attr('class', 'tick').attr('x', x(tick)).attr('y', HEIGHT - FOOT + 15).attr('text-anchor', 'middle').text(percent(tick))
  svg.append('text').attr('class', 'tick').attr('x', (LEFT + width) / 2).attr('y', HEIGHT - 4).attr('text-anchor', 'middle').text('utilization of a host; height: share of host-time on')
}

const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`
