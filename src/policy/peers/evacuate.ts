import { type Draft, moveTo, vmsOn } from './draft.ts'

export interface Placed {
  readonly vm: number
  readonly target: number
}

/**
 * Places all VMs of a host on others, the largest in memory first, each on the first of `targets(vm)`; the moves are made
 * on the draft. Null: not all find a place, and the draft is as before.
 */
export function evacuate(draft: Draft, host: number, targets: (vm: number) => readonly number[]): Placed[] | null {
  const { pool } = draft
  const placed: Placed[] = []
  const vms = vmsOn(draft, host).sort((a, b) => pool.vms[b]!.memoryMib - pool.vms[a]!.memoryMib || a - b)
  for (const vm of vms) {
    const target = targets(vm)[0]
    if (target === undefined) {
      for (const { vm: back } of placed.reverse()) moveTo(draft, back, host)
      return null
    }
    moveTo(draft, vm, target)
    placed.push({ vm, target })
  }
  return placed
}
