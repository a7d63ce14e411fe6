import { max, scaleLinear, select } from 'd3'
import type { ChartContext } from './chartContext.ts'
import type { Lane, Mark } from './pageContent.ts'
import { addReading } from './reading.ts'
import { AXIS_HEIGHT, drawCursorLine, drawTimeAxis, drawWarmup } from './timeFrame.ts'
import type { Svg } from './timeFrame.ts'
import { timeText } from './times.ts'

const LANE_HEIGHT = 46
const LABEL_HEIGHT = 17
const MARK_HEIGHT_MIN = 4

interface Place {
  readonly lane: number
  /** Index into the lane's marks. */
  readonly mark: number
}

/** What was done and why: a lane a reason, a mark for each short span of time with something in it, its height the count. */
export function drawTimeline(parent: HTMLElement, context: ChartContext): void {
  const { run, frame } = context
  const { lanes } = run.timeline
  const wrap = parent.appendChild(document.createElement('div'))
  wrap.className = 'timeline chart'
  if (lanes.length === 0) {
    wrap.textContent = 'Nothing was started in this run.'
    return
  }
  const height = lanes.length * LANE_HEIGHT
  const svg = select(wrap).append('svg').attr('width', frame.width).attr('height', height + AXIS_HEIGHT).attr('aria-hidden', 'true')
  drawWarmup(svg, frame, height)
  lanes.forEach((lane, index) => drawLane(svg, lane, index, context))
  drawTimeAxis(svg, frame, height)
  drawCursorLine(svg, frame, height, context.cursor)
  addTimelineReading(wrap, svg, context)
}

function drawLane(svg: Svg, lane: Lane, index: number, { run, frame }: ChartContext): void {
  const group = svg.append('g').attr('class', `lane ${lane.kind}`).attr('transform', `translate(0,${index * LANE_HEIGHT})`)
  const most = max(lane.marks, ({ count }) => count) ?? 1
  const height = scaleLinear([0, most], [0, LANE_HEIGHT - LABEL_HEIGHT - 4])
  const foot = LANE_HEIGHT - 3
  const width = Math.max(2, frame.x(run.timeline.binMs) - frame.x(0) - 0.5)
  group.append('line').attr('class', 'grid').attr('x1', frame.left).attr('x2', frame.width - frame.right).attr('y1', foot).attr('y2', foot)
  group.append('text').attr('class', 'lane-label').attr('x', frame.left).attr('y', 13).text(`${lane.label}: ${lane.count}`)
  group.append('text').attr('class', 'tick').attr('x', frame.left - 5).attr('y', LABEL_HEIGHT + 8).attr('text-anchor', 'end').text(most > 1 ? most : '')
  const drawCounts = (className: string, marks: readonly Mark[], countOf: (mark: Mark) => number): void => {
    const rects = group.append('g').selectAll('rect').data(marks).join('rect').attr('class', className)
    rects.attr('x', ({ bin }) => frame.x(bin * run.timeline.binMs)).attr('width', width)
    rects.attr('y', (mark) => foot - Math.max(MARK_HEIGHT_MIN, height(countOf(mark)))).attr('height', (mark) => Math.max(MARK_HEIGHT_MIN, height(countOf(mark))))
  }
  drawCounts('mark', lane.marks, ({ count }) => count)
  drawCounts('failed', lane.marks.filter(({ failed }) => failed > 0), ({ failed }) => failed)
}

