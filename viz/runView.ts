import type { ChartContext } from './chartContext.ts'
import { drawHeatMap } from './heatMap.ts'
import { drawHeatLegend } from './heatLegend.ts'
import type { Theme } from './heatColours.ts'
import { drawHistogram } from './histogram.ts'
import { drawNotes } from './notesTable.ts'
import type { PageRun } from './pageContent.ts'
import { drawPoolLines } from './poolLines.ts'
import { createTimeCursor, timeFrame } from './timeFrame.ts'
import { drawTimeline } from './timeline.ts'
import type { Tooltip } from './tooltip.ts'

/** All charts of one run, in place of what the parent held. */
export function drawRun(parent: HTMLElement, run: PageRun, theme: Theme, tooltip: Tooltip): void {
  tooltip.close()
  parent.replaceChildren()
  const frame = timeFrame(parent.clientWidth, run)
  const context: ChartContext = { run, frame, cursor: createTimeCursor(), tooltip, theme }
  drawHeatMap(block(parent, 'Utilization of each host', heatCaption(run), (body) => drawHeatLegend(body, theme)), context)
  drawPoolLines(block(parent, 'Demand, hosts on and power', `Each point is the mean of ${spanText(run.lines.rowsPerPoint * run.rowMs)}.${run.warmupMs > 0 ? ` Shaded: the warm-up of ${spanText(run.warmupMs)}, which no figure counts.` : ''}`), context)
  drawTimeline(block(parent, 'What was done, and why', `One lane a reason; a mark is ${spanText(run.timeline.binMs)}, its height the number started then; red: those that failed.`), context)
  const columns = parent.appendChild(document.createElement('div'))
  columns.className = 'two-columns'
  const distribution = block(columns, 'Distribution of utilization', distributionCaption(run))
  drawFigures(block(columns, 'Figures of this run', ''), run)
  drawHistogram(distribution, run, theme)
  drawNotes(block(parent, 'What goals said', 'Why each goal did nothing, or no more than it did; most frequent first.'), run)
}

function block(parent: HTMLElement, title: string, caption: string, legend?: (body: HTMLElement) => void): HTMLElement {
  const body = parent.appendChild(document.createElement('section'))
  body.className = 'block'
  body.appendChild(document.createElement('h3')).textContent = title
  if (caption !== '') Object.assign(body.appendChild(document.createElement('p')), { className: 'caption', textContent: caption })
  legend?.(body)
  return body
}

function heatCaption({ heat, hostCount, rowMs }: PageRun): string {
  const bands = heat.hostsPerBand === 1 ? `${hostCount} hosts, a row each` : `${hostCount} hosts in ${heat.bands} rows of ${heat.hostsPerBand}; a row blends the colours of its hosts`
  return `${bands}; a cell is ${spanText(heat.rowsPerColumn * rowMs)}. Times are UTC.`
}

function distributionCaption({ distribution }: PageRun): string {
  const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`
  return `Hosts are on in ${percent(distribution.onShare)} of host-time; while on, they are ${percent(distribution.mean)} utilized on average.`
}

function drawFigures(parent: HTMLElement, { figures }: PageRun): void {
  const list = parent.appendChild(document.createElement('dl'))
  for (const { label, text } of figures) {
    const pair = list.appendChild(document.createElement('div'))
    pair.appendChild(document.createElement('dt')).textContent = label
    pair.appendChild(document.createElement('dd')).textContent = text
  }
}

const spanText = (spanMs: number): string => (spanMs >= 5_400_000 ? `${Math.round(spanMs / 360_000) / 10} h` : spanMs >= 60_000 ? `${Math.round(spanMs / 6000) / 10} min` : `${Math.round(spanMs / 100) / 10} s`)
