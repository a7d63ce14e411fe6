import { POWER, VM } from '../../model/pool.ts'
import { reason } from '../../model/result.ts'
import type { GoalAnswer, GoalView } from '../wish.ts'

/** Every VM that waits for a place gets one: on the host with most room, or the fullest that still has it while power save packs. */
export function placementGoal({ pool, policy }: GoalView): GoalAnswer<null> {
  const waiting: number[] = []
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmState[vm] === VM.pending) waiting.push(vm)
  if (waiting.length === 0) return { wishes: [], note: reason('nothingWaits', 'No VM waits for a place.'), memory: null }
  if (!policy.placement.enabled) return { wishes: [], note: reason('placementOff', `${waiting.length} VMs wait, but placement is switched off.`, { waiting: waiting.length }), memory: null }
  const on = pool.hosts.filter((_, host) => pool.hostPower[host] === POWER.on).length
  const why = reason('newVm', waiting.length === 1 ? `${pool.vms[waiting[0]!]!.id} waits for a place` : `${waiting.length} VMs wait for a place`, { waiting: waiting.length, hostsOn: on })
  return { wishes: [{ goal: 'placement', reason: why, place: waiting }], note: why, memory: null }
}
