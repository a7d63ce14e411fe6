import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { powerAtW } from '../../../src/model/power.ts'
import { hostColumns, powerOfKindW } from '../../../src/policy/baseline/hostColumns.ts'
import { closeHost, closeSpare, findHost, openSearch, placeOn } from '../../../src/policy/baseline/hostSearch.ts'
import { threshold } from '../../../src/policy/baseline/overload/threshold.ts'
import { type Round, append, takeOut } from '../../../src/policy/baseline/round.ts'
import { type PlacedVm, poolOf, roundOf } from './round.ts'

const HOSTS = 9
const MIPS = [2500, 2000, 1000, 500]

const placedVm = fc.record({ host: fc.integer({ min: 0, max: HOSTS - 1 }), type: fc.integer({ min: 0, max: 3 }), percent: fc.integer({ min: 1, max: 100 }) })
  .map(({ host, type, percent }): PlacedVm => ({ host, mips: MIPS[type]!, memoryMib: 613, past: [percent / 100] }))

/** The specification's search, word for word. */
function plainSearch(round: Round, vm: number, excluded: ReadonlySet<number>): number | null {
  const { hosts } = round.pool
  const demand = round.requestMhz[vm]!
  let best: number | null = null
  let least = Infinity
  hosts.forEach((host, index) => {
    const requests = (round.lists[index] ?? []).map((other) => Math.min(round.requestMhz[other]!, host.coreMhz))
    const load = requests.reduce((sum, request) => sum + request, 0)
    const all = (round.lists[index] ?? []).reduce((sum, other) => sum + round.requestMhz[other]!, 0)
    if (excluded.has(index) || host.coreMhz < demand || load > host.capacity.cpuMhz || host.capacity.cpuMhz - load < demand) return
    if (load !== 0 && (all + demand) / host.capacity.cpuMhz > 0.8) return
    const planned = (load + demand) / host.capacity.cpuMhz
    if (planned > 1) return
    const cost = powerAtW(host.power.curveW, planned) - powerAtW(host.power.curveW, round.utilization[index]!)
    if (cost >= least) return
    least = cost
    best = index
  })
  return best
}

describe('the search for a host', () => {
  it('finds what the specification’s loop finds, as the plan grows and hosts are closed', () => {
    const scene = fc.record({ vms: fc.array(placedVm, { minLength: 1, maxLength: 18 }), excluded: fc.uniqueArray(fc.integer({ min: 0, max: HOSTS - 1 }), { maxLength: 4 }), closed: fc.uniqueArray(fc.integer({ min: 0, max: HOSTS - 1 }), { maxLength: 3 }) })
    fc.assert(fc.property(scene, ({ vms, excluded, closed }) => {
      const round = roundOf(HOSTS, vms)
      const out = new Set(excluded)
      const taken = vms.flatMap(({ host }, vm) => (out.has(host) ? [vm] : []))
      for (const vm of taken) takeOut(round, vms[vm]!.host, vm)
      const search = openSearch(round, threshold(0.8), out)
      for (const vm of taken) {
        const host = findHost(search, vm)
        expect(host).toBe(plainSearch(round, vm, out))
        if (host !== null) placeOn(search, host, vm)
      }
      closeSpare(search)
      for (let host = 0; host < HOSTS; host++) if ((round.lists[host]?.length ?? 0) === 0) out.add(host)
      for (const host of closed) {
        closeHost(search, host)
        out.add(host)
      }
      for (let vm = 0; vm < vms.length; vm++) expect(findHost(search, vm)).toBe(plainSearch(round, vm, out))
    }), { numRuns: 500 })
  })

  it('adds power of a kind as the model does, to the last bit', () => {
    const { hosts } = poolOf(2, [])
    const columns = hostColumns(hosts)
    fc.assert(fc.property(fc.integer({ min: 0, max: 1 }), fc.oneof(fc.double({ min: 0, max: 1.005, noNaN: true }), fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100)), (host, utilization) => {
      expect(powerOfKindW(columns, columns.kind[host]!, utilization)).toBe(powerAtW(hosts[host]!.power.curveW, utilization))
    }), { numRuns: 2000 })
  })

  it('takes no host that is switched off or in maintenance', () => {
    const round = roundOf(4, [{ host: 0, mips: 500, memoryMib: 613, past: [0.5] }])
    round.pool.hostPower[0] = 1
    round.pool.hostMode[1] = 2
    round.pool.hostReachable[2] = 0
    expect(findHost(openSearch(round, threshold(0.8), new Set()), 0)).toBe(3)
  })
})

describe('sums of a planned list', () => {
  it('are those of its VMs added up in order, whatever came and went', () => {
    fc.assert(fc.property(fc.array(placedVm, { minLength: 2, maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }), (vms, choices) => {
      const round = roundOf(HOSTS, vms)
      for (const choice of choices) {
        const vm = choice % vms.length
        const from = round.lists.findIndex((list) => list?.includes(vm))
        takeOut(round, from, vm)
        append(round, (from + 1 + (choice % 3)) % HOSTS, vm)
      }
      round.lists.forEach((list, host) => {
        expect(round.requestedMhz[host]).toBe((list ?? []).reduce((sum, vm) => sum + round.requestMhz[vm]!, 0))
      })
    }), { numRuns: 200 })
  })
})
