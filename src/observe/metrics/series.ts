/** Samples of one series of a metrics server, in order of time (Unix ms). */
export interface MetricSeries {
  readonly labels: ReadonlyMap<string, string>
  readonly timesMs: readonly number[]
  readonly values: readonly number[]
}

export interface Reading {
  readonly atMs: number
  readonly value: number
}

/** Growth of a counter over the latest interval of use. */
export interface Growth {
  readonly atMs: number
  readonly intervalMs: number
  readonly value: number
}

/** Counters over a shorter time say little. */
const INTERVAL_MIN_MS = 5_000

/** The latest sample that is a number and not older than it may be. */
export function latest({ timesMs, values }: MetricSeries, oldestMs: number): Reading | null {
  const atMs = timesMs.at(-1)
  const value = values.at(-1)
  return atMs === undefined || value === undefined || atMs < oldestMs || !Number.isFinite(value) ? null : { atMs, value }
}

/** Null where the latest sample is too old, alone, or lower than the one before: then the counter began anew. */
export function growth(series: MetricSeries, oldestMs: number): Growth | null {
  const last = latest(series, oldestMs)
  if (last === null) return null
  const before = series.timesMs.findLastIndex((atMs) => atMs <= last.atMs - INTERVAL_MIN_MS)
  const value = before < 0 ? NaN : last.value - series.values[before]!
  // One that began anew in between may be above where it was: each step counts.
  for (let at = Math.max(1, before + 1); before >= 0 && at < series.values.length; at++) if (!(series.values[at]! >= series.values[at - 1]!)) return null
  return Number.isFinite(value) && value >= 0 ? { atMs: last.atMs, intervalMs: last.atMs - series.timesMs[before]!, value } : null
}

/** Series by metric, then by host, VM and part: of several that differ in other labels alone (two servers, two jobs) the freshest. */
export class MetricTable {
  private readonly rows = new Map<string, Map<string, MetricSeries>>()

  add(series: MetricSeries, key: string): void {
    const name = series.labels.get('__name__') ?? ''
    const row = this.rows.get(name) ?? new Map<string, MetricSeries>()
    const known = row.get(key)
    if (known === undefined || (known.timesMs.at(-1) ?? 0) < (series.timesMs.at(-1) ?? 0)) row.set(key, series)
    this.rows.set(name, row)
  }

  has(name: string): boolean {
    return (this.rows.get(name)?.size ?? 0) > 0
  }

  /** Sum over parts of what `of` gives; null where one of them gives nothing, or there is none. */
  sum<T extends Reading>(name: string, prefix: string, of: (series: MetricSeries) => T | null): T | null {
    let total: T | null = null
    for (const [key, series] of this.rows.get(name) ?? []) {
      if (!key.startsWith(prefix)) continue
      const one = of(series)
      if (one === null) return null
      total = total === null ? one : Object.assign({}, total, { value: total.value + one.value, atMs: Math.min(total.atMs, one.atMs) })
    }
    return total
  }
}
