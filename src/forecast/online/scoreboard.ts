import { MINUTE_MS } from '../../model/resources.ts'

/** One forecast of the highest demand until `untilMs`, by every method, NaN where a method had none; ratios of the pool's size. */
interface OpenForecast {
  readonly untilMs: number
  readonly predicted: readonly number[]
  readonly highest: number
}

/** One method's forecasts that have come true, oldest first: errors (truth less forecast, over the forecast) and pinball losses; NaN where it had none. */
interface Score {
  readonly errors: Float32Array
  readonly losses: Float32Array
  readonly matured: number
}

/**
 * Forecasts of one horizon that wait for their truth, and how good each method was. The first `noneCount` methods know no
 * rhythm; `used` is the method that has proven better than all of them, null while none has.
 */
export interface Scoreboard {
  readonly horizonMs: number
  readonly noneCount: number
  readonly periodDays: readonly number[]
  readonly open: readonly OpenForecast[]
  readonly openedAtMs: number
  readonly scores: readonly Score[]
  readonly used: number | null
}

/** Forecasts are opened this far apart. Those of longer horizons share part of their truth, which `provenBetter` reckons with. */
export const APART_MS = 15 * MINUTE_MS
/** A week of them is remembered. */
const ERRORS_MAX = 672
/** A day of them must have matured before a method may be used, and as many for each further day of its rhythm. */
const MATURED_MIN = 96
/** What a loss counts for halves in a day. */
const HALF_LIFE = 96
/** A method is taken up when its loss is so much below that of the best without rhythm ... */
const TAKE_UP = 0.9
/** ... and that is no chance: so many standard errors. */
const DEVIATIONS_MIN = 1.64
/** Twice as good needs no more than a day: of one morning, standard errors say nothing. */
const TAKE_UP_AT_ONCE = 0.6
/** Ratio of the pool's size below which errors are not reckoned relative to the forecast. */
const SCALE_MIN = 0.01
/** To take the place of another method it must be so much better than that. */
const EXCHANGE = 0.95

/** `periodDays`: of the methods with a rhythm, how long it is; they come after those without. */
export const newScoreboard = (horizonMs: number, noneCount: number, periodDays: readonly number[]): Scoreboard => ({
  horizonMs, noneCount, periodDays, open: [], openedAtMs: -Infinity, scores: Array.from({ length: noneCount + periodDays.length }, () => ({ errors: new Float32Array(0), losses: new Float32Array(0), matured: 0 })), used: null,
})

/** The board after the truth of an instant: open forecasts see it, those that are over are scored at `level`. */
export function seeTruth(board: Scoreboard, atMs: number, truth: number, level: number): Scoreboard {
  const seen = board.open.map((one) => ({ ...one, highest: Math.max(one.highest, truth) }))
  const over = seen.filter(({ untilMs }) => untilMs <= atMs)
  if (over.length === 0) return { ...board, open: seen }
  const scores = over.reduce<readonly Score[]>((known, one) => known.map((score, method) => scored(score, one.highest, one.predicted[method]!, level)), board.scores)
  const next = { ...board, open: seen.filter(({ untilMs }) => untilMs > atMs), scores }
  return { ...next, used: chosen(next) }
}

/** Whether a further forecast is to be opened now. */
export const isDue = (board: Scoreboard, atMs: number): boolean => atMs - board.openedAtMs >= APART_MS

export const openForecast = (board: Scoreboard, atMs: number, predicted: readonly number[]): Scoreboard => ({
  ...board, openedAtMs: atMs, open: [...board.open, { untilMs: atMs + board.horizonMs, predicted, highest: -Infinity }],
})

/** Loss of the quantile that was stated, then the error joins those that the next quantile is drawn from. */
function scored(before: Score, truth: number, predicted: number, level: number): Score {
  const apart = truth - predicted - marginOf(before, predicted, level)
  const loss = apart > 0 ? level * apart : (level - 1) * apart
  return { errors: joined(before.errors, (truth - predicted) / scaleOf(predicted)), losses: joined(before.losses, loss), matured: before.matured + (Number.isNaN(predicted) ? 0 : 1) }
}

