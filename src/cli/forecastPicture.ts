import type { BacktestResult, HorizonResult } from '../forecast/backtest.ts'
import { bestBaseline } from './forecastText.ts'

const WIDTH = 900
const ROW = 22
const LEFT = 190
const PANEL = 330
const GAP = 30
const TOP = 78
/** Ratios beyond this are drawn at the edge. */
const RATIO_MAX = 2

type Figure = 'mae' | 'pinball'

/** A picture of a back-test: error of the blend and of every simple method over that of the best simple one, by horizon. SVG, or an HTML page with it. */
export function backtestPicture(title: string, { horizons }: BacktestResult, asHtml: boolean): string {
  const svg = picture(title, horizons)
  return asHtml ? `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title><body style="margin:2em;background:#fff">${svg}</body></html>\n` : `${svg}\n`
}

function picture(title: string, horizons: readonly HorizonResult[]): string {
  const height = TOP + horizons.length * ROW + 60
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="13" role="img">`,
    `<title>${escaped(title)}: error of the blend against simple methods</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="16" y="26" font-size="16" font-weight="600">${escaped(title)}: error over that of the best simple method</text>`,
    panel('mean absolute error', LEFT, 'mae', horizons), panel('pinball loss of the 0.9 quantile', LEFT + PANEL + GAP, 'pinball', horizons),
    ...horizons.map((result, row) => labels(result, row)),
    `<circle cx="22" cy="${height - 22}" r="6" fill="#0a6"/><text x="34" y="${height - 18}">blend</text><circle cx="102" cy="${height - 22}" r="4" fill="none" stroke="#888"/><text x="112" y="${height - 18}">a simple method (beyond ${RATIO_MAX}: at the edge)</text>`,
    '</svg>',
  ].join('\n')
}

function panel(name: string, left: number, figure: Figure, horizons: readonly HorizonResult[]): string {
  const bottom = TOP + horizons.length * ROW
  const ticks = [0.6, 0.8, 1, 1.25, 1.5, 2].map((ratio) => {
    const x = place(ratio, left)
    return `<line x1="${x}" x2="${x}" y1="${TOP - 8}" y2="${bottom}" stroke="${ratio === 1 ? '#444' : '#ddd'}"/><text x="${x}" y="${bottom + 16}" text-anchor="middle" fill="#555" font-size="11">${ratio}</text>`
  })
  const rows = horizons.map((result, row) => marks(result, row, left, figure))
  return [`<text x="${left}" y="${TOP - 18}" fill="#333">${name}</text>`, ...ticks, ...rows].join('\n')
}

function marks(result: HorizonResult, row: number, left: number, figure: Figure): string {
  const best = bestBaseline(result, figure).score[figure]
  if (best === 0) return ''
  const y = TOP + row * ROW + ROW / 2
  const others = result.baselines.map(({ name, score }) => `<circle cx="${place(score[figure] / best, left)}" cy="${y}" r="4" fill="none" stroke="#888"><title>${escaped(name)} ${score[figure].toFixed(3)}</title></circle>`)
  const own = result.blend[figure]
  return [...others, `<circle cx="${place(own / best, left)}" cy="${y}" r="6" fill="#0a6"><title>blend ${own.toFixed(3)}</title></circle>`].join('')
}

const labels = ({ horizon, blend }: HorizonResult, row: number): string => `<text x="16" y="${TOP + row * ROW + ROW / 2 + 4}">${escaped(horizon.name)}, covers ${(blend.coverage * 100).toFixed(1)} %</text>`

/** Logarithmic from 0.5 to the limit. */
function place(ratio: number, left: number): string {
  const share = Math.log(Math.min(RATIO_MAX, Math.max(0.5, ratio)) / 0.5) / Math.log(RATIO_MAX / 0.5)
  return (left + share * PANEL).toFixed(1)
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')
