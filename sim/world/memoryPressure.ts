import { memoryForVmsMib } from '../../src/model/pool.ts'
import { HOUR_MS } from '../../src/model/resources.ts'
import type { World } from './world.ts'

const SHARING_REGAIN_MS = HOUR_MS

/** Memory that a VM occupies on its host: what it uses, less what page sharing saves; sharing is lost on arrival and won back within an hour. */
export function residentMib(world: World, slot: number): number {
  const settled = Math.min(1, (world.atMs - world.settledSinceMs[slot]!) / SHARING_REGAIN_MS)
  return world.pool.vms[slot]!.memoryMib * world.memoryRatio[slot]! * (1 - world.run.physics.pageSharingRatio * settled)
}

/** Enters whether the host's memory is short, so that balloons inflate and all its VMs suffer. Only a host that promised more than it has can be. */
export function sensePressure(world: World, host: number): void {
  const { pool } = world
  const hasMib = memoryForVmsMib(pool.hosts[host]!)
  let short = false
  if (pool.hostMemoryMib[host]! > hasMib) {
    let usedMib = 0
    for (const slot of world.hostVms[host]!) usedMib += residentMib(world, slot)
    short = usedMib > hasMib
  }
  world.hostPressure[host] = short ? 1 : 0
}
