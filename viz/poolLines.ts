import { area, curveStepAfter, line, max, scaleLinear, select } from 'd3'
import type { ChartContext } from './chartContext.ts'
import { floatsFromBase64 } from './columns.ts'
import { addReading } from './reading.ts'
import { AXIS_HEIGHT, drawCursorLine, drawTimeAxis, drawWarmup } from './timeFrame.ts'
import type { Svg } from './timeFrame.ts'
import { timeText } from './times.ts'

interface Band {
  readonly title: string
  readonly unit: string
  readonly top: number
  readonly height: number
  readonly lines: readonly { readonly label: string; readonly className: string; readonly values: Float32Array; readonly isFilled: boolean }[]
  /** Least top of the scale. */
  readonly topMin: number
}

const BAND_HEIGHT = 112
const TITLE_HEIGHT = 24

/** Demand against capacity, hosts on, and power over time, one below the other on one time axis. */
export function drawPoolLines(parent: HTMLElement, context: ChartContext): void {
  const { frame } = context
  const bands = poolBands(context)
  const height = bands.length * (BAND_HEIGHT + TITLE_HEIGHT)
  const wrap = parent.appendChild(document.createElement('div'))
  wrap.className = 'lines chart'
  const svg = select(wrap).append('svg').attr('width', frame.width).attr('height', height + AXIS_HEIGHT)
  for (const band of bands) drawBand(svg, band, context)
  drawTimeAxis(svg, frame, height)
  drawCursorLine(svg, frame, height, context.cursor)
  addPoolReading(wrap, bands, context)
}

function poolBands({ run, frame }: ChartContext): readonly Band[] {
  const scaled = (text: string, divisor: number): Float32Array => floatsFromBase64(text).map((value) => value / divisor)
  const { lines } = run
  const stacked = (index: number): { top: number; height: number } => ({ top: index * (BAND_HEIGHT + TITLE_HEIGHT) + TITLE_HEIGHT, height: BAND_HEIGHT })
  return [
    {
      title: 'CPU', unit: 'GHz', ...stacked(0), topMin: 0,
      lines: [
        { label: frame.isNarrow ? 'capacity' : 'capacity of hosts on', className: 'capacity', values: scaled(lines.capacityOnMhz, 1000), isFilled: true },
        { label: 'demand', className: 'demand', values: scaled(lines.demandMhz, 1000), isFilled: false },
        { label: 'delivered', className: 'delivered', values: scaled(lines.deliveredMhz, 1000), isFilled: false },
      ],
    },
    { title: 'Hosts on', unit: `of ${run.hostCount}`, ...stacked(1), topMin: run.hostCount, lines: [{ label: 'hosts on', className: 'hosts', values: scaled(lines.hostsOn, 1), isFilled: true }] },
    { title: 'Power', unit: 'kW', ...stacked(2), topMin: 0, lines: [{ label: 'power', className: 'power', values: scaled(lines.powerW, 1000), isFilled: true }] },
  ]
}

function drawBand(svg: Svg, band: Band, { run, frame }: ChartContext): void {
  const group = svg.append('g').attr('transform', `translate(0,${band.top})`)
  const top = Math.max(band.topMin, ...band.lines.map(({ values }) => max(values) ?? 0)) || 1
  const y = scaleLinear([0, top], [band.height - 4, 4]).nice(3)
  drawWarmup(group as unknown as Svg, frame, band.height - 4)
  for (const tick of y.ticks(3)) {
    group.append('line').attr('class', 'grid').attr('x1', frame.left).attr('x2', frame.width - frame.right).attr('y1', y(tick)).attr('y2', y(tick))
    group.append('text').attr('class', 'tick').attr('x', frame.left - 5).attr('y', y(tick) + 4).attr('text-anchor', 'end').text(tick)
  }
  const pointMs = run.lines.rowsPerPoint * run.rowMs
  for (const { values, className, isFilled } of band.lines) {
    const x = (_: number, index: number): number => frame.x(index * pointMs)
    const points = Array.from(values)
    if (isFilled) group.append('path').attr('class', `area ${className}`).attr('d', area<number>(x, y(0), (value) => y(value)).curve(curveStepAfter)(points))
    group.append('path').attr('class', `line ${className}`).attr('d', line<number>(x, (value) => y(value)).curve(curveStepAfter)(points))
  }
  drawTitle(group as unknown as Svg, band, frame.left)
}

/** The title names the unit and doubles as legend where there are several lines. */
function drawTitle(group: Svg, { title, unit, lines }: Band, left: number): void {
  const text = group.append('text').attr('class', 'band-title').attr('x', left).attr('y', -7)
  text.append('tspan').attr('class', 'strong').text(`${title}, ${unit}`)
  if (lines.length === 1) return
  for (const { label, className } of lines) {
    text.append('tspan').attr('class', `swatch ${className}`).attr('dx', 12).text('■')
    text.append('tspan').attr('dx', 4).text(label)
  }
}

function addPoolReading(wrap: HTMLElement, bands: readonly Band[], { run, frame, cursor, tooltip }: ChartContext): void {
  const pointMs = run.lines.rowsPerPoint * run.rowMs
  let at = 0
  const show = (point: number, y: number, isSpoken: boolean): void => {
    at = Math.max(0, Math.min(run.lines.points - 1, point))
    cursor.set((at + 0.5) * pointMs)
    const readings = bands.flatMap((band) => band.lines.map(({ label, values }) => `${label}: ${figure(values[at]!)} ${band.unit}`))
    const lines = [timeText(run.startUnixMs + at * pointMs), ...readings]
    tooltip.show(wrap, { x: wrap.getBoundingClientRect().left + frame.x((at + 0.5) * pointMs), y }, lines)
    if (isSpoken) tooltip.speak(lines)
  }
  const hide = (): void => {
    cursor.set(null)
    tooltip.hide(wrap)
  }
  const middle = (): number => wrap.getBoundingClientRect().top + BAND_HEIGHT
  addReading(wrap, {
    role: 'line chart',
    label: `Demand, capacity, hosts on and power over time, policy ${run.policy}. Left and right arrow keys move, with Shift by ten.`,
    pointAt: (event) => {
      const atMs = frame.x.invert(event.clientX - wrap.getBoundingClientRect().left)
      if (atMs < 0 || atMs >= run.durationMs) hide()
      else show(Math.floor(atMs / pointMs), event.clientY, false)
    },
    focus: () => show(at, middle(), true),
    press: ({ key, shiftKey }) => {
      const stride = shiftKey ? 10 : 1
      const next = key === 'ArrowLeft' ? at - stride : key === 'ArrowRight' ? at + stride : key === 'Home' ? 0 : key === 'End' ? run.lines.points - 1 : null
      if (next !== null) show(next, middle(), true)
      return next !== null
    },
    hide,
  })
}

const figure = (value: number): string => (Number.isNaN(value) ? 'none' : value >= 100 ? value.toFixed(0) : value.toFixed(1))
