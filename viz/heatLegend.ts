import { HOST_STATES } from '../src/model/run.ts'
import { HATCHED, STATE_COLOURS, utilizationColour } from './heatColours.ts'
import type { Theme } from './heatColours.ts'
import { codeText } from './timelineMarks.ts'

const STEPS = 24

/** The scale of utilization and the states' colours. */
export function drawHeatLegend(parent: HTMLElement, theme: Theme): void {
  const legend = parent.appendChild(document.createElement('div'))
  legend.className = 'legend'
  const scale = legend.appendChild(document.createElement('span'))
  const stops = Array.from({ length: STEPS + 1 }, (_, step) => utilizationColour(theme, step / STEPS)).join(',')
  const ramp = document.createElement('span')
  ramp.className = 'ramp'
  ramp.style.background = `linear-gradient(to right,${stops})`
  scale.append('0 ', ramp, ' 100 % utilized')
  for (const state of HOST_STATES) {
    if (state === 'on') continue
    const item = legend.appendChild(document.createElement('span'))
    const swatch = document.createElement('span')
    swatch.className = HATCHED.includes(state) ? 'swatch hatched' : 'swatch'
    swatch.style.backgroundColor = STATE_COLOURS[theme][state]
    item.append(swatch, ` ${codeText(state)}`)
  }
}
