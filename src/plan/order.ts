import { stepId, type StepId } from '../model/ids.ts'
import type { MigrateStep, Step } from '../model/plan.ts'
import { addedMemoryMib, type PoolIndex } from '../model/poolIndex.ts'
import { NOWHERE, POWER, VM, copyPool, type Pool } from '../model/pool.ts'
import { type Reason, reason } from '../model/result.ts'
import { type Begun, type TransitionLimits, begin, finish, refusalToHost } from '../model/transition.ts'

/** A step that is wanted, before it has an id and a place in the order. */
export type Wanted = WithoutPlace<Step>
type WithoutPlace<S> = S extends Step ? Omit<S, 'id' | 'after'> & { readonly after?: readonly StepId[] } : never

export interface Ordered {
  readonly steps: readonly Step[]
  readonly unmet: readonly Reason[]
}

/**
 * Puts wanted steps into an order in which each may start once those before it have ended, every intermediate state
 * keeping memory (counted on both ends) and rules. A step whose target has no room, or breaks a rule, before others have
 * left comes after the steps that leave it; a cycle is broken by parking one VM on a third host. What finds no order is unmet.
 */
export function orderSteps(pool: Pool, index: PoolIndex, wanted: readonly Wanted[], limits: TransitionLimits, prefix: string): Ordered {
  const unlimited = { ...limits, hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null, poolBootsMax: null }
  const draft = draftAfterRunning(pool)
  const crowded = copyPool(draft)
  const steps: Step[] = []
  let left = wanted.slice()
  const append = (next: Wanted, extra: readonly StepId[]): boolean => {
    const step = { ...next, id: stepId(`${prefix}.${steps.length}`), after: [...new Set([...(next.after ?? []), ...extra])] } as Step
    const begun = begin(draft, index, step, unlimited)
    if (!begun.ok) return false
    finish(draft, begun.value)
    crowd(crowded, begun.value)
    steps.push(step)
    return true
  }
  while (left.length > 0) {
    const refused = left.filter((next) => !append(next, predecessors(next, steps, needsRoom(crowded, index, next, unlimited))))
    if (refused.length === left.length && !park({ draft, crowded, index, steps, limits: unlimited }, refused, append)) break
    left = refused.map((next) => fromParking(next, steps))
  }
  return { steps, unmet: left.map((next) => unmetReason(draft, index, next, unlimited)) }
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

/** Enters a step into the pool in which every step has begun and none has ended: the VM is where it comes from and where it goes. */
function crowd(crowded: Pool, { step, vm, target }: Begun): void {
  if (!('target' in step)) return
  crowded.hostMemoryMib[target]! += addedMemoryMib(crowded, vm, target)
  if (crowded.vmHost[vm] === NOWHERE) crowded.vmHost[vm] = target
  else crowded.vmTarget[vm] = target
}

/** Whether a step could not begin beside all steps before it: then some must have ended first. */
function needsRoom(crowded: Pool, index: PoolIndex, next: Wanted, limits: TransitionLimits): boolean {
  if (!('target' in next)) return false
  const vm = index.vms.get(next.vm)
  const target = index.hosts.get(next.target)
  const no = vm === undefined || target === undefined ? null : refusalToHost(crowded, vm, target, limits)
  return no !== null && (no.refusal.code === 'noMemory' || no.refusal.code === 'rule')
}

/** Steps that must come first: the VM's own earlier steps; for a power-off all that empties the host; for a step that needs room, all that leave its target. */
function predecessors(next: Wanted, steps: readonly Step[], needed: boolean): StepId[] {
  const leaves = (host: string): StepId[] => steps.filter((step) => 'source' in step && step.source === host).map(({ id }) => id)
  if (next.kind === 'powerOff') return leaves(next.host)
  if (!('vm' in next)) return []
  const own = steps.filter((step) => 'vm' in step && step.vm === next.vm).map(({ id }) => id)
  const woken = 'target' in next ? steps.filter((step) => step.kind === 'powerOn' && step.host === next.target).map(({ id }) => id) : []
  return [...own, ...woken, ...(needed && 'target' in next ? leaves(next.target) : [])]
}

/** An order under construction. */
interface Ordering {
  /** The pool with all steps so far ended. */
  readonly draft: Pool
  /** The pool with all steps so far begun and none ended. */
  readonly crowded: Pool
  readonly index: PoolIndex
  readonly steps: readonly Step[]
  readonly limits: TransitionLimits
}

/** Breaks a cycle: the smallest VM that waits goes to a third host first. */
function park({ draft, crowded, index, steps, limits }: Ordering, refused: readonly Wanted[], append: (next: Wanted, extra: readonly StepId[]) => boolean): boolean {
  const moves = refused.filter((next): next is Extract<Wanted, { kind: 'migrate' }> => next.kind === 'migrate' && !steps.some((step) => step.kind === 'migrate' && step.vm === next.vm))
  const bySize = [...moves].sort((a, b) => draft.vms[index.vms.get(a.vm)!]!.memoryMib - draft.vms[index.vms.get(b.vm)!]!.memoryMib)
  for (const move of bySize) {
    const vm = index.vms.get(move.vm)!
    for (let host = 0; host < draft.hosts.length; host++) {
      const name = draft.hosts[host]!.id
      if (name === move.source || name === move.target || draft.hostPower[host] !== POWER.on || refusalToHost(draft, vm, host, limits)) continue
      if (append({ ...move, target: name, reason: reason(move.reason.code, `${move.reason.text}; by way of ${name}, because the target is freed only after it`, move.reason.numbers) }, predecessors({ ...move, target: name }, steps, needsRoom(crowded, index, { ...move, target: name }, limits)))) return true
    }
  }
  return false
}

/** A parked VM goes on from where it was parked. */
function fromParking(next: Wanted, steps: readonly Step[]): Wanted {
  if (next.kind !== 'migrate') return next
  const parked = steps.findLast((step): step is MigrateStep => step.kind === 'migrate' && step.vm === next.vm)
  return parked ? { ...next, source: parked.target } : next
}

function unmetReason(draft: Pool, index: PoolIndex, next: Wanted, limits: TransitionLimits): Reason {
  const begun = begin(copyPool(draft), index, { ...next, id: stepId('unmet'), after: [] }, limits)
  const what = 'vm' in next ? next.vm : next.host
  return begun.ok ? reason('notOrdered', `${what}: no order of the steps reaches it`) : reason(begun.refusal.code, `${what}: ${begun.refusal.message}`)
}
