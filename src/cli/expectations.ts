import { figureOf } from '../config/figures.ts'
import type { Expectation } from '../config/scenario.ts'
import type { RunSummary } from '../model/run.ts'

/** How one expectation fared in one run. */
export interface Verdict {
  readonly scenario: string
  readonly policy: string
  readonly seed: number
  readonly figure: string
  /** Of the figure, or of its ratio to `ratioTo`. Null: the run has no such figure. */
  readonly value: number | null
  readonly min: number | null
  readonly max: number | null
  readonly ratioTo: string | null
  readonly kept: boolean
}

/** Judges the runs of one variant against its expectations. An expectation that no run answers is not kept. */
export function judgeExpectations(expectations: readonly Expectation[], runs: readonly RunSummary[]): Verdict[] {
  return expectations.flatMap((expectation) => runs.filter((run) => expectation.policy === null || run.policy === expectation.policy).map((run) => judge(expectation, run, runs)))
}

function judge({ figure, min, max, ratioTo }: Expectation, run: RunSummary, runs: readonly RunSummary[]): Verdict {
  const own = figureOf(run, figure)
  const other = ratioTo === null ? null : runs.find((one) => one.policy === ratioTo && one.seed === run.seed)
  const otherValue = other ? figureOf(other, figure) : null
  const value = ratioTo === null ? own : own !== null && otherValue !== null && otherValue !== 0 ? own / otherValue : null
  const kept = value !== null && (min === null || value >= min) && (max === null || value <= max)
  return { scenario: run.scenario, policy: run.policy, seed: run.seed, figure, value, min, max, ratioTo, kept }
}

/** One line for each limit that was not kept. */
export function brokenText(verdicts: readonly Verdict[]): string[] {
  return verdicts
    .filter((verdict) => !verdict.kept)
    .map(({ policy, seed, figure, value, min, max, ratioTo }) => {
      const what = ratioTo === null ? figure : `${figure} relative to ${ratioTo}`
      const limit = min !== null && max !== null ? `${min} to ${max}` : min !== null ? `at least ${min}` : `at most ${max ?? 0}`
      return `expectation not met: ${what} of ${policy} (seed ${seed}) is ${value === null ? 'not known' : String(value)}, expected ${limit}`
    })
}
