import { crowding, misfit } from '../../../src/model/compat.ts'
import type { VmId } from '../../../src/model/ids.ts'
import { NOWHERE, POWER, addVm, copyPool, cpuForVmsMhz, memoryForVmsMib, type Pool, type Vm } from '../../../src/model/pool.ts'
import { ruleAgainst } from '../../../src/model/ruleCheck.ts'
import { domainOf } from '../../../src/model/ruleIndex.ts'
import { vmIsOn } from '../../occurrences.ts'
import type { Simulation } from '../../simulation.ts'
import type { Placement } from '../strategies.ts'

/** Evenly over memory and vCPUs, without looking at the load. */
export const spread: Placement = { place: placeInitially }

/**
 * Puts every VM that is there from the start on a host: where the scenario says, the others (largest memory first) where
 * memory and vCPUs are spread most evenly, without looking at the load. It is the same for every policy. A VM that fits
 * nowhere waits for the controller.
 */
function placeInitially(sim: Simulation): readonly number[] {
  const { world } = sim
  const present = world.vms.flatMap((entry, number) => (entry.arriveMs <= 0 ? [{ entry, number }] : []))
  const waiting: number[] = []
  const sizeMhz = new Float64Array(world.pool.hosts.length)
  const settle = (number: number, host: number): void => {
    vmIsOn(sim, number, host)
    sizeMhz[host]! += world.vms[number]!.vm.cpuMhz
  }
  for (const { entry, number } of present) if (entry.host !== null) settle(number, world.index.hosts.get(entry.host)!)
  const free = present.filter(({ entry }) => entry.host === null).sort((a, b) => b.entry.vm.memoryMib - a.entry.vm.memoryMib || a.number - b.number)
  for (const { entry, number } of free) {
    const host = roomiest(sim, entry.vm, sizeMhz)
    if (host === NOWHERE) waiting.push(number)
    else settle(number, host)
  }
  sim.strategies.demand.update(world)
  return waiting
}

/** The host that is left least full of memory and vCPU size by the VM; rules are kept. */
function roomiest(sim: Simulation, vm: Vm, sizeMhz: Float64Array): number {
  const { pool } = sim.world
  const { memoryMib, cpuMhz } = vm
  const isBarred = barsOf(sim, vm)
  let best = NOWHERE
  let least = Infinity
  for (let host = 0; host < pool.hosts.length; host++) {
    if (pool.hostPower[host] !== POWER.on) continue
    const heldMib = pool.hostMemoryMib[host]! + memoryMib
    const hasMib = memoryForVmsMib(pool.hosts[host]!)
    if (heldMib > hasMib || isBarred(host)) continue
    const fullness = Math.max(heldMib / hasMib, (sizeMhz[host]! + cpuMhz) / (4 * cpuForVmsMhz(pool.hosts[host]!)))
    if (fullness < least) {
      least = fullness
      best = host
    }
  }
  return best
}

/** Whether a host is barred to a VM that is about to come, by rules, by what it needs or by limits of the host. */
function barsOf(sim: Simulation, vm: Vm): (host: number) => boolean {
  const { pool } = sim.world
  if (pool.rules.length === 0 && vm.needs === undefined && pool.hosts.every(({ traits }) => traits === undefined)) return () => false
  const probe = copyPool(pool)
  const slot = addVm(probe, vm, 0)
  return (host) => misfit(vm, null, pool.hosts[host]!) !== null || crowding(probe, slot, host) !== null || ruleAgainst(probe, slot, host) !== null || isTorn(probe, vm.id, host)
}

/** Whether a VM that it must be together with is in another domain already. */
function isTorn(pool: Pool, id: VmId, host: number): boolean {
  return pool.rules.some((rule) => {
    if (rule.kind !== 'together' || rule.weight !== undefined || !rule.vms.includes(id)) return false
    const domain = domainOf(pool.hosts[host]!, rule.per ?? 'host')
    return pool.vms.some((other, slot) => rule.vms.includes(other.id) && pool.vmHost[slot] !== NOWHERE && domainOf(pool.hosts[pool.vmHost[slot]!]!, rule.per ?? 'host') !== domain)
  })
}
