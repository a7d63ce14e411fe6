import { describe, expect, it } from 'vitest'
import { hostId } from '../../src/model/ids.ts'
import { powerAtW } from '../../src/model/power.ts'
import type { ScenarioRun } from '../../src/model/scenario.ts'
import { simulate } from '../../sim/run.ts'
import { HOUR, MINUTE, PLAIN_PHYSICS, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../support/parts.ts'

const energyWh = (run: ScenarioRun): number => simulate(run).summary.energyKwh * 1000

/** One VM that may use the whole host of 10,000 MHz, with this load. */
const oneVm = (rows: readonly number[], stepMs = 5 * MINUTE): Partial<ScenarioRun> => ({
  workload: { vms: [workloadVm(makeVm('v0', { vcpus: 10, cpuMhz: 10_000 }), 'h0', { cpuColumn: 0 })], cpu: loadOf(stepMs, rows.map((ratio) => [ratio])), memory: null, network: null, disk: null },
})

describe('energy of a simulated host', () => {
  it('is its idle power x time when nothing runs', () => {
    expect(energyWh(makeRun({ hosts: [initially(makeHost('h0'))] }))).toBeCloseTo(100, 9)
  })

  it.each([[0.1, 110], [0.35, 135], [0.5, 150], [1, 200]])('at a constant load of %f for an hour is powerW x 1 h', (load, watts) => {
    // Loads are kept as 32-bit floats, as traces are: 1e-5 of 200 W.
    expect(energyWh(makeRun({ hosts: [initially(makeHost('h0'))], ...oneVm([load]) }))).toBeCloseTo(watts, 4)
  })

  it('is multiplied by the PUE', () => {
    expect(energyWh(makeRun({ hosts: [initially(makeHost('h0'))], ...oneVm([0.5]), physics: { ...PLAIN_PHYSICS, pue: 1.6 } }))).toBeCloseTo(150 * 1.6, 6)
  })

  it('takes a step of the load as a step, not as a ramp', () => {
    expect(energyWh(makeRun({ hosts: [initially(makeHost('h0'))], durationMs: HOUR, ...oneVm([0, 1], 30 * MINUTE) }))).toBeCloseTo((100 + 200) / 2, 6)
    expect(energyWh(makeRun({ hosts: [initially(makeHost('h0'))], durationMs: HOUR, ...oneVm([0, 1, 1, 1], 15 * MINUTE) }))).toBeCloseTo((100 + 3 * 200) / 4, 6)
  })

  it('follows the curve between its points', () => {
    const curveW = [50, 90, 115, 130, 140, 148, 156, 170, 190, 215, 260]
    expect(energyWh(makeRun({ hosts: [initially(makeHost('h0', { curveW }))], ...oneVm([0.75]) }))).toBeCloseTo((170 + 190) / 2, 4)
    expect(powerAtW(curveW, 0.05)).toBeCloseTo(70, 9)
    expect(powerAtW(curveW, 0.999)).toBeCloseTo(215 + 0.99 * 45, 9)
    expect(powerAtW(curveW, 1.3)).toBe(260)
  })

  it('of a host that is off is what its BMC draws: 8 W', () => {
    expect(energyWh(makeRun({ hosts: [initially(makeHost('h0')), initially(makeHost('h1'), 'off')] }))).toBeCloseTo(100 + 8, 9)
  })

  it('counts a boot at its own power and length', () => {
    const run = makeRun({ hosts: [initially(makeHost('h0')), initially(makeHost('h1', { bootMs: 6 * MINUTE, bootW: 170 }), 'off')], events: [{ atMs: 10 * MINUTE, kind: 'powerOn', host: hostId('h1') }] })
    expect(energyWh(run)).toBeCloseTo(100 + (8 * 10 + 170 * 6 + 100 * 44) / 60, 9)
  })

  it('counts a shutdown at its own power and length', () => {
    const run = makeRun({ hosts: [initially(makeHost('h0')), initially(makeHost('h1', { shutdownMs: 3 * MINUTE, shutdownW: 90 }))], events: [{ atMs: 20 * MINUTE, kind: 'powerOff', host: hostId('h1') }] })
    expect(energyWh(run)).toBeCloseTo(100 + (100 * 20 + 90 * 3 + 8 * 37) / 60, 9)
  })

  it('counts a failed host at the draw of its BMC, and from its repair on as idle', () => {
    const run = makeRun({ hosts: [initially(makeHost('h0')), initially(makeHost('h1'))], events: [{ atMs: 15 * MINUTE, kind: 'hostFail', host: hostId('h1') }, { atMs: 45 * MINUTE, kind: 'hostRepair', host: hostId('h1') }] })
    expect(energyWh(run)).toBeCloseTo(100 + (100 * 30 + 8 * 30) / 60, 9)
  })

  it('leaves the warm-up out', () => {
    expect(energyWh(makeRun({ hosts: [initially(makeHost('h0'))], warmupMs: 30 * MINUTE, ...oneVm([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]) }))).toBeCloseTo(50, 6)
  })

  it('adds up over the days', () => {
    const { summary } = simulate(makeRun({ hosts: [initially(makeHost('h0'))], durationMs: 60 * HOUR, ...oneVm([0.2, 0.9, 0.4]) }))
    expect(summary.days.map(({ hostsOnMean }) => hostsOnMean)).toEqual([1, 1, 1])
    expect(summary.days.reduce((sum, day) => sum + day.energyKwh, 0)).toBeCloseTo(summary.energyKwh, 9)
  })

  it('counts what a migration costs both hosts in CPU', () => {
    // 6,000 MiB at 100 MiB/s: 60 s, in which 1,000 MHz of each host's 10,000 go to it: 10 W on each.
    const hosts = [initially(makeHost('h0', { linkMibPerS: 100 })), initially(makeHost('h1', { linkMibPerS: 100 }))]
    const run = makeRun({
      hosts, workload: { vms: [workloadVm(makeVm('v0', { memoryMib: 6000 }), 'h0')], cpu: null, memory: null, network: null, disk: null },
      physics: { ...PLAIN_PHYSICS, migrationCpuMhz: 1000 }, events: [{ atMs: 10 * MINUTE, kind: 'migrate', vm: makeVm('v0').id, target: hostId('h1') }], policy: makePolicy(),
    })
    expect(energyWh(run)).toBeCloseTo(200 + (2 * 10 * 60) / 3600, 6)
  })
})
