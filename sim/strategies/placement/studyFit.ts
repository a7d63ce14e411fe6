import { NOWHERE, POWER } from '../../../src/model/pool.ts'
import { powerAtW } from '../../../src/model/power.ts'
import { vmIsOn } from '../../occurrences.ts'
import type { Simulation } from '../../simulation.ts'
import type { World } from '../../world/world.ts'
import type { Placement } from '../strategies.ts'

/** What t = 0 leaves of a host; full sizes are reserved. */
interface Room {
  readonly mhz: Float64Array
  readonly memoryMib: Float64Array
}

/**
 * Section 3 of the study's specification, the VMs in their order: on the first host with room (`firstFit`), or on the
 * one whose power rises least from idle. The overload test of the latter sees the new VM alone, which no host of the
 * study finds too much. Memory counts here, and never again.
 */
export function studyFit(firstFit: boolean): Placement {
  return {
    place(sim) {
      const { world } = sim
      const room: Room = { mhz: Float64Array.from(world.pool.hosts, ({ capacity }) => capacity.cpuMhz), memoryMib: Float64Array.from(world.pool.hosts, ({ capacity }) => capacity.memoryMib) }
      const waiting: number[] = []
      world.vms.forEach((entry, number) => {
        if (entry.arriveMs > 0) return
        const host = entry.host === null ? findHost(world, room, number, firstFit) : world.index.hosts.get(entry.host)!
        if (host === NOWHERE) waiting.push(number)
        else settle(sim, room, number, host)
      })
      return waiting
    },
  }
}

function settle(sim: Simulation, room: Room, number: number, host: number): void {
  vmIsOn(sim, number, host)
  room.mhz[host]! -= sim.world.vms[number]!.vm.cpuMhz
  room.memoryMib[host]! -= sim.world.vms[number]!.vm.memoryMib
}

function findHost({ pool, vms }: World, room: Room, number: number, firstFit: boolean): number {
  const { cpuMhz, memoryMib, vcpus } = vms[number]!.vm
  let best = NOWHERE
  let leastW = Infinity
  for (let host = 0; host < pool.hosts.length; host++) {
    const { capacity, coreMhz, performanceFactor, power } = pool.hosts[host]!
    if (room.mhz[host]! < cpuMhz || room.memoryMib[host]! < memoryMib || vcpus * coreMhz * performanceFactor < cpuMhz || pool.hostPower[host] !== POWER.on) continue
    if (firstFit) return host
    const riseW = powerAtW(power.curveW, (capacity.cpuMhz - room.mhz[host]! + cpuMhz) / capacity.cpuMhz) - powerAtW(power.curveW, 0)
    if (riseW >= leastW) continue
    leastW = riseW
    best = host
  }
  return best
}
