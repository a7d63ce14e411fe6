import type { Rng } from '../model/random.ts'
import type { DayFigures, RunSummary } from '../model/run.ts'
import type { Difference, Method, Verdict } from './comparison.ts'
import { BOOTSTRAP_DAYS_MIN, blockDays, bootstrapHalfWidth, pairedHalfWidth } from './intervals.ts'
import type { Metric } from './metrics.ts'

interface Basis {
  readonly over: 'seeds' | 'days' | null
  readonly rng: Rng
}

interface Spread {
  readonly halfWidth: number | null
  readonly method: Method
}

/** One policy's runs minus the base's, paired by position, with the interval that the seeds or the days support. */
export function difference(metric: Metric, runs: readonly RunSummary[], baseRuns: readonly RunSummary[], basis: Basis): Difference {
  const pairs = runs.map((run, index) => metric.ofRun(run) - metric.ofRun(baseRuns[index]!))
  const mean = pairs.reduce((sum, value) => sum + value, 0) / pairs.length
  const baseMean = baseRuns.reduce((sum, run) => sum + metric.ofRun(run), 0) / baseRuns.length
  const { halfWidth, method } = chooseSpread(metric, pairs, runs, baseRuns, basis)
  const exact = halfWidth !== null && isRounding(halfWidth, Math.max(Math.abs(mean), Math.abs(baseMean)))
  const interval = halfWidth === null ? null : exact ? { low: mean, high: mean } : { low: mean - halfWidth, high: mean + halfWidth }
  return { mean, ratio: baseMean === 0 ? null : mean / baseMean, interval, verdict: judge(mean, halfWidth, exact), method }
}

/** A spread this small comes from adding doubles, not from the runs. */
const isRounding = (halfWidth: number, scale: number): boolean => halfWidth <= 1e-12 * scale

function judge(mean: number, halfWidth: number | null, exact: boolean): Verdict {
  if (halfWidth === null) return 'noInterval'
  if (exact) return mean === 0 ? 'equal' : 'noSpread'
  if (Math.abs(mean) <= halfWidth) return 'notDistinguishable'
  return mean < 0 ? 'less' : 'more'
}

/** Seeds that change nothing (a replayed trace without faults) are no evidence: then the days must speak. */
function chooseSpread(metric: Metric, pairs: readonly number[], runs: readonly RunSummary[], baseRuns: readonly RunSummary[], basis: Basis): Spread {
  const halfWidth = basis.over === 'days' ? null : pairedHalfWidth(pairs)
  const seeds: Spread | null = halfWidth === null ? null : { halfWidth, method: { kind: 'seeds', pairs: pairs.length } }
  const scale = Math.max(...pairs.map(Math.abs))
  if (seeds !== null && (basis.over === 'seeds' || !isRounding(halfWidth!, scale))) return seeds
  if (basis.over === 'seeds') return { halfWidth: null, method: { kind: 'none', why: 'one seed' } }
  const days = daySpread(metric, runs, baseRuns, basis.rng)
  return seeds !== null && days.halfWidth === null ? seeds : days
}

function daySpread(metric: Metric, runs: readonly RunSummary[], baseRuns: readonly RunSummary[], rng: Rng): Spread {
  const { ofDays } = metric
  const days = runs[0]!.days.length
  const none = (why: string): Spread => ({ halfWidth: null, method: { kind: 'none', why } })
  if (days <= 1 && runs.length === 1) return none('one run')
  if (ofDays === null) return none('one figure a run')
  if ([...runs, ...baseRuns].some((run) => run.days.length !== days)) return none('unlike numbers of days')
  if (days < BOOTSTRAP_DAYS_MIN) return none(`fewer than ${BOOTSTRAP_DAYS_MIN} days`)
  const statistic = (picked: Int32Array): number => meanDifference(ofDays, runs, baseRuns, picked)
  return { halfWidth: bootstrapHalfWidth({ days, statistic, rng }), method: { kind: 'days', days, blockDays: blockDays(days) } }
}

/** The same days of both, so that what a day brought to both cancels. */
function meanDifference(ofDays: (days: readonly DayFigures[]) => number, runs: readonly RunSummary[], baseRuns: readonly RunSummary[], picked: Int32Array): number {
  let sum = 0
  for (let index = 0; index < runs.length; index++) {
    const figure = (run: RunSummary): number => ofDays(Array.from(picked, (day) => run.days[day]!))
    sum += figure(runs[index]!) - figure(baseRuns[index]!)
  }
  return sum / runs.length
}
