import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vm } from '../../src/model/pool.ts'
import type { ScenarioRun } from '../../src/model/scenario.ts'
import { simulate } from '../../sim/run.ts'
import { type HostParts, MINUTE, initially, loadOf, makeHost, makeRun, makeVm, trials, workloadVm } from '../support/parts.ts'

interface Wanting extends Partial<Omit<Vm, 'id'>> {
  readonly load: number
}

const runOf = (host: HostParts, vms: readonly Wanting[]): ScenarioRun => makeRun({
  hosts: [initially(makeHost('h0', { memoryMib: 1e6, ...host }))],
  workload: { vms: vms.map((parts, number) => workloadVm(makeVm(`v${number}`, { memoryMib: 1, ...parts }), 'h0', { cpuColumn: number })), cpu: loadOf(5 * MINUTE, [vms.map(({ load }) => load)]), memory: null, network: null, disk: null },
})

/** CPU that each VM is delivered, and the waiting of its vCPUs, as the sensors of an unloaded network would show. */
function delivered(host: HostParts, vms: readonly Wanting[]): { mhz: number[]; delay: number[] } {
  let mhz: number[] = []
  let delay: number[] = []
  simulate(runOf(host, vms), {
    onTurn: (input) => {
      if (input.kind !== 'tick' || input.samples.length === 0) return
      mhz = [...input.samples.at(-1)!.vmCpuMhz.subarray(0, vms.length)]
      delay = [...input.samples.at(-1)!.vmDelayRatio.subarray(0, vms.length)]
    },
  })
  return { mhz, delay }
}

const near = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 2) as unknown)

