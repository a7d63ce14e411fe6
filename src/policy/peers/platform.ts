import { NOWHERE, VM, type Pool } from '../../model/pool.ts'
import type { Step } from '../../model/plan.ts'
import { type Reason, reason } from '../../model/result.ts'
import { type TransitionLimits, refusalToHost } from '../../model/transition.ts'
import type { Wish } from '../wish.ts'
import { type Draft, freeMemoryMib, lowest, movableOn, moveTo } from './draft.ts'

/** A step without what only its plan knows. */
export type Action =
  | { readonly kind: 'migrate'; readonly vm: number; readonly target: number; readonly reason: Reason }
  | { readonly kind: 'startVm' | 'resumeVm'; readonly vm: number; readonly target: number; readonly reason: Reason }
  | { readonly kind: 'shutdownVm' | 'suspendVm'; readonly vm: number; readonly reason: Reason }

/**
 * What every platform does on request, whatever its balancer: VMs that wait are started, hosts that enter maintenance are
 * left, VMs return where that is documented. Each goes to the host with most free memory that takes it now. Made on the
 * draft; a VM that no host takes waits.
 */
export function serve(draft: Draft, wishes: readonly Wish[], limits: TransitionLimits, mayMove: (vm: number) => boolean): Action[] {
  return wishes.flatMap((wish) => [...place(draft, wish, limits), ...stopped(draft, wish), ...evacuated(draft, wish, limits, mayMove), ...returned(draft, wish, limits, mayMove)])
}

function place(draft: Draft, wish: Wish, limits: TransitionLimits): Action[] {
  return (wish.place ?? []).flatMap((vm): Action[] => {
    const home = wish.prefer?.find((entry) => entry.vm === vm)?.host
    const target = home !== undefined && takes(draft, vm, home, limits) ? home : roomiest(draft, vm, limits)
    if (target === null) return []
    const kind = draft.pool.vmState[vm] === VM.suspended ? 'resumeVm' : 'startVm'
    moveTo(draft, vm, target)
    return [{ kind, vm, target, reason: wish.reason }]
  })
}

const stopped = ({ pool }: Draft, { stop, reason: why }: Wish): Action[] => (stop ?? []).filter(({ vm }) => pool.vmState[vm] === VM.running).map(({ vm, how }) => ({ kind: how === 'shutdown' ? 'shutdownVm' : 'suspendVm', vm, reason: why }))

function evacuated(draft: Draft, wish: Wish, limits: TransitionLimits, mayMove: (vm: number) => boolean): Action[] {
  const kept = new Set([...(wish.stay ?? []), ...(wish.stop ?? []).map(({ vm }) => vm)])
  const leaving = (wish.evacuate ?? []).flatMap((host) => movableOn(draft, host)).filter((vm) => !kept.has(vm) && mayMove(vm))
  return leaving.flatMap((vm): Action[] => {
    const target = roomiest(draft, vm, limits)
    if (target === null) return []
    moveTo(draft, vm, target)
    return [{ kind: 'migrate', vm, target, reason: reason('evacuate', wish.reason.text) }]
  })
}

function returned(draft: Draft, wish: Wish, limits: TransitionLimits, mayMove: (vm: number) => boolean): Action[] {
  return (wish.prefer ?? []).flatMap(({ vm, host }): Action[] => {
    const { pool } = draft
    if (pool.vmState[vm] !== VM.running || pool.vmHost[vm] === host || pool.vmHost[vm] === NOWHERE || !mayMove(vm) || !takes(draft, vm, host, limits)) return []
    moveTo(draft, vm, host)
    return [{ kind: 'migrate', vm, target: host, reason: wish.reason }]
  })
}

const takes = ({ pool }: Draft, vm: number, host: number, limits: TransitionLimits): boolean => pool.vmHost[vm] !== host && refusalToHost(pool, vm, host, limits) === null

const roomiest = (draft: Draft, vm: number, limits: TransitionLimits): number | null => lowest(Array.from(draft.pool.hosts.keys()).filter((host) => takes(draft, vm, host, limits)), (host) => -freeMemoryMib(draft, host))

/** The step of an action, as it stands on this pool. */
export function stepOf(pool: Pool, action: Action, base: Pick<Step, 'id' | 'after' | 'estimateMs'>): Step {
  const vm = pool.vms[action.vm]!.id
  const { reason: why } = action
  switch (action.kind) {
    case 'migrate':
      return { ...base, kind: action.kind, vm, source: pool.hosts[pool.vmHost[action.vm]!]!.id, target: pool.hosts[action.target]!.id, reason: why }
    case 'startVm':
    case 'resumeVm':
      return { ...base, kind: action.kind, vm, target: pool.hosts[action.target]!.id, reason: why }
    case 'shutdownVm':
    case 'suspendVm':
      return { ...base, kind: action.kind, vm, source: pool.hosts[pool.vmHost[action.vm]!]!.id, reason: why }
  }
}
