import { describe, expect, it } from 'vitest'
import { demandOf } from '../../../sim/whatif/demand.ts'

const GAP = NaN
const seriesOf = (...columns: number[][]): Parameters<typeof demandOf>[0] => {
  const sampleCount = columns[0]!.length
  const codes = new Float32Array(sampleCount * columns.length)
  columns.forEach((samples, column) => samples.forEach((sample, k) => (codes[k * columns.length + column] = sample)))
  return { names: columns.map((_, column) => `c${column}`), stepMs: 10, sampleCount, codes, divisor: 100 }
}

describe('demand over a stretch', () => {
  const rising = seriesOf([10, 20, 30, 40])
  it.each([
    ['mean', 0, 40, 0.25], ['peak', 0, 40, 0.4], ['p95', 0, 40, 0.4],
    ['peak', 0, 20, 0.2], ['mean', 10, 30, 0.25],
    ['peak', 15, 16, 0.2],
    // Past its end the series repeats: 30 .. 60 is 40, 10, 20.
    ['peak', 30, 60, 0.4], ['mean', 40, 50, 0.1], ['mean', 30, 60, 7 / 30],
  ] as const)('%s over [%d, %d) ms is %d', (statistic, fromMs, toMs, ratio) => {
    expect(demandOf(rising, statistic)(fromMs, toMs)[0]).toBeCloseTo(ratio, 12)
  })

  it('takes the 95th percentile by nearest rank', () => {
    const hundred = seriesOf(Array.from({ length: 100 }, (_, k) => (k * 37) % 100))
    expect(demandOf(hundred, 'p95')(0, 1000)[0]).toBe(0.94)
  })

  it('leaves gaps out instead of reading them as zero', () => {
    expect(demandOf(seriesOf([GAP, 20, 40, GAP]), 'mean')(0, 40)[0]).toBeCloseTo(0.3, 12)
  })

  it('takes the whole series where a stretch is a gap, and the full size where there is no sample at all', () => {
    const ratios = demandOf(seriesOf([10, 50, GAP, GAP], [GAP, GAP, GAP, GAP]), 'peak')(20, 40)
    expect([...ratios]).toEqual([0.5, 1])
  })
})