/** Errors grow with what is forecast; near nothing they do not vanish. */
const scaleOf = (predicted: number): number => Math.max(SCALE_MIN, predicted)

function joined(before: Float32Array, one: number): Float32Array {
  const after = new Float32Array(Math.min(ERRORS_MAX, before.length + 1))
  after.set(before.subarray(before.length + 1 - after.length))
  after[after.length - 1] = one
  return after
}

/**
 * What must be added to a forecast so that the truth stays below it with chance `level`: the quantile of the method's own
 * errors, relative to what was forecast, at rank ceil((n + 1) level). Source: locally weighted split conformal prediction
 * (Lei et al., JASA 113, 2018, section 5.2).
 */
export function marginOf({ errors }: Score, predicted: number, level: number): number {
  const sorted = errors.filter((error) => !Number.isNaN(error)).sort()
  if (sorted.length === 0) return 0
  return scaleOf(predicted) * sorted[Math.min(sorted.length, Math.ceil((sorted.length + 1) * level)) - 1]!
}

/** How a method's losses compare with another's, over the forecasts that both had: mean losses, newer ones count for more. */
interface Comparison {
  readonly loss: number
  readonly otherLoss: number
  /** Mean of the difference over its standard error. */
  readonly deviations: number
}

/**
 * Paired, so that a method is not better for having been asked on quieter days. Forecasts that overlap share their truth:
 * so many of them count as one, and the standard error is that of as many as do not overlap.
 */
function compare({ scores, horizonMs }: Scoreboard, method: number, other: number): Comparison {
  const own = scores[method]!.losses
  const others = scores[other]!.losses
  let [weight, loss, otherLoss, count, sum, squares] = [0, 0, 0, 0, 0, 0]
  for (let at = 0; at < own.length; at++) {
    const apart = others[at]! - own[at]!
    if (Number.isNaN(apart)) continue
    const counts = 0.5 ** ((own.length - 1 - at) / HALF_LIFE)
    weight += counts
    loss += counts * own[at]!
    otherLoss += counts * others[at]!
    count++
    sum += apart
    squares += apart * apart
  }
  if (count === 0) return { loss: Infinity, otherLoss: 0, deviations: 0 }
  const mean = sum / count
  const independent = count / Math.max(1, horizonMs / APART_MS)
  const error = Math.sqrt(Math.max(0, squares / count - mean * mean) / independent)
  return { loss: loss / weight, otherLoss: otherLoss / weight, deviations: error > 0 ? mean / error : Math.sign(mean) * Infinity }
}

/** Against the best method without rhythm. */
function againstNone(board: Scoreboard, method: number): Comparison {
  const all = Array.from({ length: board.noneCount }, (_, none) => compare(board, method, none))
  return all.reduce((hardest, one) => (one.otherLoss < hardest.otherLoss ? one : hardest))
}

function chosen(board: Scoreboard): number | null {
  const { scores, noneCount, periodDays, used } = board
  const ripe = scores.map((_, method) => method).filter((method) => method >= noneCount && scores[method]!.matured >= MATURED_MIN * periodDays[method - noneCount]!)
  const rated = ripe.map((method) => ({ method, ...againstNone(board, method) }))
  const best = rated.reduce<(typeof rated)[number] | null>((first, one) => (first === null || compare(board, one.method, first.method).deviations > 0 ? one : first), null)
  if (best === null) return null
  const inUse = rated.find(({ method }) => method === used) ?? null
  if (inUse !== null && inUse.loss < inUse.otherLoss) {
    const { loss, otherLoss } = compare(board, best.method, inUse.method)
    return loss < EXCHANGE * otherLoss ? best.method : used
  }
  return isProven(best) ? best.method : null
}

const isProven = ({ loss, otherLoss, deviations }: Comparison): boolean => loss < TAKE_UP_AT_ONCE * otherLoss || (loss < TAKE_UP * otherLoss && deviations >= DEVIATIONS_MIN)

/** Loss of the method in use over that of the best method without rhythm. */
export function lossRatio(board: Scoreboard): number {
  if (board.used === null) return 1
  const { loss, otherLoss } = againstNone(board, board.used)
  return otherLoss > 0 ? loss / otherLoss : 0
}
