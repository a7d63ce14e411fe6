import { stepId, type StepId } from '../model/ids.ts'
import type { Step } from '../model/plan.ts'
import { findVm, type PoolIndex } from '../model/poolIndex.ts'
import { NOWHERE, VM, copyPool, memoryForVmsMib, type Pool } from '../model/pool.ts'
import type { Refusal } from '../model/result.ts'
import { type Begun, type TransitionLimits, begin, finish, isServing } from '../model/transition.ts'
import { type Room, freeRoom, renewRoom, roomOf, takeRoom } from './room.ts'
import { type HardRow, hardRows, rowLoad } from './rows.ts'
import { type RuleOrder, enterRuled, ruleOrder, ruledBefore } from './ruleOrder.ts'

/** A step that is wanted, before it has an id and a place in the order. */
export type Wanted = WithoutPlace<Step>
type WithoutPlace<S> = S extends Step ? Omit<S, 'id' | 'after'> & { readonly after?: readonly StepId[] } : never

/**
 * Steps one after another, each admitted by `begin` once those before it have ended, with what each must wait for so
 * that it stays admitted whichever steps run beside each other. A private builder: columns by host, VM and step.
 */
export interface Sequence {
  /** The pool with all steps so far ended. */
  readonly draft: Pool
  readonly index: PoolIndex
  /** The limits of the pool without those that only say how much may happen at once. */
  readonly limits: TransitionLimits
  readonly prefix: string
  readonly steps: Step[]
  readonly rows: readonly HardRow[]
  /** By row: held on each host. */
  readonly load: readonly Float64Array[]
  readonly room: Room
  readonly rules: RuleOrder | null
  /** By VM: how many of its wanted steps are not in the sequence yet. Only filled where an order of VMs is ruled. */
  readonly open: Map<number, number>
  /** By VM: its last step so far. */
  readonly lastOfVm: Map<number, number>
  /** By host: steps that leave it, since it was last off. */
  readonly leavers: Map<number, number[]>
  /** By host: its last power step. */
  readonly powerOf: Map<number, number>
  /** Hosts on beyond the least number; pieces come from hosts that were woken. */
  readonly spare: Room
}

export function sequenceOf(pool: Pool, index: PoolIndex, limits: TransitionLimits, prefix: string, more: readonly HardRow[] = []): Sequence {
  const draft = draftAfterRunning(pool)
  const always = hardRows(pool)
  const rows = [...always, ...more.filter(({ code }) => always.every((row) => row.code !== code))]
  const load = rows.map((row) => rowLoad(draft, row))
  const rowCount = rows.length + (limits.memoryEnforced ? 1 : 0)
  const sequence: Sequence = {
    draft, index, limits: { ...limits, hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null, poolBootsMax: null }, prefix, steps: [], rows, load,
    room: roomOf(pool.hosts.length, rowCount, new Float64Array(pool.hosts.length * rowCount)), rules: ruleOrder(draft, index), open: new Map(), lastOfVm: new Map(), leavers: new Map(), powerOf: new Map(),
    spare: roomOf(1, 1, Float64Array.of(servingHosts(draft) - Math.max(1, limits.hostsOnMin))),
  }
  for (let host = 0; host < pool.hosts.length; host++) sequence.room.free.set(freeOn(sequence, host), host * rowCount)
  return sequence
}

const servingHosts = (pool: Pool): number => pool.hosts.reduce((sum, _, host) => sum + (isServing(pool, host) ? 1 : 0), 0)

/** Appends the step if it may begin when all before it have ended; else says why not and changes nothing. */
export function append(sequence: Sequence, next: Wanted): Refusal | null {
  const { draft, index, steps, limits } = sequence
  const early = orderRuleAgainst(sequence, next)
  if (early) return early
  const number = steps.length
  // The list is handed over now and filled below, when it is known that the step may begin.
  const after: StepId[] = [...(next.after ?? [])]
  const step = { ...next, id: stepId(`${sequence.prefix}.${number}`), after } as Step
  const begun = begin(draft, index, step, limits)
  if (!begun.ok) return begun.refusal
  finish(draft, begun.value)
  const before = new Set(predecessors(sequence, begun.value))
  for (const earlier of [...before].sort((a, b) => a - b)) after.push(steps[earlier]!.id)
  steps.push(step)
  enter(sequence, begun.value, number)
  return null
}

