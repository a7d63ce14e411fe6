import { crowding, misfit } from '../../model/compat.ts'
import { POWER, VM, memoryForVmsMib, type Pool } from '../../model/pool.ts'
import { reason } from '../../model/result.ts'
import { counted, duration } from '../../model/text.ts'
import { isServing } from '../../model/transition.ts'
import { ruleBars } from '../place/ruleBars.ts'
import type { GoalAnswer, GoalView } from '../wish.ts'

/** When waiting VMs were last looked at. `deferred`: some still wait from then, and it is not time to look again. */
export interface PlacementMemory {
  readonly triedAtMs: number
  readonly deferred: boolean
  /** VMs that were not tried at the last look: it was the turn of others to restart. */
  readonly later: number
}

export const noPlacementMemory: PlacementMemory = { triedAtMs: -Infinity, deferred: false, later: 0 }

/**
 * Every VM that waits for a place gets one: on the host with most room, or the fullest that still has it while power
 * save packs. VMs that found none are looked at again after the interval, or together with the next that comes.
 */
export function placementGoal(view: GoalView, memory: PlacementMemory): GoalAnswer<PlacementMemory> {
  const { pool, policy, atMs } = view
  const { enabled, intervalMs } = policy.placement
  const waiting: number[] = []
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmState[vm] === VM.pending) waiting.push(vm)
  if (waiting.length === 0) return { wishes: [], note: reason('nothingWaits', 'No VM waits for a place.'), memory: { ...memory, deferred: false, later: 0 } }
  if (!enabled) return { wishes: [], note: reason('placementOff', `${counted(waiting.length, 'VM waits', 'VMs wait')}, but placement is switched off.`, { waiting: waiting.length }), memory: { ...memory, deferred: false, later: 0 } }
  const isNew = waiting.some((vm) => pool.vmSinceMs[vm]! > memory.triedAtMs)
  if (!isNew && atMs - memory.triedAtMs < intervalMs)
    return { wishes: [], note: reason('placementLater', `${counted(waiting.length, 'VM found no place and is', 'VMs found no place and are')} looked at again every ${duration(intervalMs)}`, { waiting: waiting.length }), memory: { ...memory, deferred: true } }
  const first = firstInLine(view, waiting)
  const on = pool.hosts.filter((_, host) => pool.hostPower[host] === POWER.on).length
  const why = reason('newVm', waiting.length === 1 ? `${pool.vms[waiting[0]!]!.id} waits for a place` : `${waiting.length} VMs wait for a place`, { waiting: waiting.length, hostsOn: on })
  const later = waiting.length - first.length
  const unmet = later === 0 ? {} : { unmet: [reason('laterInLine', `${counted(later, 'VM waits', 'VMs wait')} until VMs of a failed host that restart first have places: memory is short; free memory, or wake or add a host`, { later })] }
  return { wishes: [{ goal: 'placement', reason: why, place: first, ...unmet }], note: why, memory: { triedAtMs: atMs, deferred: false, later } }
}

/** Restart priority of VMs that state none, and the turn of VMs that never ran. */
const TURN = 1

/** All that wait; or, where they don't all find memory and some come from a failed host, those whose turn to restart is first. */
function firstInLine({ pool, restarting = [] }: GoalView, waiting: readonly number[]): readonly number[] {
  if (restarting.length === 0) return waiting
  const freeMib = pool.hosts.map((host, at) => (isServing(pool, at) ? Math.max(0, memoryForVmsMib(host) - pool.hostMemoryMib[at]!) : 0))
  const needMib = waiting.reduce((sum, vm) => sum + pool.vms[vm]!.memoryMib, 0)
  if (needMib <= freeMib.reduce((sum, mib) => sum + mib, 0)) return waiting
  // One that no host may take now holds nobody up.
  const lost = waiting.filter((vm) => restarting.includes(vm) && hasHost(pool, vm, freeMib))
  if (lost.length === 0) return waiting
  const turnOf = (vm: number): number => pool.vms[vm]!.restartPriority ?? TURN
  const first = Math.min(...lost.map(turnOf))
  return lost.filter((vm) => turnOf(vm) === first)
}

/** Whether memory, needs, limits and rules let some host take the VM as the others stand. */
function hasHost(pool: Pool, vm: number, freeMib: readonly number[]): boolean {
  const bars = ruleBars(pool, vm)
  return pool.hosts.some((target, host) => isServing(pool, host) && freeMib[host]! >= pool.vms[vm]!.memoryMib && misfit(pool.vms[vm]!, null, target) === null && crowding(pool, vm, host) === null && (bars?.(host) ?? []).length === 0)
}
