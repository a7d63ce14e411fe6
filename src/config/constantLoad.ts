import type { LoadSeries } from '../model/load.ts'

/** A series with further columns that hold one value all the time, and the columns' indices. Values are ratios (or MiB/s with divisor 1). */
export function withConstantColumns(series: LoadSeries | null, values: readonly number[], names: readonly string[], durationMs: number): { readonly series: LoadSeries; readonly first: number } {
  const before: LoadSeries = series ?? { names: [], stepMs: durationMs, sampleCount: 1, codes: new Float32Array(0), divisor: 1 }
  const oldWidth = before.names.length
  const width = oldWidth + values.length
  const codes = new Float32Array(before.sampleCount * width)
  for (let sample = 0; sample < before.sampleCount; sample++) {
    codes.set(before.codes.subarray(sample * oldWidth, (sample + 1) * oldWidth), sample * width)
    for (const [column, value] of values.entries()) codes[sample * width + oldWidth + column] = value * before.divisor
  }
  return { series: { ...before, names: [...before.names, ...names], codes }, first: oldWidth }
}
