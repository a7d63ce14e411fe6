import type { LoadSeries } from '../../../src/model/load.ts'
import type { LoadPattern } from './pattern.ts'
import { mixBits, NORMAL_SHIFT, NORMAL_TABLE } from './quantiles.ts'
import { curveAt, weekHourAt } from './rhythm.ts'

/** Codes are tenths of a percent, as in the Bitbrains trace. */
const DIVISOR = 1000

const HOUR_MS = 3_600_000
const FIVE_MINUTES_MS = 300_000

export interface SeriesColumnInput {
  readonly name: string
  readonly pattern: LoadPattern
  /** Two independent draws of 32 bits: each column walks its own sequence. */
  readonly start: number
  readonly stride: number
}

export interface SeriesTime {
  readonly stepMs: number
  readonly durationMs: number
  readonly startUnixMs: number
  readonly utcOffsetMinutes: number
}

/** Number of samples that cover the length, the one at its start included. */
export const sampleCountOf = ({ stepMs, durationMs }: SeriesTime): number => Math.max(1, Math.ceil(durationMs / stepMs))

/**
 * Runs all columns' processes at once, time by time: one multiply-add for the fast part, one for the slow part and the
 * rhythm (linear within each hour), one table look-up for the noise. 86 million samples take about 1 s.
 */
export function generateSeries(columns: readonly SeriesColumnInput[], time: SeriesTime): LoadSeries {
  const sampleCount = sampleCountOf(time)
  const codes = new Float32Array(sampleCount * columns.length)
  const state = startState(columns, time)
  const samplesPerHour = Math.max(1, Math.round(HOUR_MS / time.stepMs))
  for (let first = 0; first < sampleCount; first += samplesPerHour) {
    aimDrive(state, weekHourAt(time.startUnixMs + (first + samplesPerHour) * time.stepMs, time.utcOffsetMinutes), samplesPerHour)
    const end = Math.min(sampleCount, first + samplesPerHour)
    for (let sample = first; sample < end; sample++) fillRow(state, codes, sample * columns.length)
  }
  return { names: columns.map((column) => column.name), stepMs: time.stepMs, sampleCount, codes, divisor: DIVISOR }
}

/** Per column; level parts are in codes. `drive` is the slow part plus the rhythm. */
interface SeriesState {
  readonly bits: Int32Array
  readonly stride: Int32Array
  readonly fast: Float64Array
  readonly keep: Float64Array
  readonly noise: Float64Array
  readonly slow: Float64Array
  readonly slowKeep: Float64Array
  readonly slowNoise: Float64Array
  readonly slowGain: Float64Array
  readonly rhythm: readonly Float64Array[]
  readonly rhythmGain: Float64Array
  readonly phaseHours: Float64Array
  readonly drive: Float64Array
  readonly driveStep: Float64Array
  readonly base: Float64Array
  readonly spread: Float64Array
  readonly burst: Float64Array
  readonly knee: Float64Array
}

function startState(columns: readonly SeriesColumnInput[], time: SeriesTime): SeriesState {
  const per = (value: (pattern: LoadPattern) => number): Float64Array => Float64Array.from(columns, (column) => value(column.pattern))
  const keep = per((pattern) => correlationPerStep(pattern.fastCorrelation, time.stepMs))
  const state: SeriesState = {
    bits: Int32Array.from(columns, (column) => column.start),
    // An odd stride visits all 2^32 states.
    stride: Int32Array.from(columns, (column) => column.stride | 1),
    keep,
    noise: per((pattern) => Math.sqrt(pattern.fastShare)).map((share, column) => share * Math.sqrt(1 - keep[column]! ** 2)),
    fast: new Float64Array(columns.length), slow: new Float64Array(columns.length),
    slowKeep: per((pattern) => pattern.slowCorrelation), slowNoise: per((pattern) => Math.sqrt(1 - pattern.slowCorrelation ** 2)), slowGain: per((pattern) => Math.sqrt(pattern.slowShare)),
    rhythm: columns.map((column) => column.pattern.rhythm), rhythmGain: per((pattern) => Math.sqrt(pattern.rhythmShare)), phaseHours: per((pattern) => pattern.phaseHours),
    drive: new Float64Array(columns.length), driveStep: new Float64Array(columns.length),
    base: per((pattern) => pattern.base * DIVISOR + 0.5), spread: per((pattern) => pattern.spread * DIVISOR),
    burst: per((pattern) => pattern.burst * DIVISOR), knee: per((pattern) => pattern.knee),
  }
  const weekHour = weekHourAt(time.startUnixMs, time.utcOffsetMinutes)
  for (let column = 0; column < columns.length; column++) {
    state.fast[column] = Math.sqrt(columns[column]!.pattern.fastShare) * nextNormal(state, column)
    state.slow[column] = nextNormal(state, column)
    state.drive[column] = driveOf(state, column, weekHour)
  }
  return state
}

/** A correlation over 5 minutes as one over a step; an alternating one is only kept at 5 minutes. */
function correlationPerStep(correlation: number, stepMs: number): number {
  return stepMs === FIVE_MINUTES_MS ? correlation : Math.max(0, correlation) ** (stepMs / FIVE_MINUTES_MS)
}

function driveOf(state: SeriesState, column: number, weekHour: number): number {
  const gain = state.rhythmGain[column]!
  return state.slowGain[column]! * state.slow[column]! + (gain === 0 ? 0 : gain * curveAt(state.rhythm[column]!, weekHour + state.phaseHours[column]!))
}

/** Sets each column's drive on its way to what it will be an hour from now. */
function aimDrive(state: SeriesState, weekHour: number, samplesPerHour: number): void {
  for (let column = 0; column < state.bits.length; column++) {
    state.slow[column] = state.slowKeep[column]! * state.slow[column]! + state.slowNoise[column]! * nextNormal(state, column)
    state.driveStep[column] = (driveOf(state, column, weekHour) - state.drive[column]!) / samplesPerHour
  }
}

function nextNormal(state: SeriesState, column: number): number {
  const bits = (state.bits[column]! + state.stride[column]!) | 0
  state.bits[column] = bits
  return NORMAL_TABLE[mixBits(bits) >>> NORMAL_SHIFT]!
}

/** One sample of every column. The body is written out: calls would double its time. */
function fillRow(state: SeriesState, codes: Float32Array, offset: number): void {
  const { bits, stride, fast, keep, noise, drive, driveStep, base, spread, burst, knee } = state
  const normal = NORMAL_TABLE
  for (let column = 0; column < bits.length; column++) {
    const next = (bits[column]! + stride[column]!) | 0
    bits[column] = next
    const moved = keep[column]! * fast[column]! + noise[column]! * normal[mixBits(next) >>> NORMAL_SHIFT]!
    fast[column] = moved
    const z = moved + drive[column]!
    drive[column]! += driveStep[column]!
    const over = z - knee[column]!
    const code = base[column]! + spread[column]! * z + (over > 0 ? burst[column]! * over : 0)
    codes[offset + column] = code < 1 ? 0 : code > DIVISOR ? DIVISOR : code | 0
  }
}
