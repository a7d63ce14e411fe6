import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Run } from '../../src/model/run.ts'
import type { ScenarioRun } from '../../src/model/scenario.ts'
import { simulate } from '../../sim/run.ts'
import { DAY, HOUR, MINUTE, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, trials, workloadVm } from '../support/parts.ts'
import { scenarioArbitrary } from '../support/scenarioArbitrary.ts'

const bytes = ({ header, events, columns, summary }: Run): string =>
  JSON.stringify([header, events, summary, Object.entries(columns).map(([name, values]) => [name, [...new Uint32Array(values.slice().buffer)]])])

describe('a run', () => {
  it('made twice is the same, byte for byte', () => {
    fc.assert(fc.property(scenarioArbitrary, (run) => {
      expect(bytes(simulate(run)) === bytes(simulate(structuredClone(run)))).toBe(true)
    }), trials(40))
  })

  it('leaves its scenario as it was', () => {
    fc.assert(fc.property(scenarioArbitrary, (run) => {
      const before = JSON.stringify(run)
      simulate(run)
      expect(JSON.stringify(run)).toBe(before)
    }), trials(20))
  })

  const vms = Array.from({ length: 6 }, (_, number) => workloadVm(makeVm(`v${number}`, { memoryMib: 20_000 }), 'h0', { cpuColumn: number }))
  const rows = Array.from({ length: 24 }, (_, k) => vms.map((_, number) => ((k * 7 + number * 5) % 10) / 10))
  const seeded = (seed: number, parts: Partial<ScenarioRun> = {}): Run => simulate(makeRun({
    hosts: ['h0', 'h1', 'h2'].map((name) => initially(makeHost(name, { cores: 6, memoryMib: 200_000 }))), durationMs: 3 * DAY, seed, workload: { vms, cpu: loadOf(HOUR, rows), memory: null, network: null, disk: null },
    faults: { wakeFailureRatio: 0.3, migrationFailureRatio: 0.3, hostMtbfMs: DAY, hostRepairMs: HOUR }, sensors: { intervalMs: MINUTE, delayMs: 0, gapRatio: 0.1 }, policy: makePolicy({ evenDistribution: { enabled: true, balancePool: true, spreadMax: 0.1 } }), ...parts,
  }))
  const mishaps = (made: Run): string[] => made.events.flatMap((event) => (event.kind === 'host' && event.change === 'failed' ? [`${event.host} ${event.atMs}`] : []))
  const demand = (made: Run): number => made.summary.demandMhzMean

  it('has other mishaps with another seed', () => {
    const [one, other] = [seeded(1), seeded(2)]
    expect(mishaps(one).length).toBeGreaterThan(3)
    expect(mishaps(one)).not.toEqual(mishaps(other))
  })

  it('has the same workload with every seed', () => {
    const calm = { faults: { wakeFailureRatio: 0, migrationFailureRatio: 0.5, hostMtbfMs: null, hostRepairMs: 1 } }
    const [one, other] = [seeded(1, calm), seeded(2, calm)]
    expect([...one.columns.demandMhz]).toEqual([...other.columns.demandMhz])
    expect(demand(one)).toBeCloseTo(demand(other), 9)
    expect(one.summary.migrationsFailed).not.toBe(0)
    expect(bytes(one) === bytes(other)).toBe(false)
  })
})
