import { describe, expect, it } from 'vitest'
import { dailyDemand } from '../../../src/forecast/longRange/dailyDemand.ts'
import { vmId } from '../../../src/model/ids.ts'
import type { Workload, WorkloadVm } from '../../../src/model/scenario.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const vmOf = (name: string, column: number | null, vmClass = 'standard', arriveMs = 0, departMs: number | null = null): WorkloadVm => ({
  vm: { id: vmId(name), vcpus: 1, cpuMhz: 1000, memoryMib: 512, dirtyMibPerS: 1, shares: 1000, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: vmClass, onMaintenance: null },
  arriveMs, departMs, host: null, cpuColumn: column, memoryColumn: null, networkColumn: null, diskColumn: null,
})

/** Hourly percent: `codes[k * vms + j]`. */
const workloadOf = (vms: readonly WorkloadVm[], width: number, hours: number, code: (hour: number, column: number) => number): Workload => ({
  vms, memory: null, network: null, disk: null,
  cpu: { names: Array.from({ length: width }, (_, column) => `s${column}`), stepMs: HOUR_MS, sampleCount: hours, divisor: 100, codes: Float32Array.from({ length: hours * width }, (_, at) => code(Math.floor(at / width), at % width)) },
})

describe('daily demand', () => {
  it('is the 95th percentile of the sum, so that peaks at different hours don’t add up', () => {
    const workload = workloadOf([vmOf('day', 0), vmOf('night', 1)], 2, 48, (hour, column) => ((hour % 24 < 12) === (column === 0) ? 100 : 0))
    expect(dailyDemand(workload, 'cpu')).toEqual([{ vmClass: null, vmCount: 2, daily: Float64Array.of(1000, 1000) }])
  })

  it('is told by class too, in order of their names, and the classes add up to no less than the pool', () => {
    const workload = workloadOf([vmOf('a', 0, 'web'), vmOf('b', 1, 'batch')], 2, 72, (hour, column) => (hour % (column + 5)) * 10)
    const [pool, batch, web] = dailyDemand(workload, 'cpu')
    expect([pool!.vmClass, batch!.vmClass, web!.vmClass]).toEqual([null, 'batch', 'web'])
    pool!.daily.forEach((value, day) => expect(value).toBeLessThanOrEqual(batch!.daily[day]! + web!.daily[day]!))
  })

  it('counts a VM while it is there, carries it through gaps, and leaves out days that nobody measured', () => {
    const workload = workloadOf([vmOf('a', 0), vmOf('b', 1, 'standard', 2 * DAY_MS, 3 * DAY_MS)], 2, 5 * 24, (hour, column) => (hour >= 96 ? Number.NaN : hour % 5 === 1 ? Number.NaN : column === 0 ? 50 : 30))
    expect([...dailyDemand(workload, 'cpu')[0]!.daily]).toEqual([500, 500, 800, 500, Number.NaN])
    expect([...dailyDemand(workload, 'memory')[0]!.daily]).toEqual([512, 512, 1024, 1024, 512])
  })

  it('leaves the part of a day at the end out, and is empty without samples', () => {
    expect(dailyDemand(workloadOf([vmOf('a', 0)], 1, 40, () => 10), 'cpu')[0]!.daily).toHaveLength(1)
    expect(dailyDemand({ vms: [vmOf('a', null)], cpu: null, memory: null, network: null, disk: null }, 'cpu')[0]!.daily).toHaveLength(0)
  })
})
