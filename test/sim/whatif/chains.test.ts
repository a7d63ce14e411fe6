import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../../src/model/ids.ts'
import { DEFAULT_POLICY, type PolicySettings } from '../../../src/model/policy.ts'
import type { ScenarioEvent } from '../../../src/model/scenario.ts'
import { judgeEach } from '../../../sim/whatif/chains.ts'
import { demandOf } from '../../../sim/whatif/demand.ts'
import { type Instant, instantOf } from '../../../sim/whatif/instant.ts'
import { applyChange, emptyInventory } from '../../../sim/whatif/inventory.ts'
import { judge } from '../../../sim/whatif/judge.ts'
import { type Draw, drawn, questionOf } from './smallPool.ts'

const limited = (utilizationHigh: number): PolicySettings => ({ ...DEFAULT_POLICY, evenDistribution: { ...DEFAULT_POLICY.evenDistribution, utilizationHigh } })

/** One change an instant: demand up and down, limits up and down, VMs moved, added and resized, hosts lost and won back. */
const step = fc.oneof(
  fc.constantFrom(0.5, 0.8, 1.25, 2).map((factor) => ({ kind: 'demandScale', factor, class: null })),
  fc.constantFrom(0.4, 0.6, 0.8, 1).map((limit) => ({ kind: 'policy', policy: limited(limit) })),
  fc.tuple(fc.nat(4), fc.nat(3)).map(([vm, host]) => ({ kind: 'migrate', vm: vmId(`v${vm}`), target: hostId(`h${host}`) })),
  fc.nat(3).map((host) => ({ kind: 'hostFail', host: hostId(`h${host}`) })),
  fc.nat(3).map((host) => ({ kind: 'hostRepair', host: hostId(`h${host}`) })),
  fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 8 })).map(([vm, gib]) => ({ kind: 'vmResize', vm: vmId(`v${vm}`), vcpus: null, cpuMhz: null, memoryMib: gib * 1024 })),
  fc.nat(4).map((vm) => ({ kind: 'vmRemove', vm: vmId(`v${vm}`) })),
)

function instantsOf(draw: Draw, steps: readonly object[]): Instant[] {
  const { scenario, settings } = questionOf(draw, {})
  const inventory = emptyInventory(limited(1))
  for (const { host } of scenario.hosts) inventory.hosts.set(host.id, { host, service: 'open' })
  for (const vm of scenario.workload.vms) applyChange(inventory, { atMs: 0, kind: 'arrive', vm })
  const ratios = demandOf(scenario.workload.cpu, 'peak')(0, 7_200_000)
  let before: Instant | null = null
  return steps.map((change, index) => {
    applyChange(inventory, { atMs: index, kind: 'event', event: { ...change, atMs: index } as ScenarioEvent })
    before = instantOf(inventory, index, ratios, { ...settings.limits, utilizationMax: null }, scenario.rules, before)
    return before
  })
}

describe('judging as few stretches as needed', () => {
  it('gives each stretch the verdict that judging it gives', () => {
    fc.assert(fc.property(drawn({ failoverMax: 1 }), fc.array(step, { minLength: 3, maxLength: 9 }), fc.constantFrom('asPlaced' as const, 'repacked' as const), (draw, steps, freedom) => {
      const instants = instantsOf(draw, steps)
      const judgeOne = (instant: Instant): ReturnType<typeof judge> => judge(instant, freedom, draw.failoverHosts, { left: 1e9 })
      expect(judgeEach(instants, judgeOne).map(({ verdict }) => verdict)).toEqual(instants.map((instant) => judgeOne(instant).verdict))
    }), { numRuns: 1500 })
  }, 30_000)

  it('judges a year of growth at a few instants, the first that breaks among them', () => {
    const growth = Array.from({ length: 365 }, () => ({ kind: 'demandScale', factor: 1.01, class: null }))
    const draw: Draw = { hosts: [{ cores: 4, cpuMhz: 8000, memoryMib: 8192, reserveMib: 0 }], vms: [{ vcpus: 1, cpuMhz: 1000, memoryMib: 1024, movable: true, host: 0, percents: [100, 100] }], rules: [], utilizationMax: 1, memoryMax: 1, vcpusPerCoreMax: null, failoverHosts: 0, candidate: { vcpus: 1, cpuMhz: 1, memoryMib: 1 } }
    const judgedAt: number[] = []
    const verdicts = judgeEach(instantsOf(draw, growth), (instant) => {
      judgedAt.push(instant.atMs)
      return judge(instant, 'asPlaced', 0, { left: 1e9 })
    })
    // 1.01 ^ 209 is 8.0004.
    expect(verdicts.findIndex(({ verdict }) => verdict === 'doesNotFit')).toBe(208)
    expect(judgedAt).toContain(208)
    expect(judgedAt.length).toBeLessThan(15)
  })
})