/** Steps that must have ended: the VM's own last one, power, and those whose room it takes or whose VMs a rule keeps away. */
function predecessors(sequence: Sequence, { step, vm, target }: Begun): number[] {
  const { draft, steps, lastOfVm, leavers, powerOf, room, spare, rules } = sequence
  if (step.kind === 'powerOn') return powerOf.has(target) ? [powerOf.get(target)!] : []
  if (step.kind === 'powerOff') {
    const least = [...(leavers.get(target) ?? []), ...(powerOf.has(target) ? [powerOf.get(target)!] : []), ...takeRoom(spare, 0, ONE)]
    // Whether failures are survived depends on all hosts and VMs: it was judged with every step before ended.
    return draft.rules.some(({ kind }) => kind === 'failover') ? steps.map((_, number) => number) : least
  }
  const own = [vm, ...(rules?.firstOf.get(vm) ?? [])].flatMap((one) => lastOfVm.get(one) ?? [])
  if (target === NOWHERE) return own
  const power = powerOf.get(target)
  return [...own, ...(power === undefined ? [] : [power]), ...takeRoom(room, target, amountsOf(sequence, vm)), ...(rules ? ruledBefore(rules, sequence, vm, target) : [])]
}

const ONE = Float64Array.of(1)

/** A rule may say that another VM's steps come first. */
function orderRuleAgainst({ rules, index, open, draft }: Sequence, next: Wanted): Refusal | null {
  if (rules === null || rules.firstOf.size === 0 || !('vm' in next)) return null
  const first = (rules.firstOf.get(findVm(index, next.vm)) ?? []).find((vm) => (open.get(vm) ?? 0) > 0)
  return first === undefined ? null : { code: 'rule', message: `a rule lets ${next.vm} wait until the steps of ${draft.vms[first]!.id} have ended` }
}

/** Enters the step's effects, which `finish` has entered into the draft, into the rows, the room and the rules. */
function enter(sequence: Sequence, { step, vm, source, target }: Begun, number: number): void {
  if (step.kind === 'powerOff' || step.kind === 'powerOn') {
    sequence.powerOf.set(target, number)
    if (step.kind === 'powerOff') sequence.leavers.delete(target)
    else {
      renewRoom(sequence.room, target, freeOn(sequence, target))
      freeRoom(sequence.spare, 0, number, ONE)
    }
    return
  }
  if (target !== NOWHERE) for (const [row, { demand }] of sequence.rows.entries()) sequence.load[row]![target]! += demand[vm]!
  if (source !== NOWHERE) {
    for (const [row, { demand }] of sequence.rows.entries()) sequence.load[row]![source]! -= demand[vm]!
    freeRoom(sequence.room, source, number, amountsOf(sequence, vm))
    const list = sequence.leavers.get(source)
    if (list) list.push(number)
    else sequence.leavers.set(source, [number])
  }
  if (sequence.rules) enterRuled(sequence.rules, vm, source, target, number)
  sequence.lastOfVm.set(vm, number)
}

/** What a VM holds, by row of the room: the hard rows, then memory where it counts. */
function amountsOf({ rows, draft, limits }: Sequence, vm: number): Float64Array {
  const amounts = new Float64Array(rows.length + (limits.memoryEnforced ? 1 : 0))
  for (const [row, { demand }] of rows.entries()) amounts[row] = demand[vm]!
  if (limits.memoryEnforced) amounts[rows.length] = draft.vms[vm]!.memoryMib
  return amounts
}

function freeOn({ rows, load, draft, limits }: Sequence, host: number): Float64Array {
  const free = new Float64Array(rows.length + (limits.memoryEnforced ? 1 : 0))
  for (const [row, { capacity }] of rows.entries()) free[row] = capacity[host]! - load[row]![host]!
  if (limits.memoryEnforced) free[rows.length] = memoryForVmsMib(draft.hosts[host]!) - draft.hostMemoryMib[host]!
  return free
}

/** The pool as it will be when what is running now has ended well. */
function draftAfterRunning(pool: Pool): Pool {
  const draft = copyPool(pool)
  for (let vm = 0; vm < draft.vms.length; vm++) {
    const target = draft.vmTarget[vm]!
    if (target === NOWHERE || draft.vmState[vm] !== VM.migrating) continue
    const source = draft.vmHost[vm]!
    draft.hostMemoryMib[source]! -= draft.vms[vm]!.memoryMib
    draft.hostVmCount[source]!--
    draft.hostOutgoing[source]!--
    draft.hostIncoming[target]!--
    draft.hostVmCount[target]!++
    draft.vmHost[vm] = target
    draft.vmTarget[vm] = NOWHERE
    draft.vmState[vm] = VM.running
  }
  return draft
}
