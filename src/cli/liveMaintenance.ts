import type { ControlMessage } from '../config/controlMessage.ts'
import { parseInstant } from '../config/instant.ts'
import { parseQuantity } from '../config/quantity.ts'
import { RUNNABLE_GOALS, type RunnableGoal } from '../model/operatorRequest.ts'
import type { MaintenanceMethod } from '../model/pool.ts'
import { BadInput, type Issue } from '../model/result.ts'
import { listNames } from '../model/text.ts'
import type { ExitCode } from './exitCode.ts'
import { type LiveOptions, hostsNamed, livePoolFrom } from './livePool.ts'
import { tell } from './steer.ts'
import type { Terminal } from './terminal.ts'

export interface MaintenanceOptions extends LiveOptions {
  readonly method?: string
  readonly at?: string
  readonly for?: string
  readonly stay?: string
}

export const MAINTENANCE_COMMANDS = ['enter', 'exit', 'schedule', 'unschedule', 'roll', 'stop-rolling'] as const
export type MaintenanceCommand = (typeof MAINTENANCE_COMMANDS)[number]

const METHODS: readonly string[] = ['migrate', 'shutdown', 'suspend', 'leave'] satisfies readonly MaintenanceMethod[]

/** `maintenance COMMAND [HOST...]` of a live pool: what is wrong with the words is told at once, the rest is the loop's to say. */
export function maintenanceCommand(what: MaintenanceCommand, names: readonly string[], options: MaintenanceOptions, terminal: Terminal): Promise<ExitCode> {
  const hosts = names.length === 0 ? [] : hostsNamed(livePoolFrom(options, terminal).pool, names).map(({ id }) => id)
  const issues: Issue[] = []
  const method = methodOf(options.method, issues)
  const message = messageOf(what, hosts, method, options, issues)
  if (issues.length > 0) throw new BadInput(issues)
  return tell(message, options, terminal)
}

function messageOf(what: MaintenanceCommand, hosts: Extract<ControlMessage, { kind: 'maintenanceRoll' }>['hosts'] & object, method: MaintenanceMethod | null, options: MaintenanceOptions, issues: Issue[]): ControlMessage {
  const host = hosts[0]!
  switch (what) {
    case 'enter':
      return { kind: 'maintenanceEnter', host, method }
    case 'exit':
      return { kind: 'maintenanceLeave', host }
    case 'schedule':
      return { kind: 'maintenancePlan', host, atUnixMs: instantOf('--at', options.at, issues), durationMs: durationOf('--for', options.for, issues), method }
    case 'unschedule':
      return { kind: 'maintenanceUnplan', host }
    case 'roll':
      return { kind: 'maintenanceRoll', hosts: hosts.length === 0 ? null : hosts, stayMs: durationOf('--stay', options.stay, issues), method }
    case 'stop-rolling':
      return { kind: 'maintenanceRollStop' }
  }
}

/** `loop run-now GOAL`. */
export function runNowCommand(goal: string, options: MaintenanceOptions, terminal: Terminal): Promise<ExitCode> {
  const issues: Issue[] = []
  if (!(RUNNABLE_GOALS as readonly string[]).includes(goal)) issues.push({ path: 'goal', message: `is ${goal}, expected ${listNames(RUNNABLE_GOALS)}` })
  const forMs = durationOf('--for', options.for, issues)
  if (issues.length > 0) throw new BadInput(issues)
  return tell({ kind: 'runNow', goal: goal as RunnableGoal, forMs }, options, terminal)
}

function methodOf(given: string | undefined, issues: Issue[]): MaintenanceMethod | null {
  if (given !== undefined && !METHODS.includes(given)) issues.push({ path: '--method', message: `is ${given}, expected ${METHODS.join(', ')}` })
  return (given ?? null) as MaintenanceMethod | null
}

function durationOf(option: string, given: string | undefined, issues: Issue[]): number | null {
  if (given === undefined) return null
  const parsed = parseQuantity(given, 'duration')
  if (!parsed.ok) issues.push({ path: option, message: parsed.refusal.message })
  else if (parsed.value < 60_000) issues.push({ path: option, message: `is ${given}: a minute at least is expected` })
  return parsed.ok ? parsed.value : null
}

function instantOf(option: string, given: string | undefined, issues: Issue[]): number {
  const unixMs = given === undefined ? null : parseInstant(given)
  if (unixMs === null) issues.push({ path: option, message: given === undefined ? 'is missing: when it is to begin, such as 2026-12-01T22:00:00+01:00' : `is ${given}, expected an instant with its offset, such as 2026-12-01T22:00:00+01:00` })
  return unixMs ?? 0
}
