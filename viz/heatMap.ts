import { select } from 'd3'
import { HOST_STATES } from '../src/model/run.ts'
import type { ChartContext } from './chartContext.ts'
import { drawHeat, heatBytes } from './heatCanvas.ts'
import type { HeatBytes } from './heatCanvas.ts'
import { NO_UTILIZATION, UTILIZATION_STEPS } from './heatCells.ts'
import { addReading } from './reading.ts'
import { drawCursorLine, drawTimeAxis } from './timeFrame.ts'
import type { Svg, TimeFrame } from './timeFrame.ts'
import { timeText } from './times.ts'
import { codeText } from './timelineMarks.ts'

interface Cell {
  readonly band: number
  readonly column: number
}

/** Host x time map of utilization and state; pointer and arrow keys move one cursor over it. */
export function drawHeatMap(parent: HTMLElement, context: ChartContext): void {
  const { run, frame, theme } = context
  const bytes = heatBytes(run.heat)
  const height = mapHeight(run.heat.bands)
  const wrap = parent.appendChild(document.createElement('div'))
  wrap.className = 'heat chart'
  wrap.style.height = `${height + 24}px`
  const canvas = wrap.appendChild(document.createElement('canvas'))
  const plotWidth = frame.width - frame.left - frame.right
  const ratio = window.devicePixelRatio
  Object.assign(canvas, { width: Math.max(1, Math.round(plotWidth * ratio)), height: Math.round(height * ratio) })
  Object.assign(canvas.style, { left: `${frame.left}px`, width: `${plotWidth}px`, height: `${height}px` })
  canvas.setAttribute('aria-hidden', 'true')
  drawHeat(canvas, bytes, theme)
  const svg = select(wrap).append('svg').attr('width', frame.width).attr('height', height + 24).attr('aria-hidden', 'true')
  drawHostLabels(svg, run.heat.labels, frame, height)
  drawTimeAxis(svg, frame, height)
  drawWarmupEnd(svg, frame, height)
  drawCursorLine(svg, frame, height, context.cursor)
  addCursor(wrap, svg, bytes, context, height)
}

const mapHeight = (bands: number): number => Math.max(96, Math.min(500, bands * (bands > 60 ? 4 : 11)))

function drawHostLabels(svg: Svg, labels: readonly string[], frame: TimeFrame, height: number): void {
  const rowHeight = height / labels.length
  const every = Math.max(1, Math.ceil(14 / rowHeight))
  const lengthMax = frame.isNarrow ? 6 : 11
  const shown = labels.map((label, band) => ({ text: label.split(' ')[0]!, band })).filter(({ band }) => band % every === 0)
  svg.append('g').attr('class', 'axis').selectAll('text').data(shown).join('text').attr('x', frame.left - 5).attr('text-anchor', 'end')
    .attr('y', ({ band }) => (band + 0.5) * rowHeight + 4).text(({ text }) => (text.length > lengthMax ? `…${text.slice(1 - lengthMax)}` : text))
}

/** A shade would falsify the colours: a line tells where the figures begin. */
function drawWarmupEnd(svg: Svg, { x, warmupMs }: TimeFrame, height: number): void {
  if (warmupMs > 0) svg.append('line').attr('class', 'warmup-end').attr('x1', x(warmupMs)).attr('x2', x(warmupMs)).attr('y2', height)
}

function addCursor(wrap: HTMLElement, svg: Svg, bytes: HeatBytes, context: ChartContext, height: number): void {
  const { frame, tooltip, cursor, run } = context
  const { heat } = run
  const box = svg.append('rect').attr('class', 'cell-cursor').attr('visibility', 'hidden')
  const cellMs = heat.rowsPerColumn * run.rowMs
  const rowHeight = height / heat.bands
  let at: Cell = { band: 0, column: 0 }
  const show = (cell: Cell, isSpoken: boolean): void => {
    at = { band: Math.max(0, Math.min(heat.bands - 1, cell.band)), column: Math.max(0, Math.min(heat.columns - 1, cell.column)) }
    const left = frame.x(at.column * cellMs)
    const width = frame.x((at.column + 1) * cellMs) - left
    box.attr('visibility', 'visible').attr('x', left - 1).attr('y', at.band * rowHeight - 1).attr('width', Math.max(4, width + 2)).attr('height', rowHeight + 2)
    cursor.set((at.column + 0.5) * cellMs)
    const lines = cellLines(bytes, context, at)
    const place = wrap.getBoundingClientRect()
    tooltip.show(wrap, { x: place.left + left + width, y: place.top + (at.band + 0.5) * rowHeight }, lines)
    if (isSpoken) tooltip.speak(lines)
  }
  const hide = (): void => {
    box.attr('visibility', 'hidden')
    cursor.set(null)
    tooltip.hide(wrap)
  }
  addReading(wrap, {
    role: 'heat map',
    label: `Utilization of ${run.hostCount} hosts over time, policy ${run.policy}. Arrow keys move, with Shift by ten; Home and End go to start and end.`,
    pointAt: (event) => {
      const place = wrap.getBoundingClientRect()
      const atMs = frame.x.invert(event.clientX - place.left)
      const band = Math.floor((event.clientY - place.top) / rowHeight)
      if (atMs < 0 || atMs >= run.durationMs || band < 0 || band >= heat.bands) hide()
      else show({ band, column: Math.floor(atMs / cellMs) }, false)
    },
    focus: () => show(at, true),
    press: (event) => {
      const next = moved(at, event, heat)
      if (next !== null) show(next, true)
      return next !== null
    },
    hide,
  })
}

function moved({ band, column }: Cell, { key, shiftKey }: KeyboardEvent, { columns }: { readonly columns: number }): Cell | null {
  const stride = shiftKey ? 10 : 1
  switch (key) {
    case 'ArrowLeft': return { band, column: column - stride }
    case 'ArrowRight': return { band, column: column + stride }
    case 'ArrowUp': return { band: band - stride, column }
    case 'ArrowDown': return { band: band + stride, column }
    case 'PageUp': return { band: band - 10, column }
    case 'PageDown': return { band: band + 10, column }
    case 'Home': return { band, column: 0 }
    case 'End': return { band, column: columns - 1 }
    default: return null
  }
}

function cellLines({ heat, utilization, peak, state, share }: HeatBytes, { run }: ChartContext, { band, column }: Cell): string[] {
  const cell = band * heat.columns + column
  const cellMs = heat.rowsPerColumn * run.rowMs
  const lines = [heat.labels[band]!, timeText(run.startUnixMs + column * cellMs)]
  const used = utilization[cell]!
  const name = codeText(HOST_STATES[state[cell]!]!)
  if (used !== NO_UTILIZATION) lines.push(`utilization ${Math.round((used / UTILIZATION_STEPS) * 100)} %${heat.hostsPerBand > 1 || heat.rowsPerColumn > 1 ? ', mean while on' : ''}`)
  if (used !== NO_UTILIZATION && peak.length > 0) lines.push(`most utilized host ${Math.round((peak[cell]! / UTILIZATION_STEPS) * 100)} %`)
  if (share[cell]! === 255 && heat.hostsPerBand === 1) lines.push(name)
  else if (share[cell]! > 0) lines.push(`${Math.round((share[cell]! / 255) * 100)} % of this cell not on (${name})`)
  return lines
}
