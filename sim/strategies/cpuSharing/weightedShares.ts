import { cpuForVmsMhz } from '../../../src/model/pool.ts'
import { type World, isRunning } from '../../world/world.ts'
import type { CpuSharing } from '../strategies.ts'

/** Reservations first, the rest by shares. */
export const weightedShares: CpuSharing = { share: shareCpu }

/** What a VM asks of its host now: its demand, capped by its vCPUs at the host's core speed and by its limit; nothing while paused or when it does not run here. */
function wantedMhz(world: World, host: number, slot: number): number {
  const { pool } = world
  if (!isRunning(pool.vmState[slot]!) || pool.vmHost[slot] !== host || world.paused[slot] === 1) return 0
  const vm = pool.vms[slot]!
  const { coreMhz, performanceFactor } = pool.hosts[host]!
  const cap = Math.min(vm.vcpus * coreMhz * performanceFactor, vm.cpuLimitMhz ?? Infinity)
  return Math.min(world.demandMhz[slot]!, cap)
}

/** CPU that VMs can have on a host: without its reserve, with the gain of hardware threads, less what migrations cost. */
function availableMhz(world: World, host: number): number {
  const { capacity, smtYield } = world.pool.hosts[host]!
  return Math.max(0, cpuForVmsMhz(world.pool.hosts[host]!) + (smtYield - 1) * capacity.cpuMhz - world.hostOverheadMhz[host]!)
}

/**
 * Shares a host's CPU among its VMs, entering what each is delivered. Where demand exceeds capacity every VM first gets
 * its reservation (as far as it wants it), the rest goes by shares, and what one VM does not want is shared again.
 */
function shareCpu(world: World, host: number): void {
  const list = world.hostVms[host]!
  const available = availableMhz(world, host)
  let wanted = 0
  for (const slot of list) {
    if (world.pool.vmHost[slot] !== host) continue
    const mhz = wantedMhz(world, host, slot)
    world.wantedMhz[slot] = mhz
    world.deliveredMhz[slot] = mhz
    wanted += mhz
  }
  if (wanted > available) wanted = contend(world, host, available)
  world.hostUsedMhz[host] = wanted + world.hostOverheadMhz[host]!
}

/** Reservations first, then water-filling by shares. Returns what is delivered in all. */
function contend(world: World, host: number, available: number): number {
  const slots = world.hostVms[host]!.filter((slot) => world.pool.vmHost[slot] === host && world.deliveredMhz[slot]! > 0)
  const wants = slots.map((slot) => world.deliveredMhz[slot]!)
  const got = slots.map((slot, position) => Math.min(wants[position]!, world.pool.vms[slot]!.cpuReservationMhz))
  const reserved = got.reduce((a, b) => a + b, 0)
  // Reservations beyond the host (it was overbooked by a failure or by hand) are cut alike.
  if (reserved > available) got.forEach((mhz, position) => (got[position] = (mhz * available) / reserved))
  else fill(world, slots, wants, got, available - reserved)
  slots.forEach((slot, position) => (world.deliveredMhz[slot] = got[position]!))
  return got.reduce((a, b) => a + b, 0)
}

/** Hands out `rest` by shares until it is gone; each round at least one VM has all it wants, so it ends after as many rounds as there are VMs. */
function fill(world: World, slots: readonly number[], wants: readonly number[], got: number[], rest: number): void {
  let left = rest
  let open = slots.map((_, position) => position).filter((position) => wants[position]! > got[position]!)
  while (left > 1e-9 && open.length > 0) {
    const shares = open.reduce((sum, position) => sum + world.pool.vms[slots[position]!]!.shares, 0)
    const share = (position: number): number => (left * world.pool.vms[slots[position]!]!.shares) / shares
    const sated = open.filter((position) => wants[position]! - got[position]! <= share(position))
    if (sated.length === 0) {
      for (const position of open) got[position]! += share(position)
      return
    }
    for (const position of sated) {
      left -= wants[position]! - got[position]!
      got[position] = wants[position]!
    }
    open = open.filter((position) => !sated.includes(position))
  }
}
