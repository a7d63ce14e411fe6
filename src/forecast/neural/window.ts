import type { SeriesFrame } from '../member.ts'

const HOUR_MS = 3_600_000
const DAYS = 7
const HOURS = DAYS * 24
/** What lies further back weighs less than a thousandth. */
const SMOOTHED_SAMPLES = 36

/** Whether hours divide into such steps evenly, so that windows of hours and days can be cut. */
export const fitsHours = (stepMs: number): boolean => stepMs > 0 && stepMs <= HOUR_MS && HOUR_MS % stepMs === 0

/**
 * The week before one instant of one series, with hours and days counted back from that instant: hour 0 is the hour that
 * ends with the origin. One object is read into again and again. `stepMs` must fit hours (`fitsHours`).
 */
export class WeekWindow {
  readonly hourSteps: number
  readonly daySteps: number
  readonly steps: number
  /** In the order of time; the last is the present. */
  readonly values: Float32Array
  readonly hourMean = new Float32Array(HOURS)
  readonly hourMax = new Float32Array(HOURS)
  readonly dayMean = new Float32Array(DAYS)
  readonly dayMax = new Float32Array(DAYS)
  /** Of the last hour, day and week: standard deviation, and mean absolute change from sample to sample. */
  readonly spread = new Float32Array(3)
  readonly change = new Float32Array(3)
  last = 0
  mean = 0

  constructor(stepMs: number) {
    this.hourSteps = HOUR_MS / stepMs
    this.daySteps = 24 * this.hourSteps
    this.steps = DAYS * this.daySteps
    this.values = new Float32Array(this.steps)
  }

  /** Reads the week up to sample `origin`. False when less than two days of it are there; what is missing before that is taken from a day later. */
  read({ filled, firstKnown, length }: SeriesFrame, series: number, origin: number): boolean {
    const { values, steps, daySteps } = this
    const missing = Math.max(0, firstKnown[series]! - (origin - steps + 1))
    if (steps - missing < 2 * daySteps) return false
    const from = series * length + origin - steps + 1
    values.set(filled.subarray(from + missing, from + steps), missing)
    for (let at = missing - 1; at >= 0; at--) values[at] = values[at + daySteps]!
    this.summarize()
    return true
  }

  /** The highest of the last so many samples. */
  highest(steps: number): number {
    let highest = this.last
    for (let at = Math.max(0, this.steps - steps); at < this.steps; at++) highest = Math.max(highest, this.values[at]!)
    return highest
  }

  /** Exponentially weighted average: each sample counts a fifth less than the next. */
  smoothed(): number {
    let level = this.values[this.steps - SMOOTHED_SAMPLES]!
    for (let at = this.steps - SMOOTHED_SAMPLES; at < this.steps; at++) level += 0.2 * (this.values[at]! - level)
    return level
  }

  private summarize(): void {
    const { values, steps, hourSteps, hourMean, hourMax, dayMean, dayMax } = this
    this.last = values[steps - 1]!
    for (let hour = 0; hour < HOURS; hour++) {
      const end = steps - hour * hourSteps
      let sum = 0
      let highest = values[end - 1]!
      for (let at = end - hourSteps; at < end; at++) {
        const value = values[at]!
        sum += value
        if (value > highest) highest = value
      }
      hourMean[hour] = sum / hourSteps
      hourMax[hour] = highest
    }
    for (let day = 0; day < DAYS; day++) {
      let sum = 0
      let highest = hourMax[24 * day]!
      for (let hour = 24 * day; hour < 24 * (day + 1); hour++) {
        sum += hourMean[hour]!
        if (hourMax[hour]! > highest) highest = hourMax[hour]!
      }
      dayMean[day] = sum / 24
      dayMax[day] = highest
    }
    this.measureSpreads()
  }

  /** Going back from the present, noting the sums where an hour, a day and the week end. */
  private measureSpreads(): void {
    const { values, steps, hourSteps, daySteps, spread, change, last } = this
    let sum = 0
    let squares = 0
    let changes = 0
    let before = last
    let at = steps - 1
    for (const [place, stretch] of [hourSteps, daySteps, steps].entries()) {
      for (; at >= steps - stretch; at--) {
        const away = values[at]! - last
        sum += away
        squares += away * away
        changes += Math.abs(values[at]! - before)
        before = values[at]!
      }
      spread[place] = Math.sqrt(Math.max(0, squares / stretch - (sum / stretch) ** 2))
      change[place] = changes / stretch
    }
    this.mean = last + sum / steps
  }
}
