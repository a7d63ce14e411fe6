import type { Rng } from '../model/random.ts'
import { BadInput } from '../model/result.ts'
import type { Issue } from '../model/result.ts'
import type { RunSummary } from '../model/run.ts'
import type { Comparison, MetricComparison, PolicyFigure } from './comparison.ts'
import { comparisonNotes } from './comparisonNotes.ts'
import { difference } from './difference.ts'
import { forecastWorth } from './forecastWorth.ts'
import { METRICS, metricsOf } from './metrics.ts'
import type { Metric } from './metrics.ts'

export interface CompareOptions {
  /** From the runs' headers; the summaries already leave it out. */
  readonly warmupMs: number
  /** Which policy the others are compared with; the first run's without it. */
  readonly base?: string
  /** What the intervals speak of. Without it: of seeds when there are several, else of days. */
  readonly over?: 'seeds' | 'days'
  /** For the resamples; the result is a function of the summaries and this. */
  readonly rng: Rng
}

/** A policy's runs, one for each of the comparison's seeds and in their order. */
interface PolicyRuns {
  readonly policy: string
  readonly runs: readonly RunSummary[]
}

/**
 * Compares policies over runs of one scenario, paired by seed (common random numbers). Seeds that not every policy has run with are left out
 * and said in the notes. Refuses (BadInput, all problems at once) runs of different scenarios or lengths, a policy twice
 * with one seed, a base that is not there, and policies that share no seed.
 */
export function compareRuns(runs: readonly RunSummary[], options: CompareOptions): Comparison {
  const byPolicy = groupByPolicy(runs)
  const seeds = commonSeeds(byPolicy)
  refuseBadInput(runs, byPolicy, seeds, options)
  const first = runs[0]!
  const base = options.base ?? first.policy
  const groups = [...byPolicy].map(([policy, bySeed]) => ({ policy, runs: seeds.map((seed) => bySeed.get(seed)!) }))
  const metrics = metricsOf(runs).map((metric) => compareMetric(metric, groups, base, options))
  const known = {
    formatVersion: 1, scenario: first.scenario, base, policies: groups.map((group) => group.policy), seeds,
    dayCount: first.days.length, measuredMs: first.measuredMs, warmupMs: options.warmupMs, metrics, leastEnergy: findLeastEnergy(groups, metrics, options),
  } as const
  const worth = forecastWorth(runs)
  return { ...known, ...(worth.length === 0 ? {} : { forecastWorth: worth }), notes: comparisonNotes(known, leftOutSeeds(byPolicy, seeds)) }
}

type RunsByPolicy = ReadonlyMap<string, ReadonlyMap<number, RunSummary>>

/** In order of first appearance; seeds ascend in the result, so the order of runs inside a policy does not matter. */
function groupByPolicy(runs: readonly RunSummary[]): RunsByPolicy {
  const groups = new Map<string, Map<number, RunSummary>>()
  for (const run of runs) {
    const group = groups.get(run.policy) ?? new Map<number, RunSummary>()
    group.set(run.seed, run)
    groups.set(run.policy, group)
  }
  return groups
}

function commonSeeds(byPolicy: RunsByPolicy): readonly number[] {
  const [first, ...others] = [...byPolicy.values()]
  if (first === undefined) return []
  return [...first.keys()].filter((seed) => others.every((other) => other.has(seed))).sort((a, b) => a - b)
}

function leftOutSeeds(byPolicy: RunsByPolicy, seeds: readonly number[]): readonly number[] {
  const all = new Set([...byPolicy.values()].flatMap((group) => [...group.keys()]))
  return [...all].filter((seed) => !seeds.includes(seed)).sort((a, b) => a - b)
}

function refuseBadInput(runs: readonly RunSummary[], byPolicy: RunsByPolicy, seeds: readonly number[], options: CompareOptions): void {
  const first = runs[0]
  if (first === undefined) throw new BadInput([{ path: 'runs', message: 'there are none: hand in at least one run' }])
  const issues = runs.flatMap((run, index) => runIssues(run, index, first, byPolicy.get(run.policy)!))
  if (seeds.length === 0) issues.push({ path: 'runs', message: 'the policies share no seed, so nothing can be paired: run them with the same seeds' })
  if (options.base !== undefined && !byPolicy.has(options.base)) {
    issues.push({ path: 'base', message: `no run has the policy ${options.base}: pick one of ${[...byPolicy.keys()].join(', ')}` })
  }
  if (issues.length > 0) throw new BadInput(issues)
}

function runIssues(run: RunSummary, index: number, first: RunSummary, bySeed: ReadonlyMap<number, RunSummary>): Issue[] {
  const issues: Issue[] = []
  const path = `runs[${index}]`
  if (run.scenario !== first.scenario) issues.push({ path, message: `is of scenario ${run.scenario}, the first run of ${first.scenario}: compare runs of one scenario` })
  if (run.measuredMs !== first.measuredMs) issues.push({ path, message: `measured ${run.measuredMs} ms, the first run ${first.measuredMs} ms: compare runs of one length` })
  if (bySeed.get(run.seed) !== run) issues.push({ path, message: `policy ${run.policy} is there twice with seed ${run.seed}: leave one out` })
  return issues
}

function compareMetric(metric: Metric, groups: readonly PolicyRuns[], base: string, options: CompareOptions): MetricComparison {
  const baseRuns = groups.find((group) => group.policy === base)!.runs
  const policies = groups.map(({ policy, runs }): PolicyFigure => {
    const figures = runs.map((run) => metric.ofRun(run))
    const rng = options.rng.split(`${metric.id}/${policy}`)
    return {
      policy, mean: figures.reduce((sum, figure) => sum + figure, 0) / figures.length, min: Math.min(...figures), max: Math.max(...figures),
      difference: policy === base ? null : difference(metric, runs, baseRuns, { over: options.over ?? null, rng }),
    }
  })
  return { id: metric.id, label: metric.label, unit: metric.unit, digits: metric.digits, policies }
}

/** Each other policy is paired with the best one itself: that two differ from the base says nothing about the two. */
function findLeastEnergy(groups: readonly PolicyRuns[], metrics: readonly MetricComparison[], options: CompareOptions): Comparison['leastEnergy'] {
  const energy = METRICS.find((metric) => metric.id === 'energyKwh')!
  const best = metrics.find((metric) => metric.id === 'energyKwh')!.policies.reduce((least, figure) => (figure.mean < least.mean ? figure : least)).policy
  const bestRuns = groups.find((group) => group.policy === best)!.runs
  const alike = groups.filter(({ policy, runs }) => {
    if (policy === best) return false
    const { verdict } = difference(energy, runs, bestRuns, { over: options.over ?? null, rng: options.rng.split(`leastEnergy/${policy}`) })
    return verdict === 'notDistinguishable' || verdict === 'equal'
  })
  return { policy: best, alike: alike.map(({ policy }) => policy) }
}
