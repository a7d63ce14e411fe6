import { driftOf } from '../execute/drift.ts'
import { type Ledger, hostTrouble, vmTrouble } from '../execute/protocol/ledger.ts'
import { showsDone, stepsLeft } from '../execute/shows.ts'
import type { StepId } from '../model/ids.ts'
import type { Plan, Step } from '../model/plan.ts'
import { indexPool } from '../model/poolIndex.ts'
import { NOWHERE, VM, type Pool, copyPool } from '../model/pool.ts'
import type { Issue } from '../model/result.ts'
import { checkPlan } from '../plan/check.ts'
import type { AppliedBefore } from '../store/applied.ts'

/** Steps that are done: written down as such, or begun and shown so by the hosts. */
export function doneSteps({ steps }: Plan, seen: Pool, before: AppliedBefore, settled: ReadonlySet<string>): ReadonlySet<StepId> {
  const index = indexPool(seen)
  const isDone = (step: Step): boolean => before.isOpen && (before.done.has(step.id) || settled.has(step.id) || (before.begun.has(step.id) && showsDone(seen, index, step)))
  return new Set(steps.filter(isDone).map(({ id }) => id))
}

/** Why the rest of the plan can't be carried out on the pool as it is; everything that differs, and is not in its way, is said. */
export function misfits({ plan, base, hostsOnMin }: { readonly plan: Plan; readonly base: Pool | null; readonly hostsOnMin: number }, seen: Pool, ledger: Ledger, done: ReadonlySet<StepId>, say: (text: string) => void): Issue[] {
  const left = stepsLeft(plan.steps, done)
  const drift = base === null ? [] : driftOf(base, seen, left, touchedBy(plan.steps.filter(({ id }) => done.has(id))))
  for (const { message, matters } of drift) if (!matters) say(`changed since, and not in the way: ${message}`)
  const faults = checkPlan(withoutStopped(seen), { steps: left }, { memoryEnforced: true, hostsOnMin, reservationsEnforced: true, placementsEnforced: true })
  const unreachable = blindIssues(left, seen)
  return [...drift.filter(({ matters }) => matters).map(({ subject, message }) => ({ path: subject, message })), ...unreachable, ...troubleIssues(left, ledger), ...faults]
}

const touchedBy = (steps: readonly Step[]): Parameters<typeof driftOf>[3] => ({ moved: new Set(steps.flatMap((step) => ('vm' in step ? [step.vm] : []))), switched: new Set(steps.flatMap((step) => ('host' in step ? [step.host] : []))) })

/** A VM that is stopped holds nothing, whichever host has its definition. */
function withoutStopped(pool: Pool): Pool {
  const copy = copyPool(pool)
  copy.vmState.forEach((state, vm) => { if (state === VM.stopped) copy.vmHost[vm] = NOWHERE })
  return copy
}

/** What the protocol would refuse, whatever the hosts show: only people can end it. */
function troubleIssues(steps: readonly Step[], ledger: Ledger): Issue[] {
  return steps.flatMap((step): Issue[] => {
    const pinned = step.kind === 'migrate' ? vmTrouble(ledger, step.vm).pinned : null
    if (step.kind === 'migrate' && pinned !== null) return [{ path: step.vm, message: `${step.vm} is not migrated (${pinned}): plimsoll loop clear vm ${step.vm} when that has changed` }]
    const out = step.kind === 'migrate' ? hostTrouble(ledger, step.target).out : 'host' in step && step.kind === 'powerOff' ? hostTrouble(ledger, step.host).out : null
    if (out !== null) return [{ path: step.id, message: `${'host' in step ? step.host : 'target' in step ? step.target : ''} is left out (${out}): clear it when that is mended` }]
    if (step.kind === 'powerOff' && hostTrouble(ledger, step.host).wakeProvenMs === null) return [{ path: step.host, message: `${step.host} was never proven to wake: plimsoll power drill ${step.host}` }]
    return []
  })
}

/** Of a host that does not answer nothing is known. */
function blindIssues(steps: readonly Step[], { hosts, hostReachable }: Pool): Issue[] {
  const used = new Set<string>(steps.flatMap((step) => ('vm' in step ? [...('source' in step ? [step.source] : []), ...('target' in step ? [step.target] : [])] : [])))
  return hosts.flatMap(({ id }, host) => (hostReachable[host] === 0 && used.has(id) ? [{ path: id, message: `${id} does not answer: nothing is begun there` }] : []))
}
