import type { Window } from './policy.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './resources.ts'
import { isInside } from './window.ts'
import { localMs } from './zone.ts'

const MIB_PER_GIB = 1024

/** A value over time that changes in steps. Weekly: that of the first row whose window is open, else the base. Steps: that of the last one begun; before the first, the first. */
export type StepSeries =
  | { readonly kind: 'weekly'; readonly base: number; readonly rows: readonly { readonly window: Window; readonly value: number }[] }
  | { readonly kind: 'steps'; readonly fromUnixMs: readonly number[]; readonly values: readonly number[] }

/** What energy, wear and traffic cost, in one currency. Prices may be negative. */
export interface Tariff {
  readonly currency: string
  readonly pricePerKwh: StepSeries
  /** Carbon intensity of the grid, in gCO2e per kWh; null: not known. */
  readonly carbonGPerKwh: StepSeries | null
  /** What a kg of CO2e counts for besides its energy. */
  readonly carbonPricePerKg: number
  /** Wear of switching a host off and on once. */
  readonly pricePerPowerCycle: number
  readonly pricePerMigratedGib: number
}

/** The series' value at an instant (Unix ms). */
export function valueAt(series: StepSeries, unixMs: number): number {
  if (series.kind === 'weekly') return series.rows.find(({ window }) => isInside(window, unixMs))?.value ?? series.base
  return series.values[Math.max(0, begunBefore(series.fromUnixMs, unixMs))] ?? 0
}

/** An instant after `unixMs` up to which the value stays as it is there; null: for ever. It need not change then. */
export function staysUntil(series: StepSeries, unixMs: number): number | null {
  if (series.kind === 'steps') return series.fromUnixMs[begunBefore(series.fromUnixMs, unixMs) + 1] ?? null
  return series.rows.reduce<number | null>((soonest, { window }) => {
    const edge = windowEdge(window, unixMs)
    return soonest === null ? edge : Math.min(soonest, edge)
  }, null)
}

/** Integral of the series over [fromUnixMs, toUnixMs): value x ms, exact over its steps. */
export function integral(series: StepSeries, fromUnixMs: number, toUnixMs: number): number {
  let sum = 0
  for (let atMs = fromUnixMs; atMs < toUnixMs; ) {
    const untilMs = Math.min(toUnixMs, staysUntil(series, atMs) ?? toUnixMs)
    sum += valueAt(series, atMs) * (untilMs - atMs)
    atMs = untilMs
  }
  return sum
}

/** Money that constant power costs over [fromUnixMs, toUnixMs), the price of its carbon included. */
export function priceOfPower(tariff: Tariff, powerW: number, fromUnixMs: number, toUnixMs: number): number {
  const carbonPerKwhMs = tariff.carbonGPerKwh === null || tariff.carbonPricePerKg === 0 ? 0 : (tariff.carbonPricePerKg / 1000) * integral(tariff.carbonGPerKwh, fromUnixMs, toUnixMs)
  return (powerW * (integral(tariff.pricePerKwh, fromUnixMs, toUnixMs) + carbonPerKwhMs)) / (1000 * HOUR_MS)
}

/** What sending memory costs besides the energy. */
export const priceOfTraffic = (tariff: Tariff, memoryMib: number): number => (tariff.pricePerMigratedGib * memoryMib) / MIB_PER_GIB

/** Index of the last step begun at or before an instant; -1: none. */
function begunBefore(fromUnixMs: readonly number[], unixMs: number): number {
  let [low, high] = [-1, fromUnixMs.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fromUnixMs[middle]! <= unixMs) low = middle
    else high = middle - 1
  }
  return low
}

/** The next instant at which the window may open or shut: a local time of day of its own, or the zone's clock change before it. */
function windowEdge({ fromMinute, toMinute, zone }: Window, unixMs: number): number {
  const local = localMs(zone, unixMs)
  const midnight = Math.floor(local / DAY_MS) * DAY_MS
  const edges = [midnight + fromMinute * MINUTE_MS, midnight + toMinute * MINUTE_MS, midnight + DAY_MS]
  const aheadMs = Math.min(...edges.filter((edge) => edge > local)) - local
  const clockChangeMs = zone.fromMs[begunBefore(zone.fromMs, unixMs) + 1]
  return clockChangeMs === undefined ? unixMs + aheadMs : Math.min(unixMs + aheadMs, clockChangeMs)
}
