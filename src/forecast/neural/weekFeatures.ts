import type { Horizon } from '../forecaster.ts'
import type { SeriesFrame } from '../member.ts'
import type { FeatureSet, Features } from './features.ts'
import { WeekWindow, fitsHours } from './window.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LAGS = 12
/** Hours before a time one day ahead, of which the same hours of the days before are looked at; 0 is a whole day ahead. */
const SEASONAL_HOURS = [0, 6, 12, 18, 23]
const SHARES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95]
/** One sample in so many of the week is enough for its quantiles. */
const WEEK_STRIDE = 8
const CALENDAR = 11
const COUNT = LAGS + 24 + 24 + 6 * SEASONAL_HOURS.length + 14 + 6 * SHARES.length + 2 + 6 + 4 + CALENDAR

/** What a network sees of a week: levels as changes against the last value, in spreads of the series, so that all series look alike. */
export const weekFeatures: FeatureSet = {
  name: 'week',
  version: 1,
  count: COUNT,
  fits: fitsHours,
  windowSteps: (stepMs) => (7 * DAY_MS) / stepMs,
  strideSteps: (stepMs) => HOUR_MS / stepMs,
  start: (stepMs, horizons, levels) => new WeekRows(stepMs, horizons, levels),
}

class WeekRows implements Features {
  scale = 1
  readonly bases: Float32Array
  private readonly horizons: readonly Horizon[]
  private readonly levels: readonly number[]
  private readonly window: WeekWindow
  private readonly hours = new Float32Array(168)
  /** What an hour's maximum was above that of the hour before. */
  private readonly hourSteps = new Float32Array(167)
  private readonly day: Float32Array
  private readonly week: Float32Array
  private readonly changes: Float32Array
  private readonly lastHour: Float32Array
  private readonly days = new Float32Array(7)
  private readonly sameHours = new Float32Array(7)
  private row: Float32Array = new Float32Array(0)
  private at = 0

  constructor(stepMs: number, horizons: readonly Horizon[], levels: readonly number[]) {
    this.horizons = horizons
    this.levels = levels
    this.bases = new Float32Array(horizons.length * levels.length)
    this.window = new WeekWindow(stepMs)
    this.day = new Float32Array(this.window.daySteps)
    this.week = new Float32Array(Math.floor(this.window.steps / WEEK_STRIDE))
    this.changes = new Float32Array(this.week.length)
    this.lastHour = new Float32Array(this.window.hourSteps)
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
    this.levelsOf(this.day)
    for (let at = 0; at < this.week.length; at++) {
      const sample = steps - 1 - WEEK_STRIDE * at
      this.week[at] = values[sample]!
      this.changes[at] = values[sample]! - values[Math.max(0, sample - 1)]!
    }
    this.levelsOf(this.week)
    this.hours.set(hourMean)
    this.levelsOf(this.hours)
    this.hours.set(hourMax)
    for (let hour = 0; hour < this.hourSteps.length; hour++) this.hourSteps[hour] = hourMax[hour]! - hourMax[hour + 1]!
    this.levelsOf(this.hours)
    this.changesOf(this.changes)
    this.changesOf(this.hourSteps)
    this.level(this.week[0]!)
    this.level(this.week.at(-1)!)
  }

  /** Sorts them in place. */
  private levelsOf(values: Float32Array): void {
    values.sort()
    for (const share of SHARES) this.level(values[Math.round(share * (values.length - 1))]!)
  }

  private changesOf(values: Float32Array): void {
    values.sort()
    for (const share of SHARES) this.row[this.at++] = Math.asinh(values[Math.round(share * (values.length - 1))]! / this.scale)
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

  /**
   * The simple forecast that the network betters. Up to an hour: the last value, or the highest of as long before, and the
   * series' own changes for quantiles. Further: the latest level up to half a day, the same hour of each day beyond, the daily
   * maxima, and for quantiles those of the week.
   */
  private setBases(): void {
    const { steps, hourSteps, dayMax, values } = this.window
    this.lastHour.set(values.subarray(steps - hourSteps))
    this.lastHour.sort()
    this.days.set(dayMax)
    this.days.sort()
    for (let at = 0; at < this.horizons.length; at++) {
      const horizon = this.horizons[at]!
      for (let place = 0; place < this.levels.length; place++) this.bases[at * this.levels.length + place] = this.base(horizon, this.levels[place]!)
    }
  }

  private base({ kind, steps: ahead }: Horizon, level: number): number {
    const { hourSteps, last } = this.window
    if (kind === 'maximum') return ahead > hourSteps ? quantileOf(this.days, level) : this.window.highest(ahead) + (level === 0.5 ? 0 : quantileOf(this.hourSteps, level))
    if (ahead > hourSteps) return level === 0.5 ? this.levelAhead(ahead) : quantileOf(this.week, level)
    if (level === 0.5) return last
    return 2 * ahead > hourSteps ? quantileOf(this.lastHour, level) : last + quantileOf(this.changes, level)
  }

  private levelAhead(ahead: number): number {
    const { daySteps, hourSteps, hourMean } = this.window
    if (2 * ahead <= daySteps) return this.window.smoothed()
    const before = Math.round((ahead % daySteps) / hourSteps)
    for (let day = 0; day < 7; day++) this.sameHours[day] = hourMean[24 * (day + 1) - Math.max(1, before === 0 ? 24 : before)]!
    this.sameHours.sort()
    return this.sameHours[3]!
  }
}

/** Of sorted values, by linear interpolation. */
function quantileOf(sorted: Float32Array, level: number): number {
  const place = level * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(sorted.length - 1, below + 1)
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!)
}
