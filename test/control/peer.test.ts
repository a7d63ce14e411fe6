import { describe, expect, it } from 'vitest'
import { simulate } from '../../sim/run.ts'
import { BUILT_IN_POLICIES } from '../../src/config/policies.ts'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { PeerName } from '../../src/model/policy.ts'
import type { RunEvent } from '../../src/model/run.ts'
import type { ScenarioEvent } from '../../src/model/scenario.ts'
import { HOUR, MINUTE, initially, loadOf, makeHost, makeRun, makeVm, workloadVm } from '../support/parts.ts'

/** Two hosts (three with `third`), VMs on the first with these loads and this memory. */
function run(peer: PeerName, loads: readonly number[], events: readonly ScenarioEvent[] = [], parts: { memoryMib?: number; dirtyMibPerS?: number; third?: 'on' | 'off' } = {}): readonly RunEvent[] {
  const hosts = [...['h0', 'h1'].map((name) => initially(makeHost(name))), ...(parts.third === undefined ? [] : [initially(makeHost('h2'), parts.third)])]
  const vms = loads.map((_, at) => workloadVm(makeVm(`v${at}`, { vcpus: 5, cpuMhz: 5000, memoryMib: parts.memoryMib ?? 4096, dirtyMibPerS: parts.dirtyMibPerS ?? 0 }), 'h0', { cpuColumn: at }))
  return simulate(makeRun({ hosts, workload: { vms, cpu: loadOf(HOUR, [loads]), memory: null, network: null, disk: null }, durationMs: 4 * HOUR, events, policy: BUILT_IN_POLICIES.get(peer)!.settings })).events
}

const starts = (events: readonly RunEvent[]): string[] => events.flatMap((event) => (event.kind === 'start' ? [`${event.action} ${event.vm ?? event.host ?? ''}${event.target === undefined ? '' : `>${event.target}`} ${event.reason.code}`] : []))

describe('a controller with a peer for its policy', () => {
  it('starts what the peer names, by itself', () => {
    expect(starts(run('ovirt-even', [0.9, 0.8]))).toEqual(['migrate v0>h1 peer'])
  })

  it('starts moves one after another where the system does, in the order named', () => {
    const events = run('hbal', [0.1, 0.1, 0.1, 0.1])
    const times = events.flatMap((event) => (event.kind === 'start' || event.kind === 'end' ? [event.kind] : []))
    expect(times).toEqual(['start', 'end', 'start', 'end'])
  })

  it('drops what the pool refuses, and says so', () => {
    const events = run('watcher-stabilization', [0.9, 0.9], [{ kind: 'maintenanceEnter', atMs: 2 * HOUR, host: hostId('h1'), method: null }])
    expect(starts(events)).toEqual(['migrate v0>h1 peer', 'migrate v0>h0 evacuate'])
    const toMaintenance = run('xo-performance', [0.9, 0.9], [{ kind: 'maintenanceEnter', atMs: 0, host: hostId('h1'), method: null }])
    expect(starts(toMaintenance)).toEqual([])
    expect(toMaintenance.flatMap((event) => (event.kind === 'note' && event.goal === 'plan' ? [event.reason.code] : []))).toContain('hostInMaintenance')
  })

  it('serves maintenance and new VMs for it, and moves back only where that is documented', () => {
    const visit: ScenarioEvent[] = [{ kind: 'maintenanceEnter', atMs: HOUR, host: hostId('h0'), method: null }, { kind: 'maintenanceLeave', atMs: 2 * HOUR, host: hostId('h0') }]
    expect(starts(run('ovirt-even', [0.2], visit))).toEqual(['migrate v0>h1 evacuate'])
    expect(starts(run('proxlb-greedy', [0.2], visit))).toEqual(['migrate v0>h1 evacuate'])
    expect(starts(run('pve-crs', [0.2], visit)).filter((text) => !text.endsWith('peer'))).toEqual(['migrate v0>h1 evacuate', 'migrate v0>h0 moveBack'])
    const added: ScenarioEvent = { kind: 'vmAdd', atMs: HOUR, vm: workloadVm(makeVm('new'), null, { arriveMs: HOUR }) }
    expect(starts(run('ovirt-even', [0.2], [added]))).toEqual(['startVm new>h1 newVm'])
  })

  it('stops a VM that fails to leave a host only where that is documented', () => {
    const enter: ScenarioEvent[] = [{ kind: 'maintenanceEnter', atMs: HOUR, host: hostId('h0'), method: null }]
    const stuck = { dirtyMibPerS: 20_000 }
    expect(starts(run('cloudstack-condensed', [1], enter, stuck)).filter((text) => text.startsWith('shutdownVm'))).toEqual(['shutdownVm v0 evacuationFailed'])
    expect(starts(run('drs-like', [1], enter, stuck)).filter((text) => text.startsWith('shutdownVm'))).toEqual([])
  })

  it('keeps in mind which host failed to wake, and which it powered off', () => {
    const deaf: ScenarioEvent[] = [{ kind: 'wakeBreak', atMs: 0, host: hostId('h2') }]
    expect(starts(run('dpm-like', [0.95, 0.95], deaf, { third: 'off' })).filter((text) => text.startsWith('powerOn'))).toEqual(['powerOn h2 peer'])
    expect(starts(run('hsqueeze', [0.1], [], { third: 'on' })).filter((text) => text.startsWith('powerOff'))).toEqual(['powerOff h1 peer', 'powerOff h2 peer'])
  })

  it('an operator’s own steps are carried out beside', () => {
    const events = run('ovirt-even', [0.1], [{ kind: 'migrate', atMs: HOUR, vm: vmId('v0'), target: hostId('h1') }, { kind: 'powerOff', atMs: 2 * HOUR, host: hostId('h0') }])
    expect(starts(events)).toEqual(['migrate v0>h1 operator', 'powerOff h0 operator'])
    expect(events.find((event) => event.kind === 'end')!.atMs - HOUR).toBeLessThan(MINUTE)
  })
})
