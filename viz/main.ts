import type { PageContent, PageRun } from './pageContent.ts'
import { barsCaption, drawPolicyBars } from './policyBars.ts'
import { createRunPicker } from './runPicker.ts'
import { drawRun } from './runView.ts'
import { createTheme } from './theme.ts'
import { createTooltip } from './tooltip.ts'

const element = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no element ${id}`)
  return found
}

/** Draws the page from the content that stands in it. */
function start(): void {
  const content = JSON.parse(element('content').textContent) as PageContent
  const tooltip = createTooltip(element('tooltip'), element('spoken'))
  const bars = element('bars')
  const panel = document.createElement('div')
  Object.assign(panel, { id: 'run-panel', className: 'run-panel' })
  panel.setAttribute('role', 'tabpanel')
  let shown: PageRun | null = null
  const draw = (): void => {
    drawPolicyBars(bars, content.comparison)
    if (shown !== null) drawRun(panel, shown, theme(), tooltip)
  }
  const theme = createTheme(element('theme') as HTMLButtonElement, draw)
  element('bars-caption').textContent = barsCaption(content.comparison)
  const picker = document.createElement('div')
  picker.className = 'picker'
  element('run').replaceChildren(picker, panel)
  drawPolicyBars(bars, content.comparison)
  if (content.runs.length === 0) element('run-section').hidden = true
  else {
    createRunPicker(picker, panel, { runs: content.runs, opened: content.comparison.leastEnergy.policy }, (run) => {
      shown = run
      drawRun(panel, run, theme(), tooltip)
    })
  }
  redrawOnResize(draw)
}

/** Charts are drawn to the pixel; a change of width draws them again, once a frame at most. */
function redrawOnResize(draw: () => void): void {
  let width = document.documentElement.clientWidth
  window.addEventListener('resize', () => requestAnimationFrame(() => {
    if (document.documentElement.clientWidth === width) return
    width = document.documentElement.clientWidth
    draw()
  }))
}

start()
