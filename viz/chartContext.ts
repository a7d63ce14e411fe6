import type { Theme } from './heatColours.ts'
import type { PageRun } from './pageContent.ts'
import type { TimeCursor, TimeFrame } from './timeFrame.ts'
import type { Tooltip } from './tooltip.ts'

/** What each chart of a run is drawn with. */
export interface ChartContext {
  readonly run: PageRun
  readonly frame: TimeFrame
  readonly cursor: TimeCursor
  readonly tooltip: Tooltip
  readonly theme: Theme
}
