import type { MigrateStep } from '../../model/plan.ts'
import type { FailureClass } from './effects.ts'
import type { Ledger } from './ledger.ts'
import type { HostTrouble, Outcome, VmTrouble } from './records.ts'

export const VM_CLEAR: VmTrouble = { failures: 0, notBeforeMs: 0, pinned: null, targets: {} }
export const HOST_CLEAR: HostTrouble = { out: null, wakeProvenMs: null }

/** Failures of one VM to one target after which that pair is not tried again, and of one VM after which it stays. */
export const PAIR_FAILURES_MAX = 3
export const VM_FAILURES_MAX = 5

export interface RetryTimes {
  readonly retryMs: number
  readonly retryMaxMs: number
}

/** What a migration that did not arrive teaches: wait longer each time, leave out a target, leave the VM alone, leave the host alone. */
export function afterFailure(ledger: Ledger, step: MigrateStep, outcome: Outcome, atMs: number, times: RetryTimes): Ledger {
  const before = ledger.vms.get(step.vm) ?? VM_CLEAR
  const failures = before.failures + 1
  const kind = outcome.class ?? 'unknown'
  const vm: VmTrouble = {
    failures,
    notBeforeMs: atMs + Math.min(times.retryMaxMs, times.retryMs * 2 ** (failures - 1)),
    pinned: before.pinned ?? whyPinned(kind, failures, outcome),
    targets: { ...before.targets, [step.target]: (before.targets[step.target] ?? 0) + (kind === 'otherHost' ? PAIR_FAILURES_MAX : 1) },
  }
  const vms = new Map(ledger.vms).set(step.vm, vm)
  if (kind !== 'hostOut') return { ...ledger, vms }
  return { ...ledger, vms, hosts: new Map(ledger.hosts).set(step.target, { ...(ledger.hosts.get(step.target) ?? HOST_CLEAR), out: outcome.reply?.text ?? outcome.seen }) }
}

function whyPinned(kind: FailureClass, failures: number, outcome: Outcome): string | null {
  if (kind === 'vmPinned' || kind === 'operator') return outcome.reply?.text ?? outcome.seen
  return failures >= VM_FAILURES_MAX ? `${failures} migrations failed in a row` : null
}