describe('CPU of a simulated host', () => {
  it('is what every VM wants while there is enough', () => {
    expect(delivered({}, [{ cpuMhz: 4000, vcpus: 4, load: 0.5 }, { cpuMhz: 4000, vcpus: 4, load: 0.25 }])).toEqual({ mhz: near([2000, 1000]), delay: near([0, 0]) })
  })

  it('goes by shares when it is short: 10,000 MHz among 1 : 3 are 2,500 and 7,500', () => {
    expect(delivered({}, [{ cpuMhz: 8000, vcpus: 8, shares: 1000, load: 1 }, { cpuMhz: 8000, vcpus: 8, shares: 3000, load: 1 }]).mhz).toEqual(near([2500, 7500]))
  })

  it('that one VM does not want is shared again: 1 : 1 : 1 with one of 1,000 are 4,500, 4,500 and 1,000', () => {
    expect(delivered({}, [{ cpuMhz: 8000, vcpus: 8, load: 1 }, { cpuMhz: 8000, vcpus: 8, load: 1 }, { cpuMhz: 8000, vcpus: 8, load: 0.125 }]).mhz).toEqual(near([4500, 4500, 1000]))
  })

  it('honours reservations first: 6,000 reserved, the other 4,000 by shares of what is still wanted', () => {
    // 8,000 wanted with 6,000 reserved, 8,000 wanted with none: 4,000 left, halved: 8,000 and 2,000 (the first wants only 2,000 more).
    expect(delivered({}, [{ cpuMhz: 8000, vcpus: 8, cpuReservationMhz: 6000, load: 1 }, { cpuMhz: 8000, vcpus: 8, load: 1 }]).mhz).toEqual(near([8000, 2000]))
  })

  it('gives a VM no more than it wants of its reservation', () => {
    expect(delivered({}, [{ cpuMhz: 8000, vcpus: 8, cpuReservationMhz: 6000, load: 0.1 }, { cpuMhz: 16_000, vcpus: 16, load: 1 }]).mhz).toEqual(near([800, 9200]))
  })

  it('cuts reservations alike where they pass the host: 8,000 and 4,000 of 10,000 are cut to 5/6', () => {
    expect(delivered({}, [{ cpuMhz: 8000, vcpus: 8, cpuReservationMhz: 8000, load: 1 }, { cpuMhz: 8000, vcpus: 8, cpuReservationMhz: 4000, load: 1 }]).mhz).toEqual(near([(8000 * 5) / 6, (4000 * 5) / 6]))
  })

  it('is held to a VM\'s limit, and the time above it is no waiting', () => {
    expect(delivered({}, [{ cpuMhz: 8000, vcpus: 8, cpuLimitMhz: 1500, load: 1 }])).toEqual({ mhz: near([1500]), delay: near([0]) })
  })

  it('is held to vCPUs x the host\'s core speed, on a slower generation to less', () => {
    expect(delivered({ coreMhz: 1000 }, [{ cpuMhz: 6000, vcpus: 4, load: 1 }]).mhz).toEqual(near([4000]))
    expect(delivered({ coreMhz: 1000, performanceFactor: 0.75 }, [{ cpuMhz: 6000, vcpus: 4, load: 1 }]).mhz).toEqual(near([3000]))
  })

  it('gains from hardware threads what the yield says: 10 cores at 1.25 give 12,500 MHz', () => {
    expect(delivered({ smtYield: 1.25 }, [{ cpuMhz: 8000, vcpus: 8, load: 1 }, { cpuMhz: 8000, vcpus: 8, load: 1 }]).mhz).toEqual(near([6250, 6250]))
  })

  it('is less the host\'s own reserve', () => {
    expect(delivered({ reserveCpuMhz: 2000 }, [{ cpuMhz: 8000, vcpus: 8, load: 1 }, { cpuMhz: 8000, vcpus: 8, load: 1 }]).mhz).toEqual(near([4000, 4000]))
  })

  it('that is missing shows as waiting of the vCPUs: 3,000 MHz short at 1,000 MHz a core are 3 vCPUs', () => {
    expect(delivered({}, [{ cpuMhz: 8000, vcpus: 8, load: 1 }, { cpuMhz: 8000, vcpus: 8, load: 1 }]).delay).toEqual(near([3, 3]))
  })

  it('is never more than there is or than is wanted, never less than the reservation, and none is left while somebody waits', () => {
    const vm = fc.record({ vcpus: fc.integer({ min: 1, max: 8 }), load: fc.integer({ min: 0, max: 12 }).map((tenths) => tenths / 10), shares: fc.integer({ min: 1, max: 4000 }), cpuReservationMhz: fc.constantFrom(0, 0, 300, 900), cpuLimitMhz: fc.constantFrom(null, null, 900) })
    fc.assert(fc.property(fc.array(vm, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 12 }), (vms, cores) => {
      const sized = vms.map((parts) => ({ ...parts, cpuMhz: parts.vcpus * 1000 }))
      const got = delivered({ cores }, sized).mhz
      const wants = sized.map(({ cpuMhz, load, vcpus, cpuLimitMhz }) => Math.min(cpuMhz * Math.fround(load), vcpus * 1000, cpuLimitMhz ?? Infinity))
      const total = got.reduce((a, b) => a + b, 0)
      const reserved = sized.reduce((sum, { cpuReservationMhz }, number) => sum + Math.min(cpuReservationMhz, wants[number]!), 0)
      expect(total).toBeLessThanOrEqual(cores * 1000 + 1e-3)
      got.forEach((mhz, number) => {
        expect(mhz).toBeLessThanOrEqual(wants[number]! + 1e-3)
        if (reserved <= cores * 1000) expect(mhz).toBeGreaterThanOrEqual(Math.min(sized[number]!.cpuReservationMhz, wants[number]!) - 1e-3)
      })
      expect(total).toBeCloseTo(Math.min(cores * 1000, wants.reduce((a, b) => a + b, 0)), 2)
      // Beyond reservations nobody who still waits has less per share than somebody else.
      if (reserved > cores * 1000) return
      const open = got.flatMap((mhz, number) => (mhz < wants[number]! - 1e-2 ? [number] : []))
      const beyond = (number: number): number => (got[number]! - Math.min(sized[number]!.cpuReservationMhz, wants[number]!)) / sized[number]!.shares
      for (const waits of open) got.forEach((_, other) => { expect(beyond(waits)).toBeGreaterThanOrEqual(beyond(other) - 1e-4) })
    }), trials(200))
  })
})
