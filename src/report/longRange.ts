import { DAY_MS } from '../model/resources.ts'
import { isoDay } from './whatif.ts'

/** Demand of a pool or class, how it grows, and when it fills what there is. Text and figures for people and JSON. */
export interface LongRangeRow {
  /** Null: the whole pool. */
  readonly vmClass: string | null
  readonly vmCount: number
  readonly resource: 'cpu' | 'memory'
  /** `VM sizes` where a trace tells no sizes: 1 is one VM that uses all it has. */
  readonly unit: 'MHz' | 'MiB' | 'VM sizes'
  readonly dayCount: number
  /** Today by the trend. */
  readonly level: number
  /** Ratios of today's level; `low` to `high` is an 80 % interval. Null: today's level is 0. */
  readonly growthPerMonth: { readonly median: number; readonly low: number; readonly high: number } | null
  /** By days ahead: the trend, and an 80 % interval of single days. */
  readonly ahead: readonly { readonly days: number; readonly median: number; readonly low: number; readonly high: number }[]
  /** Null: no capacity is known. */
  readonly full: { readonly capacity: number; readonly medianDays: number | null; readonly conservativeDays: number | null; readonly reachedShare: number } | null
}

/** One sentence a row; days count from the end of the demand, whose date is `endUnixMs`. */
export function longRangeText(rows: readonly LongRangeRow[], endUnixMs: number, horizonDays: number): string {
  return rows.map((row) => sentence(row, endUnixMs, horizonDays)).join('\n')
}

function sentence({ vmClass, vmCount, resource, unit, dayCount, level, growthPerMonth, full }: LongRangeRow, endUnixMs: number, horizonDays: number): string {
  const who = `${vmClass === null ? 'Pool' : `Class ${vmClass}`} (${vmCount} VMs), ${resource === 'cpu' ? 'CPU, 95th percentile of a day' : 'memory'}: ${amount(level)} ${unit} by the trend of ${dayCount} days`
  const growth = growthPerMonth === null ? '' : `, ${percent(growthPerMonth.median)} a month (80 % interval ${percent(growthPerMonth.low)} to ${percent(growthPerMonth.high)})`
  return `${who}${growth}.${full === null ? '' : ` ${fullText(full, unit, endUnixMs, horizonDays)}`}`
}

function fullText({ capacity, medianDays, conservativeDays, reachedShare }: NonNullable<LongRangeRow['full']>, unit: string, endUnixMs: number, horizonDays: number): string {
  const when = (days: number): string => (days === 0 ? 'is full now' : `is full in ${Math.floor(days)} days, on ${isoDay(endUnixMs + days * DAY_MS)}`)
  if (conservativeDays === null) return `The capacity of ${amount(capacity)} ${unit} is not full within ${horizonDays} days, on busy days neither.`
  const median = medianDays === null ? `is not full within ${horizonDays} days by the trend` : when(medianDays)
  return `The capacity of ${amount(capacity)} ${unit} ${median}; on busy days with one of ten likely trends it ${when(conservativeDays)} (${Math.round(100 * reachedShare)} % of likely trends fill it).`
}

const amount = (value: number): string => (value < 100 ? value.toFixed(1) : String(Math.round(value)))
const percent = (ratio: number): string => {
  const tenths = Math.round(1000 * ratio)
  return `${tenths > 0 ? '+' : tenths < 0 ? '-' : ''}${(Math.abs(tenths) / 10).toFixed(1)} %`
}
