import { resolve } from 'node:path'
import { parseQuantity } from '../config/quantity.ts'
import { writeFileAtomic } from '../store/atomic.ts'
import type { ExitCode } from './exitCode.ts'
import { SEED_MAX, bad, wholeNumber, type CommonOptions } from './options.ts'
import { isDone, planFileText, planText } from './planText.ts'
import type { PolicySettings } from '../model/policy.ts'
import { weighedLines } from '../plan/weighed.ts'
import { OBJECTIVES } from './planObjective.ts'
import { modelOf } from './planModel.ts'
import { readPool, type PoolFile } from './poolFile.ts'
import { policyFrom } from './policyOption.ts'
import type { Terminal } from './terminal.ts'
import { startTiming } from './timing.ts'
import { planByGoals, planByObjective, type MadePlan, type PlanLimits } from './makePlan.ts'

export interface PlanCommandOptions extends CommonOptions {
  readonly policy?: string
  readonly objective?: string
  readonly explain?: boolean
  readonly movesMax?: string
  readonly nodesMax?: string
  readonly seed?: string
  readonly out?: string
  readonly deadline?: string
  readonly set: readonly string[]
}

/** Without one: relieves loaded hosts and saves power on idle ones. */
const DEFAULT_POLICY_NAME = 'balanced'
const COUNT_MAX = 1_000_000_000

/** Makes one plan and prints it; nothing is executed. Exit code 1 when something that must be done can't be. */
export async function planCommand(given: string, options: PlanCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const timing = startTiming()
  const limits = limitsFrom(options)
  const file = readPool(given)
  const policy = policyFrom(options.policy ?? DEFAULT_POLICY_NAME, options.set, file.unixMs)
  const made = options.objective === undefined ? await planByGoals(file, policy, limits) : planByObjective(options.objective, file, policy, limits)
  if (made.faults.length > 0) return refuseUnsafe(made, options, terminal)
  if (options.out !== undefined) writeFileAtomic(resolve(terminal.workingDirectory, options.out), planFileText(made.plan))
  if (options.json) terminal.out(`${JSON.stringify({ ...made.plan, score: made.score, assumptions: made.assumptions, timing: timing() })}\n`)
  else terminal.out(planText(made, options.explain === true, options.explain === true ? weighedOf(made, file, policy) : []))
  return isDone(made.plan) ? 0 : 1
}

/** Of a score there is one figure, and the note tells it; goals weigh several things. */
function weighedOf({ plan }: MadePlan, file: PoolFile, policy: PolicySettings): string[] {
  const model = plan.steps.length === 0 || objectiveNames.has(plan.goal) ? null : modelOf(plan, file, policy)
  return model === null ? [] : weighedLines(model, file.pool.hosts.map(({ id }) => id))
}

const objectiveNames: ReadonlySet<string> = new Set(OBJECTIVES.map(({ name }) => name))

function limitsFrom(options: PlanCommandOptions): PlanLimits {
  const whole = (option: string, text: string | undefined): number | null => (text === undefined ? null : wholeNumber(option, text, 0, COUNT_MAX))
  const deadlineMs = options.deadline === undefined ? null : durationOption('--deadline', options.deadline)
  const endMs = deadlineMs === null ? Infinity : performance.now() + deadlineMs
  return {
    movesMax: whole('--moves-max', options.movesMax), nodesMax: whole('--nodes-max', options.nodesMax), seed: options.seed === undefined ? 1 : wholeNumber('--seed', options.seed, 0, SEED_MAX),
    shouldStop: deadlineMs === null ? () => false : () => performance.now() >= endMs,
  }
}

function durationOption(option: string, text: string): number {
  const result = parseQuantity(text, 'duration')
  if (!result.ok) throw bad(option, result.refusal.message)
  if (result.value <= 0) throw bad(option, `is ${text}, expected more than nothing: give a length of time such as 5s`)
  return result.value
}

/** A plan that the independent checker refuses is never printed. */
function refuseUnsafe({ faults }: MadePlan, options: PlanCommandOptions, terminal: Terminal): ExitCode {
  for (const { path, message } of faults) terminal.err(`the plan is not safe, ${path}: ${message}\n`)
  if (options.json) terminal.out(`${JSON.stringify({ error: { code: 'unsafePlan', issues: faults } })}\n`)
  return 1
}
