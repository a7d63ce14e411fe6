import type { Horizon } from './forecaster.ts'
import type { Member, SeriesFrame } from './member.ts'
import type { BacktestOrigins } from './origins.ts'
import { blendFrame, type BlendPlan, type SeriesAnswers, type TrainedBlend } from './poolBlend.ts'
import { ScoreSums, type Score } from './scores.ts'

/** A method that the blend is shown beside: whose expected values, and whose quantiles. The quantile of a member that has none is its expected value. */
export interface Baseline {
  readonly name: string
  readonly expected: string
  readonly quantile: string
}

/** What a member added to the blend at one horizon: its mean weight in expected values and in the quantile. */
export interface MemberShare {
  readonly name: string
  readonly expectedWeight: number
  readonly quantileWeight: number
}

export interface HorizonResult {
  readonly horizon: Horizon
  readonly blend: Score
  readonly baselines: readonly { readonly name: string; readonly score: Score }[]
  readonly shares: readonly MemberShare[]
  /** Share of all answers that came from the simple method alone, as the blend had stopped being better. */
  readonly fallbackShare: number
}

/** One series' mean absolute error and coverage, by horizon; null where it has no outcome. */
export interface SeriesResult {
  readonly series: number
  readonly mae: readonly (number | null)[]
  readonly coverage: readonly (number | null)[]
}

export interface BacktestResult {
  readonly horizons: readonly HorizonResult[]
  readonly series: readonly SeriesResult[]
}

/** Which level is scored: the last of the plan's. */
const scoredOutput = (plan: BlendPlan, h: number): number => h * (1 + plan.levels.length) + plan.levels.length

/**
 * Rolling origins: at each the blend and every baseline answer from what was known then, and are scored by what came true.
 * Baselines whose methods are not in the plan are left out. `progress` hears how many series are done.
 */
export function backtest(frame: SeriesFrame, { origins, counts }: BacktestOrigins, plan: BlendPlan, trained: TrainedBlend | null, asked: readonly Baseline[], progress: (done: number) => void): BacktestResult {
  const names = new Set(plan.members.map(({ name }) => name))
  const baselines = asked.filter(({ expected, quantile }) => names.has(expected) && names.has(quantile))
  const level = plan.levels[plan.levels.length - 1]!
  const sums = plan.horizons.map(() => ({ blend: new ScoreSums(level), baselines: baselines.map(() => new ScoreSums(level)), weights: [new Float64Array(plan.members.length), new Float64Array(plan.members.length)], fallbacks: 0 }))
  const series: SeriesResult[] = []
  let originCount = 0
  blendFrame(frame, origins, plan, trained, (answers) => {
    const counting = counts.subarray(answers.firstOrigin, answers.firstOrigin + answers.at.length)
    originCount += answers.at.length
    const change = meanChange(frame, answers.series)
    const own = { series: answers.series, mae: [] as (number | null)[], coverage: [] as (number | null)[] }
    for (const [h, sum] of sums.entries()) {
      const truths = answers.truths[h]!
      const columnsOf = columnFinder(answers, plan, h)
      const lastLoss = new ScoreSums(level).addSeries({ ...columnsOf('last value', 'last value'), truths, counts: counting }, 0, null)
      const expected = answers.blended[h * (1 + plan.levels.length)]!
      const quantile = answers.blended[scoredOutput(plan, h)]!
      own.mae.push(sum.blend.addSeries({ expected: expected.values, quantile: quantile.values, truths, counts: counting }, change, lastLoss))
      own.coverage.push(coverageOf(quantile.values, truths, counting))
      for (const [index, baseline] of baselines.entries()) sum.baselines[index]!.addSeries({ ...columnsOf(baseline.expected, baseline.quantile), truths, counts: counting }, change, lastLoss)
      addTo(sum.weights[0]!, expected.weights)
      addTo(sum.weights[1]!, quantile.weights)
      sum.fallbacks += (expected.fallbackCount + quantile.fallbackCount) / 2
    }
    series.push(own)
    progress(answers.series + 1)
  })
  const horizons = plan.horizons.flatMap((horizon, h): HorizonResult[] => {
    const { blend, weights, fallbacks, baselines: others } = sums[h]!
    const score = blend.score()
    if (score === null) return []
    return [{
      horizon, blend: score, fallbackShare: fallbacks / originCount, shares: sharesOf(plan.members, weights, originCount),
      baselines: others.flatMap((other, index) => (other.score() === null ? [] : [{ name: baselines[index]!.name, score: other.score()! }])),
    }]
  })
  return { horizons, series }
}

/** The columns of a baseline: what is missing (a member without quantiles, no history yet) is the expected value, then the last value. */
function columnFinder({ said }: SeriesAnswers, plan: BlendPlan, h: number): (expected: string, quantile: string) => { expected: Float32Array; quantile: Float32Array } {
  const find = (name: string, output: number): Float32Array => said[output]![plan.members.findIndex((member) => member.name === name)]!
  const first = h * (1 + plan.levels.length)
  return (expected, quantile) => {
    const points = orElse(find(expected, first), find('last value', first))
    return { expected: points, quantile: orElse(find(quantile, scoredOutput(plan, h)), points) }
  }
}

const orElse = (values: Float32Array, others: Float32Array): Float32Array => values.map((value, index) => (Number.isNaN(value) ? others[index]! : value))

function addTo(sums: Float64Array, terms: Float64Array): void {
  for (let index = 0; index < sums.length; index++) sums[index] = sums[index]! + terms[index]!
}

function sharesOf(members: readonly Member[], [expected, quantile]: readonly Float64Array[], originCount: number): MemberShare[] {
  const shares = members.map(({ name }, index) => ({ name, expectedWeight: expected![index]! / originCount, quantileWeight: quantile![index]! / originCount }))
  return shares.filter(({ expectedWeight, quantileWeight }) => expectedWeight + quantileWeight > 0).sort((left, right) => right.expectedWeight + right.quantileWeight - left.expectedWeight - left.quantileWeight)
}

function coverageOf(quantile: Float32Array, truths: Float32Array, counts: Uint8Array): number | null {
  let covered = 0
  let count = 0
  for (let origin = 0; origin < truths.length; origin++) {
    if (counts[origin] === 0 || Number.isNaN(truths[origin])) continue
    count++
    if (truths[origin]! <= quantile[origin]!) covered++
  }
  return count === 0 ? null : covered / count
}

/** Mean change between neighbouring known samples; 0 when there are none. */
function meanChange({ known, length }: SeriesFrame, series: number): number {
  let sum = 0
  let count = 0
  for (let index = series * length + 1; index < (series + 1) * length; index++) {
    const change = Math.abs(known[index]! - known[index - 1]!)
    if (Number.isNaN(change)) continue
    sum += change
    count++
  }
  return count === 0 ? 0 : sum / count
}