function addTimelineReading(wrap: HTMLElement, svg: Svg, context: ChartContext): void {
  const { run, frame, cursor, tooltip } = context
  const { lanes, binMs } = run.timeline
  const box = svg.append('rect').attr('class', 'cell-cursor').attr('visibility', 'hidden')
  let at: Place = { lane: 0, mark: 0 }
  const show = (place: Place, isSpoken: boolean): void => {
    at = { lane: place.lane, mark: Math.max(0, Math.min(lanes[place.lane]!.marks.length - 1, place.mark)) }
    const mark = lanes[at.lane]!.marks[at.mark]!
    const left = frame.x(mark.bin * binMs)
    box.attr('visibility', 'visible').attr('x', left - 2).attr('width', Math.max(6, frame.x(binMs) - frame.x(0) + 3)).attr('y', at.lane * LANE_HEIGHT + LABEL_HEIGHT - 1).attr('height', LANE_HEIGHT - LABEL_HEIGHT)
    cursor.set((mark.bin + 0.5) * binMs)
    const lines = markLines(lanes[at.lane]!, { ...mark, actions: mark.actions.slice(0, frame.isNarrow ? 2 : 4) }, run.startUnixMs, binMs)
    const bounds = wrap.getBoundingClientRect()
    tooltip.show(wrap, { x: bounds.left + left, y: bounds.top + (at.lane + 1) * LANE_HEIGHT - 10 }, lines)
    if (isSpoken) tooltip.speak(lines)
  }
  const hide = (): void => {
    box.attr('visibility', 'hidden')
    cursor.set(null)
    tooltip.hide(wrap)
  }
  addReading(wrap, {
    role: 'timeline',
    label: `Migrations and powering by reason, policy ${run.policy}. Left and right go to the mark before and after, up and down to another reason.`,
    pointAt: (event) => {
      const place = underPointer(event, wrap, context)
      if (place === null) hide()
      else show(place, false)
    },
    focus: () => show(at, true),
    press: ({ key }) => {
      const next = moved(at, key, lanes)
      if (next !== null) show(next, true)
      return next !== null
    },
    hide,
  })
}

const REACH_PX = 8

/** The nearest mark of the lane under the pointer, if one is near. */
function underPointer(event: PointerEvent, wrap: HTMLElement, { run, frame }: ChartContext): Place | null {
  const bounds = wrap.getBoundingClientRect()
  const laneIndex = Math.floor((event.clientY - bounds.top) / LANE_HEIGHT)
  const lane = run.timeline.lanes[laneIndex]
  if (lane === undefined) return null
  const mark = nearest(lane.marks, frame.x.invert(event.clientX - bounds.left) / run.timeline.binMs - 0.5)
  const distance = Math.abs(frame.x((lane.marks[mark]!.bin + 0.5) * run.timeline.binMs) - (event.clientX - bounds.left))
  return distance <= REACH_PX ? { lane: laneIndex, mark } : null
}

function nearest(marks: readonly Mark[], bin: number): number {
  let best = 0
  for (let index = 1; index < marks.length; index++) if (Math.abs(marks[index]!.bin - bin) < Math.abs(marks[best]!.bin - bin)) best = index
  return best
}

function moved({ lane, mark }: Place, key: string, lanes: readonly Lane[]): Place | null {
  const toLane = (next: number): Place | null => (lanes[next] === undefined ? null : { lane: next, mark: nearest(lanes[next].marks, lanes[lane]!.marks[mark]!.bin) })
  switch (key) {
    case 'ArrowLeft': return { lane, mark: mark - 1 }
    case 'ArrowRight': return { lane, mark: mark + 1 }
    case 'ArrowUp': return toLane(lane - 1)
    case 'ArrowDown': return toLane(lane + 1)
    case 'Home': return { lane, mark: 0 }
    case 'End': return { lane, mark: lanes[lane]!.marks.length - 1 }
    default: return null
  }
}

function markLines({ label }: Lane, { bin, count, failed, actions }: Mark, startUnixMs: number, binMs: number): string[] {
  const title = `${timeText(startUnixMs + bin * binMs)}, ${label}: ${count}${failed > 0 ? `, ${failed} failed` : ''}`
  const told = actions.flatMap(({ atMs, what, why, how }) => [`${timeText(startUnixMs + atMs).slice(-5)} ${what} (${how})`, why])
  const lines = told.filter((line, index) => told.indexOf(line) === index)
  return count > actions.length ? [title, ...lines, `and ${count - actions.length} more`] : [title, ...lines]
}
