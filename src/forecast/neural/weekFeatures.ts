import type { Horizon } from '../forecaster.ts'
import type { SeriesFrame } from '../member.ts'
import type { FeatureSet, Features } from './features.ts'
import { WeekWindow, fitsHours } from './window.ts'

const DAY_MS = 86_400_000
const LAGS = 12
/** Hours before a time one day ahead, of which the same hours of the days before are looked at; 0 is a whole day ahead. */
const SEASONAL_HOURS = [0, 6, 12, 18, 23]
const SHARES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95]
/** One sample in so many of the week is enough for its quantiles. */
const WEEK_STRIDE = 4
const CALENDAR = 11
const COUNT = LAGS + 24 + 24 + 6 * SEASONAL_HOURS.length + 14 + 4 * SHARES.length + 2 + 6 + 4 + CALENDAR

/** What a network sees of a week: levels as changes against the last value, in spreads of the series, so that all series look alike. */
export const weekFeatures: FeatureSet = {
  name: 'week',
  version: 1,
  count: COUNT,
  fits: fitsHours,
  windowSteps: (stepMs) => (7 * DAY_MS) / stepMs,
  start: (stepMs, horizons) => new WeekRows(stepMs, horizons),
}

class WeekRows implements Features {
  scale = 1
  readonly bases: Float32Array
  private readonly horizons: readonly Horizon[]
  private readonly window: WeekWindow
  private readonly hours = new Float32Array(168)
  private readonly day: Float32Array
  private readonly week: Float32Array
  private row: Float32Array = new Float32Array(0)
  private at = 0

  constructor(stepMs: number, horizons: readonly Horizon[]) {
    this.horizons = horizons
    this.bases = new Float32Array(horizons.length)
    this.window = new WeekWindow(stepMs)
    this.day = new Float32Array(this.window.daySteps)
    this.week = new Float32Array(Math.ceil(this.window.steps / WEEK_STRIDE))
  }

  write(frame: SeriesFrame, series: number, origin: number, into: Float32Array, offset: number): boolean {
    const { window } = this
    if (!window.read(frame, series, origin)) return false
    // A series that hardly ever changes must not be blown up by its noise: a hundredth of its level is as small as a spread gets.
    this.scale = Math.max(window.spread[2]!, window.spread[1]!, 0.01 * Math.abs(window.mean), 1e-6)
    this.row = into
    this.at = offset
    this.writeLevels()
    this.writeQuantiles()
    this.writeSpreads(frame)
    this.writeCalendar(frame, origin)
    this.setBases()
    return true
  }

  private level(value: number): void {
    this.row[this.at++] = Math.asinh((value - this.window.last) / this.scale)
  }

  private writeLevels(): void {
    const { values, steps, hourMean, hourMax, dayMean, dayMax } = this.window
    for (let lag = 1; lag <= LAGS; lag++) this.level(values[steps - 1 - lag]!)
    for (let hour = 0; hour < 24; hour++) this.level(hourMean[hour]!)
    for (let hour = 0; hour < 24; hour++) this.level(hourMax[hour]!)
    for (const hour of SEASONAL_HOURS) for (let day = 1; day < 7; day++) this.level(hourMean[24 * day + hour]!)
    for (let day = 0; day < 7; day++) this.level(dayMean[day]!)
    for (let day = 0; day < 7; day++) this.level(dayMax[day]!)
  }

  private writeQuantiles(): void {
    const { values, steps, hourMean, hourMax } = this.window
    this.day.set(values.subarray(steps - this.day.length))
    this.quantilesOf(this.day)
    for (let at = 0; at < this.week.length; at++) this.week[at] = values[steps - 1 - WEEK_STRIDE * at]!
    this.quantilesOf(this.week)
    this.hours.set(hourMean)
    this.quantilesOf(this.hours)
    this.hours.set(hourMax)
    this.quantilesOf(this.hours)
    this.level(this.week[0]!)
    this.level(this.week.at(-1)!)
  }

  /** Sorts them in place. */
  private quantilesOf(values: Float32Array): void {
    values.sort()
    for (const share of SHARES) this.level(values[Math.round(share * (values.length - 1))]!)
  }

  private writeSpreads({ valueMax }: SeriesFrame): void {
    const { spread, change, last, mean } = this.window
    for (let place = 0; place < 3; place++) this.row[this.at++] = Math.log((spread[place]! + 0.01 * this.scale) / this.scale)
    for (let place = 0; place < 3; place++) this.row[this.at++] = Math.log((change[place]! + 0.01 * this.scale) / this.scale)
    this.row[this.at++] = Math.asinh(last / this.scale)
    this.row[this.at++] = Math.asinh(mean / this.scale)
    // How near the limit is; 0 where there is none.
    this.row[this.at++] = valueMax === null ? 0 : last / valueMax
    this.row[this.at++] = valueMax === null ? 0 : Math.log10(this.scale / valueMax)
  }

  private writeCalendar({ startUnixMs, stepMs, zoneOffsetMinutes }: SeriesFrame, origin: number): void {
    const localMs = startUnixMs + origin * stepMs + zoneOffsetMinutes * 60_000
    const day = Math.floor(localMs / DAY_MS)
    const turn = (2 * Math.PI * (localMs - day * DAY_MS)) / DAY_MS
    for (const angle of [turn, 2 * turn]) {
      this.row[this.at++] = Math.sin(angle)
      this.row[this.at++] = Math.cos(angle)
    }
    const weekday = (((day + 4) % 7) + 7) % 7
    for (let other = 0; other < 7; other++) this.row[this.at++] = other === weekday ? 1 : 0
  }

  /** The simple forecast that the network betters: up to an hour the last value or the highest of as long before; further the median of the last day's hours or of seven highest values. */
  private setBases(): void {
    const { values, steps, hourSteps, last, dayMax } = this.window
    const dayMedian = medianOf(this.window.hourMean.subarray(0, 24))
    this.horizons.forEach(({ kind, steps: ahead }, at) => {
      if (kind === 'value') this.bases[at] = ahead <= hourSteps ? last : dayMedian
      else if (ahead <= hourSteps) this.bases[at] = values.subarray(steps - ahead).reduce((highest, value) => Math.max(highest, value))
      else this.bases[at] = medianOf(dayMax)
    })
  }
}

const medianOf = (values: Float32Array): number => values.toSorted()[values.length >> 1]!
