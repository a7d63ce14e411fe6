import { describe, expect, it } from 'vitest'
import { NO_LOAD, buildRun, type LoadedBase } from '../../src/config/buildRun.ts'
import type { LoadSeries } from '../../src/model/load.ts'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { ScenarioEvent, ScenarioRun, Workload, WorkloadVm } from '../../src/model/scenario.ts'
import { issuesOf, lines, readScenario } from './support.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const vm = (id: string, memoryMib = 1024, serviceClass = 'standard'): WorkloadVm => ({
  vm: { id: vmId(id), vcpus: 1, cpuMhz: 1000, memoryMib, dirtyMibPerS: 1, shares: 1024, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: serviceClass, onMaintenance: null },
  arriveMs: 0, departMs: null, host: null, cpuColumn: 0, memoryColumn: null, networkColumn: null, diskColumn: null,
})
const series: LoadSeries = { names: ['a', 'b'], stepMs: HOUR, sampleCount: 2, codes: Float32Array.from([10, 20, 30, 40]), divisor: 100 }
const workload = (vms: readonly WorkloadVm[]): Workload => ({ vms, cpu: series, memory: null, network: null, disk: null })

const text = `name: s
hosts: [{id: host, count: 2, cores: 4, coreMhz: 2000, memoryMib: 4096, smtYield: 1}]
workload: {format: planetlab, path: x}
`

function build(extra: string, vms: readonly WorkloadVm[], base: Partial<LoadedBase> = {}, files: Readonly<Record<string, string>> = {}, head = text): ScenarioRun {
  const { scenarios, issues } = readScenario(head + extra, {}, files)
  expect(lines(issues)).toEqual([])
  const scenario = scenarios[0]!
  return buildRun(scenario, { ...NO_LOAD, workload: workload(vms), ...base }, scenario.policies[0]!, 1)
}
const kinds = (events: readonly ScenarioEvent[]): [number, string][] => events.map(({ atMs, kind }) => [atMs, kind])

describe('a run built from a scenario and its load', () => {
  it('lasts as long as the trace unless the scenario says otherwise', () => {
    expect(build('', [vm('v')]).durationMs).toBe(2 * HOUR)
    expect(build('durationMs: 1 h', [vm('v')]).durationMs).toBe(HOUR)
  })

  it('is refused when an expectation names a VM or host that it never has, each with its path', () => {
    const expectations = `
events:
  - {atMs: 1 h, kind: hostAdd, id: late, cores: 4, coreMhz: 2000, memoryMib: 4096}
expect:
  - {figure: migrations, max: 0}
  - {events: {kind: start, vm: [v, vw], source: host-01, target: hots-02, host: host-3}, max: 0}
  - {vms: w, on: [host-01, late, lat]}
`
    const found = issuesOf(() => build(expectations, [vm('v')]))
    expect(found).toEqual([
      expect.stringMatching(/expect\[1\]\.events\.vm: unknown VM "vw": did you mean "v"/),
      expect.stringMatching(/expect\[1\]\.events\.target: unknown host "hots-02": did you mean "host-02"/),
      expect.stringMatching(/expect\[1\]\.events\.host: unknown host "host-3"/),
      expect.stringMatching(/expect\[2\]\.vms: unknown VM "w"/),
      expect.stringMatching(/expect\[2\]\.on: unknown host "lat": did you mean "late"/),
    ])
  })

  it('begins when the scenario says, else when the trace does, else on a Monday', () => {
    expect(build('start: 2026-03-02T00:00:00Z', [vm('v')], { startUnixMs: 5 }).startUnixMs).toBe(Date.UTC(2026, 2, 2))
    expect(build('', [vm('v')], { startUnixMs: 5 }).startUnixMs).toBe(5)
    expect(new Date(build('', [vm('v')]).startUnixMs).getUTCDay()).toBe(1)
  })

  it('has the label of its variant in its name', () => {
    expect(build('axes: {rowMs: [1 min]}', [vm('v')]).name).toBe('s rowMs=1 min')
  })

  it('has windows in the zone’s offsets around its own start', () => {
    const run = build('start: 1996-07-01T00:00:00Z\npolicies: [{name: p, powerSave: {windows: [{days: all, from: "01:00", to: "02:00", zone: Europe/Berlin}]}}]', [vm('v')])
    const { zone } = run.policy.powerSave.windows[0]!
    const index = zone.fromMs.findLastIndex((fromMs) => fromMs <= run.startUnixMs)
    expect(zone.offsetMs[index]).toBe(2 * HOUR)
  })

  it.each<[string, string, readonly WorkloadVm[], Partial<LoadedBase>, RegExp]>([
    ['VMs that fit no host', '', [vm('v'), vm('w', 9000)], {}, /s.yaml:3 workload: has 1 of 2 VMs that fit no host; of the first, memoryMib is 9000 MiB/],
    ['hosts that hold more than they have', '', [{ ...vm('v', 3000), host: hostId('host-01') }, { ...vm('w', 3000), host: hostId('host-01') }], {}, /host-01 would begin with VMs of 6000 MiB, but has 4096 MiB/],
    ['VMs on unknown hosts', '', [{ ...vm('v'), host: hostId('elsewhere') }], {}, /places 1 VMs on hosts that the scenario does not have, such as v on elsewhere/],
    ['events about unknown VMs', 'events: [{kind: vmRemove, vm: w, atMs: 1 h}]', [vm('v')], {}, /s.yaml:4 events\[0\].vm: unknown VM "w"/],
    ['events after the end of the trace', 'events: [{kind: hostFail, host: host-01, atMs: 2 h}]', [vm('v')], {}, /s.yaml:4 events\[0\].atMs: is 7200000 ms after the start/],
    ['events about unknown classes', 'events: [{kind: demandScale, factor: 2, class: desk, atMs: 1 h}]', [vm('v')], {}, /events\[0\].class: unknown class "desk"/],
    ['rules about unknown VMs', 'rules: [{id: r, kind: apart, vms: [v, w]}]', [vm('v')], {}, /rules\[0\].vms\[1\]: unknown VM "w"/],
    ['a warm-up longer than the trace', 'warmupMs: 3 h', [vm('v')], {}, /warmupMs: is 10800000 ms, but the run lasts 7200000 ms/],
    ['a load without an end', '', [vm('v')], { workload: { ...workload([vm('v')]), cpu: null } }, /durationMs: is missing/],
  ])('is refused with %s', (_, extra, vms, base, message) => {
    expect(issuesOf(() => build(extra, vms, base)).join('\n')).toMatch(message)
  })

  it('allows VMs that only fit a host that joins later', () => {
    expect(build('events: [{kind: hostAdd, id: big, model: rack-2023, atMs: 1 h}]', [vm('v', 9000)]).events).toHaveLength(1)
  })
})

