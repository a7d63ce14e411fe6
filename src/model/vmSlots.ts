import type { VmId } from './ids.ts'
import { NOWHERE, VM, type Pool, type Vm } from './pool.ts'

/** Columns where VMs were last seen, by a pool's list of VMs. Only a hint: slots are reused, so each is looked at before it is believed. */
const hints = new WeakMap<readonly Vm[], Map<VmId, number>>()

const isAt = ({ vms, vmState }: Pool, id: VmId, slot: number): boolean => vms[slot]?.id === id && vmState[slot] !== VM.gone

/** Column of a VM that is in the pool, NOWHERE for none. O(1) where it was seen before, else O(VMs). */
export function slotOf(pool: Pool, id: VmId): number {
  const slots = hints.get(pool.vms) ?? freshHints(pool.vms)
  const hint = slots.get(id)
  if (hint !== undefined && isAt(pool, id, hint)) return hint
  const slot = pool.vms.findIndex((_, at) => isAt(pool, id, at))
  if (slot !== NOWHERE) slots.set(id, slot)
  return slot
}

function freshHints(vms: readonly Vm[]): Map<VmId, number> {
  const slots = new Map<VmId, number>()
  vms.forEach(({ id }, slot) => void slots.set(id, slot))
  hints.set(vms, slots)
  return slots
}

/** Columns of those VMs that are in the pool, ascending. */
export function slotsOf(pool: Pool, ids: Iterable<VmId>): number[] {
  const slots: number[] = []
  for (const id of ids) {
    const slot = slotOf(pool, id)
    if (slot !== NOWHERE) slots.push(slot)
  }
  return slots.sort((a, b) => a - b)
}
