import { NOWHERE, POWER } from '../../../src/model/pool.ts'
import { type HostColumns, hostColumns, powerOfKindW } from '../../../src/policy/baseline/hostColumns.ts'
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
      const columns = hostColumns(world.pool.hosts)
      const room: Room = { mhz: columns.capacityMhz.slice(), memoryMib: Float64Array.from(world.pool.hosts, ({ capacity }) => capacity.memoryMib) }
      const waiting: number[] = []
      world.vms.forEach((entry, number) => {
        if (entry.arriveMs > 0) return
        const host = entry.host === null ? findHost(world, columns, room, number, firstFit) : world.index.hosts.get(entry.host)!
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

function findHost({ pool, vms }: World, columns: HostColumns, room: Room, number: number, firstFit: boolean): number {
  const { cpuMhz, memoryMib, vcpus } = vms[number]!.vm
  const { capacityMhz, coreMhz, kind } = columns
  const lookedAtMhz = new Float64Array(columns.members.length).fill(NaN)
  let best = NOWHERE
  let leastW = Infinity
  for (let host = 0; host < kind.length; host++) {
    const freeMhz = room.mhz[host]!
    if (freeMhz < cpuMhz || room.memoryMib[host]! < memoryMib || vcpus * coreMhz[host]! < cpuMhz || pool.hostPower[host] !== POWER.on) continue
    if (firstFit) return host
    // Hosts of one kind with the same room cost the same, and the first one counts.
    if (lookedAtMhz[kind[host]!] === freeMhz) continue
    lookedAtMhz[kind[host]!] = freeMhz
    const capacity = capacityMhz[host]!
    const riseW = powerOfKindW(columns, kind[host]!, (capacity - freeMhz + cpuMhz) / capacity) - powerOfKindW(columns, kind[host]!, 0)
    if (riseW >= leastW) continue
    leastW = riseW
    best = host
  }
  return best
}