describe('events', () => {
  it('come in order of time, those of one instant in order of the file', () => {
    const run = build('events:\n  - {kind: hostRepair, host: host-01, atMs: 90 min}\n  - {kind: hostFail, host: host-01, atMs: 1 h}\n  - {kind: powerOn, host: host-02, atMs: 1 h}', [vm('v')])
    expect(kinds(run.events)).toEqual([[HOUR, 'hostFail'], [HOUR, 'powerOn'], [1.5 * HOUR, 'hostRepair']])
  })

  it('can be given as instants', () => {
    expect(build('start: 2026-03-02T00:00:00Z\nevents: [{kind: hostFail, host: host-01, at: "2026-03-02T02:00:00+01:00"}]', [vm('v')]).events[0]!.atMs).toBe(HOUR)
  })

  it('growth makes a month’s growth in a month of steps', () => {
    const { events } = build('durationMs: 400 d\nevents: [{kind: growth, perMonth: 10 %}]', [vm('v')])
    const year = events.filter(({ atMs }) => atMs <= 365 * DAY)
    const factor = year.reduce((product, event) => product * (event.kind === 'demandScale' ? event.factor : NaN), 1)
    expect(factor).toBeCloseTo(1.1 ** 12, 9)
    expect(events).toHaveLength(399)
  })

  it('growth ends when it is told to', () => {
    expect(build('durationMs: 400 d\nevents: [{kind: growth, perMonth: 10 %, atMs: 10 d, untilMs: 13 d}]', [vm('v')]).events.map(({ atMs }) => atMs)).toEqual([11 * DAY, 12 * DAY])
  })

  it('clone copies VMs with their load under names that are free', () => {
    const { events } = build('events:\n  - {kind: clone, vm: v, count: 2, atMs: 1 h}\n  - {kind: clone, class: web, atMs: 1 h}', [vm('v'), vm('v-copy-1'), vm('w', 1024, 'web')])
    const added = events.map((event) => (event.kind === 'vmAdd' ? [event.vm.vm.id, event.vm.cpuColumn, event.vm.arriveMs, event.vm.host] : null))
    expect(added).toEqual([['v-copy-2', 0, HOUR, null], ['v-copy-3', 0, HOUR, null], ['w-copy-1', 0, HOUR, null]])
  })

  it('vmAdd with a utilization gets a column that holds it all the time', () => {
    const { events, workload: load } = build('events:\n  - {kind: vmAdd, id: new, count: 2, vcpus: 2, memoryMib: 512, utilization: 25 %, atMs: 1 h}', [vm('v')])
    expect(events.map((event) => (event.kind === 'vmAdd' ? [event.vm.vm.id, event.vm.vm.cpuMhz, event.vm.cpuColumn] : null))).toEqual([['new-01', 4000, 2], ['new-02', 4000, 2]])
    const cpu = load.cpu!
    expect([...cpu.codes].map((code) => code / cpu.divisor)).toEqual([...series.codes.slice(0, 2)].map((code) => code / 100).concat(0.25, ...[...series.codes.slice(2, 4)].map((code) => code / 100), 0.25))
  })

  it('hostReplace brings the new host before the old one leaves', () => {
    const { events } = build('events: [{kind: hostReplace, host: host-01, by: {id: new, model: rack-2020}, atMs: 1 h}]', [vm('v')])
    expect(kinds(events)).toEqual([[HOUR, 'hostAdd'], [HOUR, 'hostRemove']])
  })

  it('policy brings another policy with its settings', () => {
    const { events } = build('events:\n  - {kind: policy, policy: balanced, atMs: 30 min}\n  - {kind: policy, policy: own.yaml, atMs: 1 h}\n  - {kind: policy, policy: {base: power-save, powerSave: {hostsOnMin: 1}}, atMs: 90 min}', [vm('v')], {}, { 'own.yaml': 'base: none\ndescription: Own.' })
    expect(events.map((event) => (event.kind === 'policy' ? [event.policy.name, event.policy.powerSave.enabled] : null))).toEqual([['balanced', true], ['own', false], ['event', true]])
  })

  it('of recorded days come before those of the scenario and end with the run', () => {
    const recorded: ScenarioEvent[] = [{ atMs: HOUR, kind: 'powerOff', host: hostId('host-02') }, { atMs: 5 * HOUR, kind: 'powerOn', host: hostId('host-02') }]
    expect(kinds(build('events: [{kind: hostFail, host: host-01, atMs: 1 h}]', [vm('v')], { events: recorded }).events)).toEqual([[HOUR, 'powerOff'], [HOUR, 'hostFail']])
  })
})

