import { blendSeries, type BlendInput } from './blend.ts'
import { blendSettingsOf } from './blendSettings.ts'
import { calibrate, conformalScores, marginOf } from './calibrate.ts'
import type { Horizon } from './forecaster.ts'
import { lossOf } from './loss.ts'
import { emptyAnswers, type Answers, type Member, type Origins, type SeriesFrame } from './member.ts'
import { hasSay } from './members.ts'
import { maturityOf, sliceOrigins, type BacktestOrigins } from './origins.ts'
import { truthsOf } from './target.ts'

/** So many series are answered at once: bounds the memory for what all members say. */
const SERIES_AT_ONCE = 8
/** No two losses differ below this share of the largest value. */
const LOSS_FLOOR_SHARE = 1e-5

/** What is forecast, by whom. */
export interface BlendPlan {
  readonly horizons: readonly Horizon[]
  readonly levels: readonly number[]
  readonly members: readonly Member[]
  /** Whether a series' own losses count; without, the weights are those of the training trace for all series alike. */
  readonly ownEvidence: boolean
}

/** What another trace taught: each member's mean loss, and the margins of the quantiles. Outputs are numbered h * (1 + levels) + (0: expected, 1...: levels). */
export interface TrainedBlend {
  readonly names: readonly string[]
  /** By output, then member; NaN = it does not answer there. */
  readonly losses: readonly Float64Array[]
  /** By output; 0 for expected values. */
  readonly margins: Float64Array
}

/** What came out for one series: the blend's answers and each member's, at its origins. */
export interface SeriesAnswers {
  readonly series: number
  /** Index of the series' first origin among all. */
  readonly firstOrigin: number
  readonly at: Int32Array
  /** By horizon: what came true at each origin. */
  readonly truths: readonly Float32Array[]
  /** By output: what the blend says, and the sums of the members' weights (null when nobody answers). */
  readonly blended: readonly { readonly values: Float32Array; readonly weights: Float64Array; readonly fallbackCount: number }[]
  /** By output, then member. */
  readonly said: readonly (readonly Float32Array[])[]
}

/** Answers at all origins, series by series, in order. */
export function blendFrame(frame: SeriesFrame, origins: Origins, plan: BlendPlan, trained: TrainedBlend | null, visit: (answers: SeriesAnswers) => void): void {
  const rows = origins.start.length - 1
  for (let row = 0; row < rows; row += SERIES_AT_ONCE) {
    const part = sliceOrigins(origins, row, Math.min(SERIES_AT_ONCE, rows - row))
    const answers = plan.members.map((member) => answersOf(member, frame, part, plan))
    for (let within = 0; within + 1 < part.start.length; within++) {
      if (part.start[within] === part.start[within + 1]) continue
      visit(blendOne(frame, part, within, origins.start[row]!, plan, trained, answers))
    }
  }
}

function answersOf(member: Member, frame: SeriesFrame, origins: Origins, { horizons, levels }: BlendPlan): Answers {
  const answers = emptyAnswers(origins.at.length, horizons.length, levels.length)
  member.writeAnswers(frame, origins, horizons, levels, answers)
  cut(answers.expected, frame.valueMax)
  cut(answers.quantiles, frame.valueMax)
  return answers
}

/** Forecasts stay between 0 and the highest value; what is not a number stays unanswered. */
function cut(values: Float32Array, valueMax: number | null): void {
  const most = valueMax ?? 3e38
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!
    if (value < 0) values[index] = 0
    else if (value > most) values[index] = most
  }
}

function blendOne(frame: SeriesFrame, part: Origins, within: number, firstOrigin: number, plan: BlendPlan, trained: TrainedBlend | null, answers: readonly Answers[]): SeriesAnswers {
  const series = part.firstSeries + within
  const from = part.start[within]!
  const at = part.at.subarray(from, part.start[within + 1])
  const truths = plan.horizons.map((horizon) => pick(truthsOf(frame, series, horizon), at))
  const said: Float32Array[][] = []
  const blended: SeriesAnswers['blended'][number][] = []
  for (const [h, horizon] of plan.horizons.entries()) {
    const maturesAt = maturityOf(at, horizon.steps)
    for (let output = 0; output <= plan.levels.length; output++) {
      const columns = answers.map((answer) => column(answer, plan, from, at.length, h, output))
      said.push(columns)
      blended.push(blendOutput(frame, plan, trained, { h, output, columns, truths: truths[h]!, maturesAt }))
    }
    keepOrder(blended.slice(-plan.levels.length).map(({ values }) => values), frame.valueMax)
  }
  return { series, firstOrigin: firstOrigin + from, at, truths, blended, said }
}

interface OutputColumns {
  readonly h: number
  readonly output: number
  readonly columns: readonly Float32Array[]
  readonly truths: Float32Array
  readonly maturesAt: Int32Array
}

