import { MINUTE_MS } from '../../model/resources.ts'

/** One forecast of the highest demand until `untilMs`, by every method, NaN where a method had none; ratios of the pool's size. */
interface OpenForecast {
  readonly untilMs: number
  readonly predicted: readonly number[]
  readonly highest: number
}

/** What became of one method's forecasts: errors (truth less forecast), oldest first, and the mean pinball loss. */
interface Score {
  readonly errors: Float32Array
  readonly matured: number
  readonly loss: number
}

/**
 * Forecasts of one horizon that wait for their truth, and how good each method was. The first `noneCount` methods know no
 * rhythm; `used` is the method that has proven better than all of them, null while none has.
 */
export interface Scoreboard {
  readonly horizonMs: number
  readonly noneCount: number
  readonly open: readonly OpenForecast[]
  readonly openedAtMs: number
  readonly scores: readonly Score[]
  readonly used: number | null
}

/** Forecasts are opened this far apart: nearer ones would share most of their truth. */
const APART_MS = 15 * MINUTE_MS
/** A week of them. */
const ERRORS_MAX = 672
/** A day of them must have matured before a method may be used. */
const MATURED_MIN = 96
/** Losses fade over a day. */
const LOSS_MEMORY = 96
/** A method must be so much better than none to be taken up, and so much better than another to take its place. */
const TAKE_UP = 0.9
const EXCHANGE = 0.95

export const newScoreboard = (horizonMs: number, methodCount: number, noneCount: number): Scoreboard => ({
  horizonMs, noneCount, open: [], openedAtMs: -Infinity, scores: Array.from({ length: methodCount }, () => ({ errors: new Float32Array(0), matured: 0, loss: 0 })), used: null,
})

/** The board after the truth of an instant: open forecasts see it, those that are over are scored at `level`. */
export function seeTruth(board: Scoreboard, atMs: number, truth: number, level: number): Scoreboard {
  const seen = board.open.map((one) => ({ ...one, highest: Math.max(one.highest, truth) }))
  const over = seen.filter(({ untilMs }) => untilMs <= atMs)
  if (over.length === 0) return { ...board, open: seen }
  const scores = over.reduce<readonly Score[]>((known, one) => known.map((score, method) => scored(score, one.highest - one.predicted[method]!, level)), board.scores)
  return { ...board, open: seen.filter(({ untilMs }) => untilMs > atMs), scores, used: chosen(scores, board.noneCount, board.used) }
}

/** Whether a further forecast is to be opened now. */
export const isDue = (board: Scoreboard, atMs: number): boolean => atMs - board.openedAtMs >= APART_MS

export const openForecast = (board: Scoreboard, atMs: number, predicted: readonly number[]): Scoreboard => ({
  ...board, openedAtMs: atMs, open: [...board.open, { untilMs: atMs + board.horizonMs, predicted, highest: -Infinity }],
})

/** Loss of the quantile that was stated, then the error joins those that the next quantile is drawn from. */
function scored(before: Score, error: number, level: number): Score {
  if (Number.isNaN(error)) return before
  const apart = error - marginOf(before, level)
  const loss = apart > 0 ? level * apart : (level - 1) * apart
  const matured = before.matured + 1
  const errors = new Float32Array(Math.min(ERRORS_MAX, before.errors.length + 1))
  errors.set(before.errors.subarray(before.errors.length + 1 - errors.length))
  errors[errors.length - 1] = error
  return { errors, matured, loss: before.loss + (loss - before.loss) / Math.min(matured, LOSS_MEMORY) }
}

/**
 * What must be added to a method's forecasts so that the truth stays below them with chance `level`: the quantile of its
 * own errors at rank ceil((n + 1) level). Source: split conformal prediction (Lei et al., JASA 113, 2018).
 */
export function marginOf({ errors }: Score, level: number): number {
  if (errors.length === 0) return 0
  const sorted = errors.slice().sort()
  return sorted[Math.min(sorted.length, Math.ceil((sorted.length + 1) * level)) - 1]!
}

function chosen(scores: readonly Score[], noneCount: number, used: number | null): number | null {
  const none = Math.min(...scores.slice(0, noneCount).filter(({ matured }) => matured > 0).map(({ loss }) => loss))
  const ripe = scores.map((_, method) => method).filter((method) => method >= noneCount && scores[method]!.matured >= MATURED_MIN)
  const best = ripe.reduce<number | null>((first, method) => (first === null || scores[method]!.loss < scores[first]!.loss ? method : first), null)
  if (best === null) return null
  const keeps = used !== null && scores[used]!.loss < none
  if (keeps) return scores[best]!.loss < EXCHANGE * scores[used]!.loss ? best : used
  return scores[best]!.loss < TAKE_UP * none ? best : null
}

/** Loss of the method in use over that of the best method without rhythm. */
export function lossRatio({ scores, used, noneCount }: Scoreboard): number {
  if (used === null) return 1
  const none = Math.min(...scores.slice(0, noneCount).map(({ loss }) => loss))
  return none > 0 ? scores[used]!.loss / none : 0
}
