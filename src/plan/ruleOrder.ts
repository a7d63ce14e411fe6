import type { PoolIndex } from '../model/poolIndex.ts'
import { NOWHERE, type Pool, copyPool } from '../model/pool.ts'
import { ruleAgainst } from '../model/ruleCheck.ts'
import type { Step } from '../model/plan.ts'

/** What the order of steps must know of rules: who shares one, and where everyone may still be while steps run beside each other. */
export interface RuleOrder {
  /** The pool with all steps so far begun and none ended: a VM stands where it came from and where it goes. */
  readonly crowded: Pool
  /** By VM: the rules that name it; members by rule. */
  readonly rulesOf: Map<number, number[]>
  readonly members: readonly (readonly number[])[]
  readonly lastStep: Map<number, number>
  /** By host: VMs that passed through it, with the step that took them on. */
  readonly passing: Map<number, { readonly vm: number; readonly step: number }[]>
}

/** Null where there are no rules. */
export function ruleOrder(draft: Pool, index: PoolIndex): RuleOrder | null {
  if (draft.rules.length === 0) return null
  const vms = index.vms as ReadonlyMap<string, number>
  // Whatever list a kind of rule keeps its VMs in: every name of a VM in it counts.
  const members = draft.rules.map((rule) => [...new Set(Object.values(rule).filter((part) => Array.isArray(part)).flat(2).map((name) => vms.get(String(name))).filter((vm) => vm !== undefined))])
  const rulesOf = new Map<number, number[]>()
  members.forEach((list, rule) => list.forEach((vm) => void rulesOf.set(vm, [...(rulesOf.get(vm) ?? []), rule])))
  return { crowded: copyPool(draft), rulesOf, members, lastStep: new Map(), passing: new Map() }
}

/** What the order so far tells of a step that is to be appended. */
interface SoFar {
  readonly steps: readonly Step[]
  readonly leavers: ReadonlyMap<number, readonly number[]>
  readonly lastOfVm: ReadonlyMap<number, number>
}

/** Steps that must have ended before the VM may go there without breaking a rule, judged on everyone's old and new places. */
export function ruledBefore(order: RuleOrder, { leavers, lastOfVm }: SoFar, vm: number, target: number): number[] {
  const { crowded, rulesOf, members, passing } = order
  const mates = new Set((rulesOf.get(vm) ?? []).flatMap((rule) => members[rule]!))
  const passed = (passing.get(target) ?? []).filter(({ vm: other }) => other !== vm && mates.has(other)).map(({ step }) => step)
  if (ruleAgainst(crowded, vm, target) === null) return passed
  const left = leavers.get(target) ?? []
  const leftVms = [...mates].filter((other) => crowded.vmHost[other] === target && crowded.vmTarget[other] !== NOWHERE && lastOfVm.has(other))
  if (holdsOnceEnded(crowded, leftVms, vm, target)) return [...passed, ...leftVms.map((other) => lastOfVm.get(other)!)]
  return [...passed, ...left, ...[...mates].filter((other) => other !== vm && lastOfVm.has(other)).map((other) => lastOfVm.get(other)!)]
}

/** Whether no rule speaks against the VM there once these VMs' steps have ended. */
function holdsOnceEnded(crowded: Pool, ended: readonly number[], vm: number, target: number): boolean {
  const places = ended.map((other) => ({ other, host: crowded.vmHost[other]!, target: crowded.vmTarget[other]! }))
  for (const { other, target: to } of places) {
    crowded.vmHost[other] = to
    crowded.vmTarget[other] = NOWHERE
  }
  const holds = ruleAgainst(crowded, vm, target) === null
  for (const { other, host, target: to } of places) {
    crowded.vmHost[other] = host
    crowded.vmTarget[other] = to
  }
  return holds
}

/** Enters a step: its VM may now be at either end. */
export function enterRuled({ crowded, rulesOf, lastStep, passing }: RuleOrder, vm: number, source: number, target: number, step: number): void {
  // Where a VM stops is not free before the stop has ended: it stays in the crowd.
  if (target === NOWHERE) return
  if (source === NOWHERE) crowded.vmHost[vm] = target
  else {
    if (rulesOf.has(vm) && lastStep.has(vm)) passing.set(source, [...(passing.get(source) ?? []), { vm, step }])
    crowded.vmTarget[vm] = target
  }
  lastStep.set(vm, step)
}
