import { scaleLinear } from 'd3'
import type { ScaleLinear, Selection } from 'd3'
import type { PageRun } from './pageContent.ts'
import { timeTicks } from './times.ts'

export type Svg = Selection<SVGSVGElement, unknown, null, undefined>

/** The horizontal frame that all charts of a run share, so that one instant stands at one place in all of them. */
export interface TimeFrame {
  readonly width: number
  readonly left: number
  readonly right: number
  readonly isNarrow: boolean
  readonly startUnixMs: number
  readonly durationMs: number
  readonly warmupMs: number
  readonly x: ScaleLinear<number, number>
}

export const AXIS_HEIGHT = 24

export function timeFrame(width: number, run: PageRun): TimeFrame {
  const isNarrow = width < 560
  const left = isNarrow ? 44 : 76
  const right = 10
  const x = scaleLinear([0, run.durationMs], [left, width - right])
  return { width, left, right, isNarrow, startUnixMs: run.startUnixMs, durationMs: run.durationMs, warmupMs: run.warmupMs, x }
}

/** Days and clock times below a chart of this height, UTC. */
export function drawTimeAxis(svg: Svg, frame: TimeFrame, height: number): void {
  const ticks = timeTicks(frame.startUnixMs, frame.durationMs, Math.max(2, Math.floor((frame.width - frame.left) / 78)))
  const axis = svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${height})`).attr('aria-hidden', 'true')
  const tick = axis.selectAll('g').data(ticks).join('g').attr('transform', ({ atMs }) => `translate(${frame.x(atMs)},0)`)
  tick.append('line').attr('y2', 5)
  tick.append('text').attr('y', 18).attr('text-anchor', ({ atMs }) => (frame.x(atMs) > frame.width - 36 ? 'end' : frame.x(atMs) < 30 ? 'start' : 'middle')).text(({ text }) => text)
}

/** Shades the warm-up, which no figure counts. */
export function drawWarmup(svg: Svg, frame: TimeFrame, height: number): void {
  if (frame.warmupMs === 0) return
  const width = frame.x(frame.warmupMs) - frame.left
  const group = svg.append('g').attr('class', 'warmup')
  group.append('rect').attr('x', frame.left).attr('width', width).attr('height', height)
  if (width > 56) group.append('text').attr('x', frame.left + 4).attr('y', 11).text('warm-up')
}

/** One instant, followed by all charts of a run. */
export interface TimeCursor {
  set(atMs: number | null): void
  follow(listener: (atMs: number | null) => void): void
}

export function createTimeCursor(): TimeCursor {
  const listeners: ((atMs: number | null) => void)[] = []
  return {
    set: (atMs) => listeners.forEach((listener) => listener(atMs)),
    follow: (listener) => void listeners.push(listener),
  }
}

/** A line over a chart at the cursor's instant. */
export function drawCursorLine(svg: Svg, frame: TimeFrame, height: number, cursor: TimeCursor): void {
  const line = svg.append('line').attr('class', 'cursor-line').attr('y2', height).attr('visibility', 'hidden')
  cursor.follow((atMs) => {
    line.attr('visibility', atMs === null ? 'hidden' : 'visible')
    if (atMs !== null) line.attr('x1', frame.x(atMs)).attr('x2', frame.x(atMs))
  })
}
