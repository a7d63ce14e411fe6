import { findHostModel, hostOf } from '../../../src/model/hostModels.ts'
import type { LoadFrame } from '../../../src/model/history.ts'
import { hostId, vmId } from '../../../src/model/ids.ts'
import { VM, addHost, addVm, emptyPool, type Pool } from '../../../src/model/pool.ts'
import { hostColumns } from '../../../src/policy/baseline/hostColumns.ts'
import { openRound, type Round } from '../../../src/policy/baseline/round.ts'
import { vmOfSize } from '../../../sim/workloads/vm.ts'

/** A VM on a host: its size, and its utilization in the past, newest first. */
export interface PlacedVm {
  readonly host: number
  readonly mips: number
  readonly memoryMib: number
  readonly past: readonly number[]
}

const STEP_MS = 300_000

/** Hosts G4 and G5 by turns with VMs on them, listed in the order given. All VMs have equally long pasts. */
export function roundOf(hosts: number, vms: readonly PlacedVm[]): Round {
  return openRound(viewOf(poolOf(hosts, vms), vms), hostColumns(poolOf(hosts, vms).hosts))!
}

export function poolOf(hosts: number, vms: readonly PlacedVm[]): Pool {
  const pool = emptyPool()
  for (let host = 0; host < hosts; host++) addHost(pool, hostOf(findHostModel(host % 2 === 0 ? 'ml110-g4' : 'ml110-g5')!, hostId(`h${host}`)))
  vms.forEach(({ host, mips, memoryMib }, index) => {
    const vm = addVm(pool, vmOfSize(vmId(`v${index}`), { vcpus: 1, cpuMhz: mips, memoryMib }), 0)
    pool.vmHost[vm] = host
    pool.vmState[vm] = VM.running
    pool.hostVmCount[host]!++
  })
  return pool
}

export function viewOf(pool: Pool, vms: readonly PlacedVm[]): Parameters<typeof openRound>[0] {
  const samples = vms[0]?.past.length ?? 1
  const frames = Array.from({ length: samples }, (_, index): LoadFrame => {
    const back = samples - 1 - index
    return { takenAtMs: (index + 1) * STEP_MS, intervalMs: STEP_MS, vmCpuMhz: Float64Array.from(vms, ({ past, mips }) => past[back]! * mips), vmCpuRatio: Float64Array.from(vms, ({ past }) => past[back]!), hostCpuMhz: usedMhz(pool, vms, back) }
  })
  return { pool, frames, arrivalOrder: Int32Array.from(vms.keys()), atMs: samples * STEP_MS }
}

function usedMhz(pool: Pool, vms: readonly PlacedVm[], back: number): Float64Array {
  const used = new Float64Array(pool.hosts.length)
  for (const { host, past, mips } of vms) used[host] = Math.min(pool.hosts[host]!.capacity.cpuMhz, used[host]! + past[back]! * mips)
  return used
}
