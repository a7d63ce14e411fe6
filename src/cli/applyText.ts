import type { MigrationProgress } from '../drivers/libvirt/messages.ts'
import type { MigrationRecord } from '../drivers/libvirt/reach.ts'
import type { StepEnd } from '../drivers/live/applyPlan.ts'
import type { StepId, VmId } from '../model/ids.ts'
import type { Plan, Step, StepOutcome } from '../model/plan.ts'
import type { Refusal } from '../model/result.ts'
import { duration } from '../model/text.ts'
import { stepText } from '../plan/explain.ts'
import { NO_PROGRESS, terminalProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** What became of one step of an applied plan. `underWay`: it was left to the hosts. */
export interface AppliedStep {
  readonly id: string
  readonly kind: Step['kind']
  readonly subject: string
  readonly source: string | null
  readonly target: string | null
  readonly outcome: StepOutcome | 'notBegun' | 'underWay'
  readonly code: string
  readonly message: string
  readonly durationMs: number | null
  /** How long the VM stood still, null where it is not known or the step is no migration. */
  readonly downtimeMs: number | null
}

/** Gathers what becomes of each step, and says it as it happens. */
export class ApplyReport {
  readonly #plan: Plan
  readonly #terminal: Terminal | null
  readonly #progress
  readonly #ends = new Map<StepId, Pick<AppliedStep, 'outcome' | 'code' | 'message' | 'durationMs'>>()
  readonly #beganMs = new Map<StepId, number>()
  readonly #downtimes = new Map<string, number>()

  constructor(plan: Plan, terminal: Terminal | null) {
    this.#plan = plan
    this.#terminal = terminal
    this.#progress = terminal === null ? NO_PROGRESS : terminalProgress(terminal, () => performance.now(), (mibPerS) => `${mibPerS.toFixed(0)} MiB/s`)
  }

  get steps(): readonly AppliedStep[] {
    return this.#plan.steps.map((step) => {
      const end = this.#ends.get(step.id) ?? { outcome: this.#beganMs.has(step.id) ? ('underWay' as const) : ('notBegun' as const), code: 'open', message: 'its end is not known yet', durationMs: null }
      return { id: step.id, kind: step.kind, subject: subjectOf(step), source: 'source' in step ? step.source : null, target: 'target' in step ? step.target : null, ...end, downtimeMs: step.kind === 'migrate' ? (this.#downtimes.get(keyOf(step)) ?? null) : null }
    })
  }

  /** Done by an application before this one. */
  before(id: StepId): void {
    this.#ends.set(id, { outcome: 'done', code: 'earlier', message: 'done before', durationMs: null })
  }

  began(step: Step, atMs: number): void {
    this.#beganMs.set(step.id, atMs)
    this.say(`${this.#place(step.id)} ${stepText(step)} ...`)
  }

  migrated(record: MigrationRecord): void {
    if (record.ok && record.downtimeMs !== null) this.#downtimes.set(`${record.vm} ${record.source} ${record.target}`, record.downtimeMs)
  }

  progress(vm: VmId, { memoryTotalMib, memoryRemainingMib }: MigrationProgress): void {
    if (memoryTotalMib !== null && memoryRemainingMib !== null && memoryTotalMib > 0) this.#progress.report(vm, Math.max(0, memoryTotalMib - memoryRemainingMib), memoryTotalMib)
  }

  ended({ step, outcome, code, message }: StepEnd, atMs: number): void {
    const durationMs = Math.max(0, atMs - (this.#beganMs.get(step) ?? atMs))
    this.#ends.set(step, { outcome, code, message, durationMs })
    const seen = this.steps.find(({ id }) => id === step)!
    this.say(`${this.#place(step)} ${stepText(this.#plan.steps.find(({ id }) => id === step)!)}: ${endText(seen)}`)
  }

  notBegun(step: Step, { code, message }: Refusal): void {
    this.#ends.set(step.id, { outcome: 'notBegun', code, message, durationMs: null })
  }

  say(text: string): void {
    this.#progress.clear()
    this.#terminal?.err(`${text}\n`)
  }

  clear(): void {
    this.#progress.clear()
  }

  #place(id: StepId): string {
    return `[${this.#plan.steps.findIndex((step) => step.id === id) + 1}/${this.#plan.steps.length}]`
  }
}

const subjectOf = (step: Step): string => ('vm' in step ? step.vm : step.host)
const keyOf = (step: Extract<Step, { kind: 'migrate' }>): string => `${step.vm} ${step.source} ${step.target}`

function endText({ outcome, message, durationMs, downtimeMs }: AppliedStep): string {
  if (outcome !== 'done') return `${outcome === 'timedOut' ? 'not done in time' : outcome}: ${message}`
  return `done${durationMs === null ? '' : ` in ${(durationMs / 1000).toFixed(1)} s`}${downtimeMs === null ? '' : `, the VM stood still for ${Math.round(downtimeMs)} ms`}`
}

/** The plan as it is about to be carried out. */
export function shownPlan({ steps, reason, estimate, hash, baseRevision }: Plan, done: ReadonlySet<StepId>, pool: string): string {
  if (steps.length === 0) return `Plan ${hash.slice(0, 12)} has no steps: ${reason.text}\n`
  const lines = steps.map((step) => `${step.id.padEnd(8)} ${stepText(step)}${step.after.length === 0 ? '' : `, after ${step.after.length > 4 ? `${step.after.length} others` : step.after.join(', ')}`}${done.has(step.id) ? '  (done before)' : ''}`)
  return `Plan ${hash.slice(0, 12)} of revision ${baseRevision}, on ${pool}: ${steps.length - done.size} of ${steps.length} steps are to be done, about ${duration(estimate.makespanMs)}. ${reason.text}\n\n${lines.join('\n')}\n\n`
}

/** What became of it, and how to go on. */
export function appliedText(steps: readonly AppliedStep[], { complete, open, again }: { readonly complete: boolean; readonly open: number; readonly again: string }): string {
  const count = (outcome: AppliedStep['outcome']): number => steps.filter((step) => step.outcome === outcome).length
  const downtimes = steps.flatMap(({ downtimeMs }) => (downtimeMs === null ? [] : [downtimeMs]))
  const still = downtimes.length === 0 ? '' : ` ${downtimes.length} VMs stood still, the longest for ${Math.round(Math.max(...downtimes))} ms.`
  if (complete) return `All ${steps.length} steps are done.${still}\n`
  const lines = steps.filter(({ outcome }) => outcome !== 'done').map(({ id, subject, outcome, message }) => `  ${id} ${subject}: ${outcome === 'notBegun' ? 'not begun' : outcome === 'underWay' ? 'under way' : outcome}, ${message}\n`)
  const rest = open === 0 ? '' : `${open} steps go on at the hosts; whoever takes the pool next looks what became of them.\n`
  return `${count('done')} of ${steps.length} steps are done.${still}\n${lines.join('')}${rest}To go on where this ended: ${again}\n`
}