describe('a run that begins from a snapshot', () => {
  const snapshot = JSON.stringify({
    formatVersion: 1, takenAt: '2026-01-05T00:00:00Z',
    hosts: [{ id: 'a', model: 'rack-2020' }, { id: 'b', model: 'rack-2020', mode: 'maintenance' }],
    vms: [
      { id: 'busy', vcpus: 2, cpuMhz: 4000, memoryMib: 2048, host: 'a', usage: { cpuMhz: 1000, memoryMib: 512 } },
      { id: 'traced', vcpus: 2, cpuMhz: 4000, memoryMib: 2048, host: 'a', usage: { cpuMhz: 3000 } },
      { id: 'silent', vcpus: 1, memoryMib: 1024, host: 'a' },
      { id: 'off', vcpus: 1, memoryMib: 1024, state: 'stopped' },
    ],
    rules: [{ id: 'r', kind: 'apart', vms: ['busy', 'traced'] }],
  })
  const head = 'name: s\nsnapshot: pool.json\ndurationMs: 1 h\n'

  it('goes on with what its VMs used', () => {
    const { workload: load, hosts, rules, events, startUnixMs } = build('', [], { workload: null }, { 'pool.json': snapshot }, head)
    expect(load.vms.map((entry) => [entry.vm.id, entry.host, entry.cpuColumn])).toEqual([['busy', 'a', 0], ['traced', 'a', 1], ['silent', 'a', null]])
    expect([...load.cpu!.codes]).toEqual([0.25, 0.75])
    expect([...load.memory!.codes]).toEqual([0.25, 1])
    expect([hosts.length, rules.length, startUnixMs]).toEqual([2, 1, Date.UTC(2026, 0, 5)])
    expect(events).toEqual([{ atMs: 0, kind: 'maintenanceEnter', host: 'b', method: null }])
  })

  it('follows a trace where it has a VM of the same name, and adds its other VMs', () => {
    const { workload: load } = build('workload: {format: load, path: x}', [], { workload: workload([{ ...vm('traced'), cpuColumn: 1 }, vm('extra')]) }, { 'pool.json': snapshot }, head)
    expect(load.vms.map((entry) => [entry.vm.id, entry.vm.memoryMib, entry.host, entry.cpuColumn])).toEqual([['busy', 2048, 'a', 2], ['traced', 2048, 'a', 1], ['silent', 1024, 'a', null], ['extra', 1024, null, 0]])
    expect([...load.cpu!.codes]).toEqual([10, 20, 25, 30, 40, 25])
  })
})
