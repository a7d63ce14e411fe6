import { POWER, VM } from '../../model/pool.ts'
import { reason } from '../../model/result.ts'
import { duration } from '../../model/text.ts'
import type { GoalAnswer, GoalView } from '../wish.ts'

/** When waiting VMs were last looked at. `deferred`: some still wait from then, and it is not time to look again. */
export interface PlacementMemory {
  readonly triedAtMs: number
  readonly deferred: boolean
}

export const noPlacementMemory: PlacementMemory = { triedAtMs: -Infinity, deferred: false }

/**
 * Every VM that waits for a place gets one: on the host with most room, or the fullest that still has it while power
 * save packs. VMs that found none are looked at again after the interval, or together with the next that comes.
 */
export function placementGoal({ pool, policy, atMs }: GoalView, memory: PlacementMemory): GoalAnswer<PlacementMemory> {
  const { enabled, intervalMs } = policy.placement
  const waiting: number[] = []
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmState[vm] === VM.pending) waiting.push(vm)
  if (waiting.length === 0) return { wishes: [], note: reason('nothingWaits', 'No VM waits for a place.'), memory: { ...memory, deferred: false } }
  if (!enabled) return { wishes: [], note: reason('placementOff', `${waiting.length} VMs wait, but placement is switched off.`, { waiting: waiting.length }), memory: { ...memory, deferred: false } }
  const isNew = waiting.some((vm) => pool.vmSinceMs[vm]! > memory.triedAtMs)
  if (!isNew && atMs - memory.triedAtMs < intervalMs)
    return { wishes: [], note: reason('placementLater', `${waiting.length} VMs found no place and are looked at again every ${duration(intervalMs)}`, { waiting: waiting.length }), memory: { ...memory, deferred: true } }
  const on = pool.hosts.filter((_, host) => pool.hostPower[host] === POWER.on).length
  const why = reason('newVm', waiting.length === 1 ? `${pool.vms[waiting[0]!]!.id} waits for a place` : `${waiting.length} VMs wait for a place`, { waiting: waiting.length, hostsOn: on })
  return { wishes: [{ goal: 'placement', reason: why, place: waiting }], note: why, memory: { triedAtMs: atMs, deferred: false } }
}
