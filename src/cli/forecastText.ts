import type { BacktestResult, HorizonResult } from '../forecast/backtest.ts'
import type { Protocol } from '../forecast/protocols.ts'
import type { Score } from '../forecast/scores.ts'
import { textTable } from './textTable.ts'

/** Weights below this are left out of texts. */
const SHARE_SHOWN = 0.02

/** The method with the least mean absolute error, or the least pinball loss, among the simple ones. */
export function bestBaseline({ baselines }: HorizonResult, figure: 'mae' | 'pinball'): { readonly name: string; readonly score: Score } {
  return baselines.reduce((best, other) => (other.score[figure] < best.score[figure] ? other : best))
}

/** The keys of the document; errors in percent of a VM's size. `names` null: without the series. */
export function backtestJson(protocol: Protocol, result: BacktestResult, names: readonly string[] | null): Record<string, unknown> {
  return {
    protocol: protocol.name,
    horizons: result.horizons.map((horizon) => horizonJson(horizon)),
    ...(names === null ? {} : { series: result.series.map(({ series, mae, coverage }) => ({ name: names[series], mae, coverage90: coverage })) }),
  }
}

function horizonJson({ horizon, blend, baselines, shares, fallbackShare }: HorizonResult): Record<string, unknown> {
  const others = Object.fromEntries(baselines.map(({ name, score }) => [name, { mae: score.mae, pinball90: score.pinball, coverage90: score.coverage, rmse: score.rmse, smape: score.smape, maseMedian: score.maseMedian }]))
  return {
    name: horizon.name, mae: blend.mae, pinball90: blend.pinball, coverage90: blend.coverage, selected: 'blend', baselines: others,
    rmse: blend.rmse, smape: blend.smape, maseMedian: blend.maseMedian, maeToLastValueMedian: blend.maeToLastValueMedian, count: blend.count, fallbackShare,
    weights: Object.fromEntries(shares.map(({ name, expectedWeight, quantileWeight }) => [name, { expected: expectedWeight, quantile90: quantileWeight }])),
  }
}

/** Tables for people: the blend against the best simple methods, then every simple method, then who had a say. */
export function backtestText({ horizons }: BacktestResult): string {
  return [
    'Errors in percent of a VM’s size; gains against the simple method that proved best in hindsight.', '', textTable(summaryRows(horizons)), '',
    'Mean absolute error', '', textTable(methodRows(horizons, 'mae'), [0]), '', 'Pinball loss of the 0.9 quantile', '', textTable(methodRows(horizons, 'pinball'), [0]), '',
    'Who had a say (mean weight in expected value, in quantile)', '', ...horizons.map(sharesText),
  ].join('\n')
}

function summaryRows(horizons: readonly HorizonResult[]): string[][] {
  const head = ['horizon', 'forecasts', 'MAE', 'best simple', 'gain', 'pinball 0.9', 'best simple', 'gain', 'coverage', 'median MASE', 'sMAPE', 'fallback']
  return [head, ...horizons.map((result) => {
    const { blend, horizon, fallbackShare } = result
    const point = bestBaseline(result, 'mae').score.mae
    const upper = bestBaseline(result, 'pinball').score.pinball
    return [
      horizon.name, String(blend.count), blend.mae.toFixed(3), point.toFixed(3), gain(blend.mae, point), blend.pinball.toFixed(4), upper.toFixed(4), gain(blend.pinball, upper),
      blend.coverage.toFixed(3), blend.maseMedian?.toFixed(3) ?? '-', blend.smape.toFixed(3), percent(fallbackShare),
    ]
  })]
}

function methodRows(horizons: readonly HorizonResult[], figure: 'mae' | 'pinball'): string[][] {
  const names = horizons[0]!.baselines.map(({ name }) => name)
  const cell = (score: Score | undefined): string => score?.[figure].toFixed(3) ?? '-'
  return [
    ['method', ...horizons.map(({ horizon }) => horizon.name)], ['blend', ...horizons.map(({ blend }) => cell(blend))],
    ...names.map((name) => [name, ...horizons.map(({ baselines }) => cell(baselines.find((other) => other.name === name)?.score))]),
  ]
}

function sharesText({ horizon, shares }: HorizonResult): string {
  const shown = shares.filter(({ expectedWeight, quantileWeight }) => Math.max(expectedWeight, quantileWeight) >= SHARE_SHOWN)
  return `${horizon.name}: ${shown.map(({ name, expectedWeight, quantileWeight }) => `${name} ${percent(expectedWeight)}, ${percent(quantileWeight)}`).join('; ')}`
}

const percent = (ratio: number): string => `${(100 * ratio).toFixed(0)} %`

/** Negative = less error than the other. */
const gain = (own: number, other: number): string => (other === 0 ? '-' : `${((own / other - 1) * 100).toFixed(1)} %`)
