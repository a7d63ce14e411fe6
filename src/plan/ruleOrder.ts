import { findVm, type PoolIndex } from '../model/poolIndex.ts'
import { NOWHERE, type Pool, copyPool } from '../model/pool.ts'
import { ruleAgainst } from '../model/ruleCheck.ts'
import type { Rule } from '../model/rules.ts'
import type { Step } from '../model/plan.ts'

/** What the order of steps must know of rules: who shares one, and where everyone may still be while steps run beside each other. */
export interface RuleOrder {
  /** The pool with all steps so far begun and none ended: a VM stands where it came from and where it goes. */
  readonly crowded: Pool
  /** By VM: the rules that name it; members by rule. */
  readonly rulesOf: Map<number, number[]>
  readonly members: readonly (readonly number[])[]
  /** By VM: those whose steps a rule puts before its own. */
  readonly firstOf: ReadonlyMap<number, readonly number[]>
  /** Whether a rule binds VMs that it does not name: then everyone shares one with everyone. */
  readonly bindsAll: boolean
  readonly lastStep: Map<number, number>
  /** By host: VMs that passed through it, with the step that took them on. */
  readonly passing: Map<number, { readonly vm: number; readonly step: number }[]>
}

/** Null where there are no rules. */
export function ruleOrder(draft: Pool, index: PoolIndex): RuleOrder | null {
  const rules = draft.rules.filter(({ weight }) => weight === undefined)
  if (rules.length === 0) return null
  const vms = index.vms as ReadonlyMap<string, number>
  // Whatever list a kind of rule keeps its VMs in: every name of a VM in it counts.
  const members = rules.map((rule) => [...new Set(Object.values(rule).filter((part) => Array.isArray(part)).flat(2).map((name) => vms.get(String(name))).filter((vm) => vm !== undefined))])
  const rulesOf = new Map<number, number[]>()
  members.forEach((list, rule) => list.forEach((vm) => void rulesOf.set(vm, [...(rulesOf.get(vm) ?? []), rule])))
  return { crowded: copyPool(draft), rulesOf, members, firstOf: firstByRule(rules, vms), bindsAll: rules.some(({ kind, vms: named }) => kind === 'lonely' || kind === 'quarantine' || (kind !== 'failover' && named.length === 0)), lastStep: new Map(), passing: new Map() }
}

function firstByRule(rules: readonly Rule[], vms: ReadonlyMap<string, number>): Map<number, number[]> {
  const firstOf = new Map<number, number[]>()
  for (const rule of rules) {
    if (rule.kind !== 'order') continue
    const first = rule.vms.flatMap((id) => vms.get(id) ?? [])
    for (const id of rule.others) {
      const vm = vms.get(id)
      if (vm !== undefined) firstOf.set(vm, [...new Set([...(firstOf.get(vm) ?? []), ...first])].filter((other) => other !== vm))
    }
  }
  return firstOf
}

/** What the order so far tells of a step that is to be appended. */
interface SoFar {
  readonly draft: Pool
  readonly steps: readonly Step[]
  readonly index: PoolIndex
  readonly leavers: ReadonlyMap<number, readonly number[]>
  readonly lastOfVm: ReadonlyMap<number, number>
}

/**
 * Steps that must have ended before the VM may go there without breaking a rule, judged on everyone's old and new places:
 * none if it may go at once, else those of VMs it shares a rule with that leave the host, else all that leave the host and
 * all of those VMs, else everything so far.
 */
export function ruledBefore(order: RuleOrder, soFar: SoFar, vm: number, target: number): number[] {
  const { crowded, rulesOf, members, passing, bindsAll } = order
  const { lastOfVm, leavers, steps, index } = soFar
  const mates = new Set((rulesOf.get(vm) ?? []).flatMap((rule) => members[rule]!).filter((other) => other !== vm))
  const passed = (passing.get(target) ?? []).filter(({ vm: other }) => other !== vm && (bindsAll || mates.has(other))).map(({ step }) => step)
  if (ruleAgainst(crowded, vm, target) === null) return passed
  const moved = (vms: Iterable<number>): number[] => [...vms].filter((other) => other !== vm && lastOfVm.has(other))
  const left = (leavers.get(target) ?? []).flatMap((number) => {
    const step = steps[number]!
    return 'vm' in step ? [findVm(index, step.vm)] : []
  })
  const tries = [moved(mates).filter((other) => crowded.vmHost[other] === target), moved(new Set([...left, ...mates])), moved(lastOfVm.keys())]
  const enough = tries.find((ended) => holdsOnceEnded(crowded, soFar.draft, ended, vm, target)) ?? tries.at(-1)!
  return [...passed, ...enough.map((other) => lastOfVm.get(other)!)]
}

/** Whether no rule speaks against the VM there once these VMs' steps have ended. */
function holdsOnceEnded(crowded: Pool, draft: Pool, ended: readonly number[], vm: number, target: number): boolean {
  const places = ended.map((other) => ({ other, host: crowded.vmHost[other]!, target: crowded.vmTarget[other]! }))
  for (const { other } of places) {
    crowded.vmHost[other] = draft.vmHost[other]!
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
export function enterRuled({ crowded, rulesOf, lastStep, passing, bindsAll }: RuleOrder, vm: number, source: number, target: number, step: number): void {
  // Where a VM stops is not free before the stop has ended: it stays in the crowd.
  if (target === NOWHERE) return
  if (source === NOWHERE) crowded.vmHost[vm] = target
  else {
    if ((bindsAll || rulesOf.has(vm)) && lastStep.has(vm)) passing.set(source, [...(passing.get(source) ?? []), { vm, step }])
    crowded.vmTarget[vm] = target
  }
  lastStep.set(vm, step)
}