function blendOutput(frame: SeriesFrame, plan: BlendPlan, trained: TrainedBlend | null, { h, output, columns, truths, maturesAt }: OutputColumns): SeriesAnswers['blended'][number] {
  const horizon = plan.horizons[h]!
  const level = output === 0 ? null : plan.levels[output - 1]!
  const chosen = plan.members.flatMap((member, index) => (hasSay(member, horizon, frame.stepMs, level === null) && answersSomewhere(columns[index]!) ? [index] : []))
  const number = h * (1 + plan.levels.length) + output
  const input: BlendInput = {
    names: chosen.map((index) => plan.members[index]!.name), said: chosen.map((index) => columns[index]!), isSimple: chosen.map((index) => plan.members[index]!.kind === 'simple'),
    priorLosses: trained === null ? null : Float64Array.from(chosen, (index) => trained.losses[number]![index]!),
    truths: plan.ownEvidence ? truths : truths.map(() => Number.NaN), maturesAt, level,
    lossFloor: LOSS_FLOOR_SHARE * (frame.valueMax ?? 1), settings: blendSettingsOf(horizon, frame.stepMs, level === null),
  }
  const result = blendSeries(input)
  const values = level === null || !plan.ownEvidence ? result.values : calibrate({ values: result.values, truths, maturesAt, level, margin: trained?.margins[number] ?? 0 })
  const weights = new Float64Array(plan.members.length)
  for (const [place, index] of chosen.entries()) weights[index] = result.weights[place]!
  return { values, weights, fallbackCount: result.fallbackCount }
}

const answersSomewhere = (values: Float32Array): boolean => values.some((value) => !Number.isNaN(value))

const pick = (values: Float32Array, at: Int32Array): Float32Array => Float32Array.from(at, (index) => values[index]!)

/** One output of one member at the origins of one series. */
function column({ expected, quantiles }: Answers, { horizons, levels }: BlendPlan, from: number, count: number, h: number, output: number): Float32Array {
  const values = new Float32Array(count)
  for (let origin = 0; origin < count; origin++) {
    const cell = (from + origin) * horizons.length + h
    values[origin] = output === 0 ? expected[cell]! : quantiles[cell * levels.length + output - 1]!
  }
  return values
}

/** Cuts quantiles to what is possible and makes them rise with their level: one that is below its predecessor becomes it. */
function keepOrder(byLevel: readonly Float32Array[], valueMax: number | null): void {
  for (const [level, values] of byLevel.entries()) {
    cut(values, valueMax)
    const below = byLevel[level - 1]
    if (below === undefined) continue
    for (let origin = 0; origin < values.length; origin++) if (values[origin]! < below[origin]!) values[origin] = below[origin]!
  }
}

/** Learns the members' mean losses and the quantiles' margins at the counting origins of a training trace. */
export function trainBlend(frame: SeriesFrame, { origins, counts }: BacktestOrigins, plan: BlendPlan, progress: (done: number) => void = () => undefined): TrainedBlend {
  const outputs = plan.horizons.length * (1 + plan.levels.length)
  const sums = Array.from({ length: outputs }, () => new Float64Array(plan.members.length))
  const answered = Array.from({ length: outputs }, () => new Float64Array(plan.members.length))
  const scores = Array.from({ length: outputs }, (): number[] => [])
  blendFrame(frame, origins, plan, null, ({ series, truths, blended, said, firstOrigin, at }) => {
    progress(series + 1)
    const counting = counts.subarray(firstOrigin, firstOrigin + at.length)
    for (let number = 0; number < outputs; number++) {
      const h = Math.floor(number / (1 + plan.levels.length))
      const output = number % (1 + plan.levels.length)
      const level = output === 0 ? null : plan.levels[output - 1]!
      for (const [member, values] of said[number]!.entries()) addLosses(sums[number]!, answered[number]!, member, values, truths[h]!, counting, level)
      if (level !== null) conformalScores({ values: blended[number]!.values, truths: truths[h]!, maturesAt: maturityOf(at, plan.horizons[h]!.steps), level, margin: 0 }, counting, scores[number]!)
    }
  })
  return {
    names: plan.members.map(({ name }) => name),
    losses: sums.map((row, number) => row.map((sum, member) => sum / answered[number]![member]!)),
    margins: Float64Array.from(scores, (row, number) => (number % (1 + plan.levels.length) === 0 ? 0 : marginOf(row, plan.levels[(number % (1 + plan.levels.length)) - 1]!))),
  }
}

function addLosses(sums: Float64Array, answered: Float64Array, member: number, values: Float32Array, truths: Float32Array, counting: Uint8Array, level: number | null): void {
  for (let origin = 0; origin < values.length; origin++) {
    if (counting[origin] === 0 || Number.isNaN(truths[origin]) || Number.isNaN(values[origin])) continue
    sums[member] = sums[member]! + lossOf(truths[origin]!, values[origin]!, level)
    answered[member] = answered[member]! + 1
  }
}
