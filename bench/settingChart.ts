import type { SettingRow } from './settingRows.ts'

/** What one value of a setting gave. */
export interface SettingPoint {
  readonly value: string
  readonly energyKwh: number
  readonly migrations: number
  readonly powerOffs: number
  /** VM-minutes below their service level beyond those of the policy that moves nothing. */
  readonly violationMinutes: number
}

export interface SettingResult {
  readonly row: SettingRow
  /** The base policy's own value, or null where it is none of those shown. */
  readonly ownValue: string | null
  readonly points: readonly SettingPoint[]
}

type Measure = Exclude<keyof SettingPoint, 'value'>

const MEASURES: readonly { readonly key: Measure; readonly title: string; readonly colour: string; /** The scale reaches at least so far: tiny differences stay tiny. */ readonly topMin: number }[] = [
  { key: 'energyKwh', title: 'energy, kWh', colour: '#0b6e99', topMin: 1 },
  { key: 'migrations', title: 'migrations', colour: '#b3541e', topMin: 100 },
  { key: 'powerOffs', title: 'power-offs', colour: '#7a4f9a', topMin: 5 },
  { key: 'violationMinutes', title: 'VM-minutes below service, beyond none’s', colour: '#a33b3b', topMin: 50 },
]

const PANEL_WIDTH = 250
const PANEL_HEIGHT = 120
const HEAD = 46
const MARGIN = 16

/** One line of four panels a setting: its values from left to right, each figure with its number; the base policy's own value is filled. */
export function settingChart(results: readonly SettingResult[]): string {
  const scales = new Map(MEASURES.map(({ key, topMin }) => [key, Math.max(topMin, ...results.flatMap(({ points }) => points.map((point) => point[key])))] as const))
  const lines = results.map((result, at) => `<g transform="translate(0,${at * (PANEL_HEIGHT + HEAD)})">${line(result, scales)}</g>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${MEASURES.length * PANEL_WIDTH + 2 * MARGIN}" height="${results.length * (PANEL_HEIGHT + HEAD) + MARGIN}" font-family="sans-serif" font-size="11">\n<rect width="100%" height="100%" fill="white"/>\n${lines.join('\n')}\n</svg>\n`
}

function line({ row, ownValue, points }: SettingResult, scales: ReadonlyMap<Measure, number>): string {
  const also = row.also.length === 0 ? '' : ` with ${row.also.join(', ')}`
  const title = `<text x="${MARGIN}" y="20" font-size="13"><tspan font-weight="bold">${row.setting}</tspan><tspan fill="#555555"> from ${row.policy}${also}</tspan></text>`
  const panels = MEASURES.map(({ key, title: name, colour }, at) => `<g transform="translate(${MARGIN + at * PANEL_WIDTH},${HEAD - 14})">${panel(points, key, scales.get(key)!, ownValue, name, colour)}</g>`)
  return title + panels.join('')
}

/** The scale begins at 0 and is the same for all settings of a chart, so that what matters looks large. */
function panel(points: readonly SettingPoint[], key: Measure, most: number, ownValue: string | null, name: string, colour: string): string {
  const width = PANEL_WIDTH - 30
  const x = (at: number): number => 20 + (points.length === 1 ? 0.5 : at / (points.length - 1)) * (width - 40)
  const y = (value: number): number => PANEL_HEIGHT - 34 - (Math.max(0, value) / most) * (PANEL_HEIGHT - 66)
  const path = points.map((point, at) => `${at === 0 ? 'M' : 'L'} ${x(at).toFixed(1)} ${y(point[key]).toFixed(1)}`).join(' ')
  const dots = points.map((point, at) => {
    const [cx, cy] = [x(at).toFixed(1), y(point[key])]
    return `<circle cx="${cx}" cy="${cy.toFixed(1)}" r="4" fill="${point.value === ownValue ? colour : 'white'}" stroke="${colour}" stroke-width="1.5"/><text x="${cx}" y="${(cy - 8).toFixed(1)}" text-anchor="middle">${number(point[key])}</text><text x="${cx}" y="${PANEL_HEIGHT - 16}" text-anchor="middle" fill="#555555">${point.value === 'null' ? 'not set' : point.value}</text>`
  })
  return `<text x="0" y="10" fill="#555555">${name}</text><line x1="0" x2="${width}" y1="${y(0)}" y2="${y(0)}" stroke="#cccccc"/><path d="${path}" fill="none" stroke="${colour}"/>${dots.join('')}`
}

export const number = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toFixed(1)).toString())
