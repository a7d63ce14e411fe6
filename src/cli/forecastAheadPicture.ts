import type { Forecast } from '../forecast/forecaster.ts'
import type { Trace } from './forecastTrace.ts'

const WIDTH = 900
const PANEL = 96
const LEFT = 120
const PAST_SAMPLES = 576
const SERIES_MAX = 8
const PAST_WIDTH = 500

/** The last two days of the busiest series and what is expected of them: lines are history, bars reach from the expected value to the quantile. */
export function aheadPicture(trace: Trace, forecast: Forecast, asHtml: boolean): string {
  const { horizons, expected } = forecast
  const shown = trace.names.map((_, series) => series).sort((left, right) => expected[right * horizons.length + horizons.length - 1]! - expected[left * horizons.length + horizons.length - 1]! || left - right).slice(0, SERIES_MAX)
  const height = 50 + shown.length * PANEL + 20
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    '<title>History of the busiest VMs and what is forecast for them</title>', `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    '<text x="16" y="24" font-size="15" font-weight="600">The busiest VMs: CPU of the last samples, and the forecast (dot: expected, bar: up to the 0.9 quantile)</text>',
    ...shown.map((series, row) => panel(trace, forecast, series, 50 + row * PANEL)), '</svg>',
  ].join('\n')
  return asHtml ? `<!doctype html><html lang="en"><meta charset="utf-8"><title>Forecast</title><body style="margin:2em;background:#fff">${svg}</body></html>\n` : `${svg}\n`
}

function panel({ names, history }: Trace, { horizons, levels, expected, quantiles }: Forecast, series: number, top: number): string {
  const values = history.values.subarray(series * history.length + Math.max(0, history.length - PAST_SAMPLES), (series + 1) * history.length)
  const most = Math.max(1, ...values.filter((value) => !Number.isNaN(value)), ...horizons.map((_, h) => quantiles[(series * horizons.length + h + 1) * levels.length - 1]!))
  const y = (value: number): string => (top + (PANEL - 24) * (1 - value / most)).toFixed(1)
  const marks = horizons.map(({ name }, h) => {
    const cell = series * horizons.length + h
    const x = LEFT + PAST_WIDTH + 30 + h * 38
    return `<line x1="${x}" x2="${x}" y1="${y(expected[cell]!)}" y2="${y(quantiles[(cell + 1) * levels.length - 1]!)}" stroke="#0a6" stroke-width="3"/><circle cx="${x}" cy="${y(expected[cell]!)}" r="4" fill="#0a6"/><text x="${x}" y="${top + PANEL - 8}" text-anchor="middle" font-size="9" fill="#555">${name}</text>`
  })
  return [`<text x="16" y="${top + 30}">${names[series]!.slice(0, 16).replace(/&/g, '&amp;').replace(/</g, '&lt;')}</text><text x="${LEFT - 6}" y="${top + 8}" text-anchor="end" font-size="10" fill="#555">${most.toFixed(0)} %</text>`, ...lines(values, y), ...marks].join('\n')
}

/** One line for each stretch without a gap. */
function lines(values: Float32Array, y: (value: number) => string): string[] {
  const found: string[] = []
  let points: string[] = []
  const close = (): void => {
    if (points.length > 0) found.push(`<polyline points="${points.join(' ')}" fill="none" stroke="#457" stroke-width="1"/>`)
    points = []
  }
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) close()
    else points.push(`${(LEFT + (PAST_WIDTH * index) / Math.max(1, values.length - 1)).toFixed(1)},${y(value)}`)
  }
  close()
  return found
}
