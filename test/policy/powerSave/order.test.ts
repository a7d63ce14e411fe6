import { describe, expect, it } from 'vitest'
import { simulate } from '../../../sim/run.ts'
import type { PowerSaveSettings } from '../../../src/model/policy.ts'
import type { Host } from '../../../src/model/pool.ts'
import { seededRng } from '../../../src/model/seededRng.ts'
import { greedySolver } from '../../../src/optimize/greedy.ts'
import { DAY, HOUR, MINUTE, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../../support/parts.ts'

const NAMES = ['h0', 'h1', 'h2', 'h3', 'h4', 'h5']
const alike = NAMES.map((name) => makeHost(name))

/** Two days of twelve VMs; every third hour is busy by chance, so that hosts come and go. */
function switched(powerSave: Partial<PowerSaveSettings>, seed: number, hosts: readonly Host[] = alike) {
  const rng = seededRng(seed)
  const level = Array.from({ length: 48 }, (_, hour) => (hour % 3 === 0 ? 0.3 + 0.4 * rng.next() : 0.05))
  const { events, summary } = simulate(makeRun({
    hosts: hosts.map((host) => initially(host)), durationMs: 2 * DAY, seed,
    policy: makePolicy({ powerSave: { enabled: true, reserveHosts: 0, hostsOnMin: 1, offWindowMs: 20 * MINUTE, powerCyclesPerHostDayMax: 24, ...powerSave } }),
    workload: { vms: Array.from({ length: 12 }, (_, vm) => workloadVm(makeVm(`v${vm}`, { cpuMhz: 4000 }), NAMES[vm % 6]!, { cpuColumn: vm })), cpu: loadOf(HOUR, level.map((ratio) => Array.from({ length: 12 }, () => ratio))), memory: null, network: null, disk: null },
  }), { solver: greedySolver })
  const started = (action: string): string[] => events.flatMap((event) => (event.kind === 'start' && event.action === action ? [event.host!] : []))
  const offs = started('powerOff')
  return { ons: started('powerOn'), offs: offs.length, most: Math.max(...NAMES.map((name) => offs.filter((host) => host === name).length)), migrations: summary.migrations }
}

const SEEDS = [1, 2, 3]

describe('the order of hosts', () => {
  it.each(['utilization', 'risk'] as const)('by wear, filled by %s: power cycles are spread, and there are no more of them', (fill) => {
    const plain = SEEDS.map((seed) => switched({ fill }, seed))
    const worn = SEEDS.map((seed) => switched({ fill, order: 'wear' }, seed))
    const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0)
    expect(sum(plain.map(({ offs }) => offs))).toBeGreaterThan(30)
    expect(sum(worn.map(({ most }) => most))).toBeLessThan(0.8 * sum(plain.map(({ most }) => most)))
    expect(sum(worn.map(({ offs }) => offs))).toBeLessThanOrEqual(1.03 * sum(plain.map(({ offs }) => offs)))
    expect(sum(worn.map(({ migrations }) => migrations))).toBeLessThanOrEqual(1.1 * sum(plain.map(({ migrations }) => migrations)))
  })

  it('by efficiency: the host with most work per watt is woken first, by wear the one that was off least', () => {
    const thrifty = alike.map((host, number) => (number === 5 ? makeHost('h5', { curveW: host.power.curveW.map((powerW) => powerW / 2) }) : host))
    const share = (order: PowerSaveSettings['order']): number => {
      const { ons } = switched({ order }, 1, thrifty)
      return ons.filter((host) => host === 'h5').length / ons.length
    }
    expect(share('efficiency')).toBeGreaterThan(share('wear'))
  })
})
