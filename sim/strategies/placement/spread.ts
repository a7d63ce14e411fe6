import { POWER, NOWHERE, cpuForVmsMhz, memoryForVmsMib } from '../../../src/model/pool.ts'
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
    const host = roomiest(sim, entry.vm.memoryMib, entry.vm.cpuMhz, sizeMhz, entry.vm.id)
    if (host === NOWHERE) waiting.push(number)
    else settle(number, host)
  }
  sim.strategies.demand.update(world)
  return waiting
}

/** The host that is left least full of memory and vCPU size by the VM; rules are kept. */
function roomiest(sim: Simulation, memoryMib: number, cpuMhz: number, sizeMhz: Float64Array, vm: string): number {
  const { pool } = sim.world
  let best = NOWHERE
  let least = Infinity
  for (let host = 0; host < pool.hosts.length; host++) {
    if (pool.hostPower[host] !== POWER.on) continue
    const heldMib = pool.hostMemoryMib[host]! + memoryMib
    const hasMib = memoryForVmsMib(pool.hosts[host]!)
    if (heldMib > hasMib || breaksRule(sim, vm, host)) continue
    const fullness = Math.max(heldMib / hasMib, (sizeMhz[host]! + cpuMhz) / (4 * cpuForVmsMhz(pool.hosts[host]!)))
    if (fullness < least) {
      least = fullness
      best = host
    }
  }
  return best
}

function breaksRule(sim: Simulation, vm: string, host: number): boolean {
  const { pool, index } = sim.world
  const hostId = pool.hosts[host]!.id
  return pool.rules.some((rule) => {
    if (!rule.vms.some((member) => member === vm)) return false
    const others = rule.vms.filter((member) => member !== vm).flatMap((member) => index.vms.get(member) ?? [])
    switch (rule.kind) {
      case 'runOn':
      case 'keepOff':
        return rule.hosts.includes(hostId) === (rule.kind === 'keepOff')
      case 'apart':
        return others.some((slot) => pool.vmHost[slot] === host)
      case 'together':
        return others.some((slot) => pool.vmHost[slot] !== NOWHERE && pool.vmHost[slot] !== host)
    }
  })
}
