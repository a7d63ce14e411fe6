import { cpuForVmsMhz, memoryForVmsMib } from '../src/model/pool.ts'
import { powerAtW } from '../src/model/power.ts'
import { HOUR_MS } from '../src/model/resources.ts'
import { BENCH_WARMUP_MS, type BenchPool } from './policyPools.ts'

const POINTS = 200

/**
 * Energy that no policy can be below, in kWh, for pools of like hosts: each interval by itself knows all demand, VMs can be cut
 * into pieces, nothing is kept in reserve, and moving and switching is free. k hosts on share the load so that each draws the
 * lower convex envelope of its curve at the mean utilization (Jensen); the others are off. The best k that hold CPU and memory counts.
 */
export function energyBoundKwh({ hosts, workload, durationMs }: BenchPool): number {
  const { host } = hosts[0]!
  const envelopeW = lowerEnvelope(Array.from({ length: POINTS + 1 }, (_, point) => powerAtW(host.power.curveW, point / POINTS)))
  const memoryMib = workload.vms.reduce((sum, { vm }) => sum + vm.memoryMib, 0)
  const fewest = Math.ceil(memoryMib / memoryForVmsMib(host) - 1e-9)
  const cpu = workload.cpu!
  let energyWh = 0
  for (let atMs = BENCH_WARMUP_MS; atMs < durationMs; atMs += cpu.stepMs) {
    const k = Math.floor(atMs / cpu.stepMs) % cpu.sampleCount
    let demandMhz = 0
    for (const { vm, cpuColumn } of workload.vms) {
      const ratio = cpuColumn === null ? 0 : cpu.codes[k * cpu.names.length + cpuColumn]! / cpu.divisor
      // A VM can't use more than its vCPUs have on a host.
      if (ratio > 0) demandMhz += Math.min(ratio * vm.cpuMhz, vm.vcpus * host.coreMhz * host.performanceFactor)
    }
    energyWh += (leastW(demandMhz, fewest, hosts.length, cpuForVmsMhz(host), host.capacity.cpuMhz, host.power.offW, envelopeW) * cpu.stepMs) / HOUR_MS
  }
  return energyWh / 1000
}

function leastW(demandMhz: number, fewest: number, hosts: number, roomMhz: number, capacityMhz: number, offW: number, envelopeW: readonly number[]): number {
  let least = Number.MAX_VALUE
  for (let on = Math.max(1, fewest, Math.ceil(demandMhz / roomMhz - 1e-9)); on <= hosts; on++) {
    const at = Math.floor(Math.min(1, demandMhz / on / capacityMhz) * POINTS)
    least = Math.min(least, on * envelopeW[at]! + (hosts - on) * offW)
  }
  return least === Number.MAX_VALUE ? hosts * envelopeW[POINTS]! : least
}

/** The largest convex function that is nowhere above the curve, at the same points. */
export function lowerEnvelope(curve: readonly number[]): number[] {
  const hull: number[] = []
  const turnsUp = (a: number, b: number, c: number): boolean => (curve[b]! - curve[a]!) * (c - b) < (curve[c]! - curve[b]!) * (b - a)
  for (let point = 0; point < curve.length; point++) {
    while (hull.length > 1 && !turnsUp(hull.at(-2)!, hull.at(-1)!, point)) hull.pop()
    hull.push(point)
  }
  const values: number[] = []
  for (let edge = 1; edge < hull.length; edge++) {
    const [from, to] = [hull[edge - 1]!, hull[edge]!]
    for (let point = from; point < to; point++) values[point] = curve[from]! + ((curve[to]! - curve[from]!) * (point - from)) / (to - from)
  }
  values[curve.length - 1] = curve.at(-1)!
  return values
}
