import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Input, Output } from '../../src/control/messages.ts'
import type { ScenarioRun } from '../../src/model/scenario.ts'
import { simulate } from '../../sim/run.ts'
import { HOUR, MINUTE, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, trials, workloadVm } from '../support/parts.ts'
import { scenarioArbitrary } from '../support/scenarioArbitrary.ts'

/** All that the controller may be told, by name: what a live pool shows. True demand, delivered CPU and faults to come are not among it. */
const POOL_FIELDS = ['revision', 'hosts', 'vms', 'rules', 'hostPower', 'hostMode', 'hostReachable', 'hostMemoryMib', 'hostVmCount', 'hostIncoming', 'hostOutgoing', 'vmState', 'vmHost', 'vmTarget', 'vmSinceMs']
const SAMPLE_FIELDS = ['takenAtMs', 'intervalMs', 'vmCpuMhz', 'vmDelayRatio', 'vmMemoryMib', 'vmNetworkMibPerS', 'vmDiskMibPerS', 'hostCpuMhz']
const VM_FIELDS = ['id', 'vcpus', 'cpuMhz', 'memoryMib', 'dirtyMibPerS', 'shares', 'cpuReservationMhz', 'cpuLimitMhz', 'movable', 'class', 'onMaintenance']
const INPUT_FIELDS: Readonly<Record<Input['kind'], readonly string[]>> = { tick: ['samples'], stepEnded: ['step', 'outcome', 'message'], request: ['request'], solved: ['id', 'answer'] }
const REQUEST_FIELDS: Readonly<Record<string, readonly string[]>> = {
  place: ['vm'], maintenanceEnter: ['host', 'method'], maintenanceLeave: ['host'], maintenancePlan: ['host', 'atUnixMs', 'durationMs', 'method'], maintenanceUnplan: ['host'], maintenanceRoll: ['hosts', 'stayMs', 'method'], maintenanceRollStop: [], runNow: ['goal', 'forMs'], migrate: ['vm', 'target'], powerOn: ['host'], powerOff: ['host'], policy: ['policy'],
}

function expectAllowed(input: Input): void {
  expect(Object.keys(input).sort()).toEqual(['atMs', 'index', 'kind', 'pool', ...INPUT_FIELDS[input.kind]].sort())
  expect(Object.keys(input.pool).sort()).toEqual([...POOL_FIELDS].sort())
  expect(Object.keys(input.index).sort()).toEqual(['hosts', 'vms'])
  for (const vm of input.pool.vms) for (const key of Object.keys(vm)) expect(VM_FIELDS).toContain(key)
  if (input.kind === 'request') expect(Object.keys(input.request).sort()).toEqual(['kind', ...REQUEST_FIELDS[input.request.kind]!].sort())
  if (input.kind !== 'tick') return
  for (const sample of input.samples) expect(Object.keys(sample).sort()).toEqual([...SAMPLE_FIELDS].sort())
}

/** Everything that the controller said, as text. */
function outputsOf(run: ScenarioRun): string[] {
  const said: string[] = []
  simulate(run, { onTurn: (input, outputs: readonly Output[]) => said.push(`${input.atMs} ${input.kind} ${JSON.stringify(outputs)}`) })
  return said
}

describe('the controller', () => {
  it('is told only what a live pool shows', () => {
    fc.assert(fc.property(scenarioArbitrary, (run) => {
      let turns = 0
      simulate({ ...run, durationMs: Math.min(run.durationMs, 2 * HOUR) }, {
        onTurn: (input) => {
          if (turns++ % 7 === 0) expectAllowed(input)
        },
      })
    }), trials(20))
  })

  const policy = makePolicy({ evenDistribution: { enabled: true, balancePool: true, spreadMax: 0.1 }, powerSave: { enabled: true, offWindowMs: 10 * MINUTE, hostsOnMin: 1, reserveHosts: 0 } })

  /** VMs that may use their whole vCPUs and want `excess` times as much at their peaks. */
  const wanting = (peaks: readonly number[], excess: number): ScenarioRun => {
    const vms = peaks.map((_, number) => workloadVm(makeVm(`v${number}`, { vcpus: 2, cpuMhz: 2000 }), `h${number % 2}`, { cpuColumn: number }))
    const rows = Array.from({ length: 12 }, (_, k) => peaks.map((peak, number) => ((k + number) % 3 === 0 ? 1 * excess : peak)))
    return makeRun({ hosts: ['h0', 'h1', 'h2'].map((name) => initially(makeHost(name, { cores: 5 }))), durationMs: 4 * HOUR, workload: { vms, cpu: loadOf(10 * MINUTE, rows), memory: null, network: null, disk: null }, policy })
  }

  it('says the same whether VMs want just what their vCPUs can use or three times that', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 80 }).map((hundredths) => hundredths / 100), { minLength: 1, maxLength: 12 }), (peaks) => {
      expect(outputsOf(wanting(peaks, 3))).toEqual(outputsOf(wanting(peaks, 1)))
    }), trials(30))
  })

  it('acts in that test', () => {
    expect(outputsOf(wanting([0.1, 0.2, 0.7, 0.1, 0.6, 0.3, 0.8, 0.2], 1)).filter((text) => text.includes('"kind":"start"')).length).toBeGreaterThan(3)
  })

  it('sees no more of a VM held to its limit than the limit', () => {
    const limited = (load: number): ScenarioRun => makeRun({
      hosts: ['h0', 'h1'].map((name) => initially(makeHost(name))), durationMs: 2 * HOUR, policy,
      workload: { vms: [workloadVm(makeVm('v0', { vcpus: 8, cpuMhz: 8000, cpuLimitMhz: 3000 }), 'h0', { cpuColumn: 0 })], cpu: loadOf(10 * MINUTE, [[load], [0.1]]), memory: null, network: null, disk: null },
    })
    expect(outputsOf(limited(1))).toEqual(outputsOf(limited(0.375)))
  })
})
