import type { LoadSeries } from '../../src/model/load.ts'
import type { WhatIfDemand } from '../../src/model/whatif.ts'

/** Gives, for a stretch of time, each series' demand as a ratio of the VM's size. */
export type DemandOf = (fromMs: number, toMs: number) => Float64Array

const CACHED_STRETCHES_MAX = 64

/**
 * Demand per column of the series over a stretch: mean, 95th percentile (nearest rank) or peak of the samples that
 * cover it. Past its end the series repeats. Gaps are left out; a column without any sample in the stretch takes the
 * statistic of its whole series, one without any sample at all counts with its full size (1): unknown is not idle.
 */
export function demandOf(series: LoadSeries | null, statistic: WhatIfDemand): DemandOf {
  if (series === null || series.sampleCount === 0) return () => new Float64Array(0).fill(1)
  const cache = new Map<string, Float64Array>()
  const whole = overSamples(series, statistic, 0, series.sampleCount, null)
  return (fromMs, toMs) => {
    const first = Math.floor(fromMs / series.stepMs)
    const count = Math.max(1, Math.ceil(toMs / series.stepMs) - first)
    if (count >= series.sampleCount) return whole
    const from = first % series.sampleCount
    const key = `${from}+${count}`
    const known = cache.get(key)
    if (known) return known
    const ratios = overSamples(series, statistic, from, count, whole)
    if (cache.size < CACHED_STRETCHES_MAX) cache.set(key, ratios)
    return ratios
  }
}

function overSamples(series: LoadSeries, statistic: WhatIfDemand, from: number, count: number, fallback: Float64Array | null): Float64Array {
  const width = series.names.length
  const ratios = new Float64Array(width)
  const samples = new Float64Array(count)
  for (let column = 0; column < width; column++) {
    let size = 0
    for (let k = 0; k < count; k++) {
      const code = series.codes[((from + k) % series.sampleCount) * width + column]!
      if (Number.isFinite(code)) samples[size++] = code / series.divisor
    }
    ratios[column] = size > 0 ? statisticOf(samples.subarray(0, size), statistic) : (fallback?.[column] ?? 1)
  }
  return ratios
}

/** Edits the order of the samples. */
function statisticOf(samples: Float64Array, statistic: WhatIfDemand): number {
  switch (statistic) {
    case 'mean':
      return samples.reduce((sum, sample) => sum + sample, 0) / samples.length
    case 'peak':
      return samples.reduce((max, sample) => Math.max(max, sample))
    case 'p95':
      return samples.sort()[Math.ceil(0.95 * samples.length) - 1]!
  }
}
