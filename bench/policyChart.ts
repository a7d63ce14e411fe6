import type { PolicyRun } from './policyReport.ts'

const WIDTH = 460
const HEIGHT = 360
const LEFT = 60
const BOTTOM = 50
const COLOURS = ['#0b6e99', '#b3541e', '#5a7d2a', '#7a4f9a', '#a33b3b', '#3d6b6b', '#8a6d1f', '#666666']

interface Dot {
  readonly family: string
  readonly energy: number
  readonly violation: number
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Energy over the bound against SLA violation, one panel a trace, one dot a setting; drawn from the runs alone. */
export function policyChart(runs: readonly PolicyRun[]): string {
  const traces = [...new Set(runs.map(({ trace }) => trace))]
  const families = [...new Set(runs.map(({ family }) => family))]
  const panels = traces.map((trace, at) => `<g transform="translate(${at * WIDTH},0)">${panel(trace, dotsOf(runs.filter((run) => run.trace === trace)), families)}</g>`)
  const legend = families.map((family, at) => `<g transform="translate(${LEFT + (at % 5) * 180},${HEIGHT + 16 + Math.floor(at / 5) * 18})">${mark(families, family, 5, -4)}<text x="16" y="0">${family}</text></g>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${traces.length * WIDTH}" height="${HEIGHT + 20 + Math.ceil(families.length / 5) * 18}" font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n${[...panels, ...legend].join('\n')}\n</svg>\n`
}

function dotsOf(runs: readonly PolicyRun[]): Dot[] {
  const groups = new Map<string, PolicyRun[]>()
  for (const run of runs) groups.set(`${run.family} ${run.setting}`, [...(groups.get(`${run.family} ${run.setting}`) ?? []), run])
  return [...groups.values()].map((own) => ({ family: own[0]!.family, energy: mean(own.map(({ energyKwh, boundKwh }) => energyKwh / boundKwh)), violation: mean(own.map(({ violationRatio }) => violationRatio)) }))
}

/** Violation on a logarithmic scale from 0.0001 % to 10 % of VM-minutes; less is drawn at the foot. */
function panel(trace: string, dots: readonly Dot[], families: readonly string[]): string {
  const most = Math.max(...dots.map(({ energy }) => energy)) * 1.05
  const x = (energy: number): number => LEFT + ((energy - 1) / (most - 1)) * (WIDTH - LEFT - 20)
  const y = (violation: number): number => 30 + ((-1 - Math.log10(Math.max(1e-6, Math.min(0.1, violation)))) / 5) * (HEIGHT - BOTTOM - 30)
  const rows = [-6, -5, -4, -3, -2, -1].map((power) => `<line x1="${LEFT}" x2="${WIDTH - 20}" y1="${y(10 ** power)}" y2="${y(10 ** power)}" stroke="#dddddd"/><text x="${LEFT - 6}" y="${y(10 ** power) + 4}" text-anchor="end">${Number((100 * 10 ** power).toPrecision(1))} %</text>`)
  const step = most > 4 ? 1 : 0.5
  const ticks = Array.from({ length: Math.floor((most - 1) / step) + 1 }, (_, at) => 1 + at * step).map((energy) => `<text x="${x(energy)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${energy}</text>`)
  const marks = dots.map(({ family, energy, violation }) => mark(families, family, x(energy), y(violation)))
  return `<text x="${LEFT}" y="18" font-weight="bold">${trace}: VM-minutes below their service level</text>${rows.join('')}${ticks.join('')}<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 12}" text-anchor="middle">energy / clairvoyant bound</text>${marks.join('')}`
}

/** Ours is a filled circle; the others differ by colour and form. */
function mark(families: readonly string[], family: string, x: number, y: number): string {
  const at = families.indexOf(family)
  const colour = COLOURS[at % COLOURS.length]!
  if (family === 'plimsoll') return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="6" fill="${colour}"/>`
  const form = Math.floor(at / COLOURS.length) % 2 === 0 ? `<rect x="${(x - 4).toFixed(1)}" y="${(y - 4).toFixed(1)}" width="8" height="8"` : `<path d="M ${x.toFixed(1)} ${(y - 5).toFixed(1)} l 5 9 l -10 0 z"`
  return `${form} fill="none" stroke="${colour}" stroke-width="2"/>`
}
