import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../../src/model/ids.ts'
import { DEFAULT_POLICY } from '../../../src/model/policy.ts'
import { DAY_MS } from '../../../src/model/resources.ts'
import type { ScenarioEvent, WorkloadVm } from '../../../src/model/scenario.ts'
import type { WhatIfAnswer, WhatIfSettings } from '../../../src/model/whatif.ts'
import { answerWhatIf } from '../../../sim/whatif/answer.ts'
import { host, placed, scenarioOf, settingsOf, vm } from './smallPool.ts'

type Step = ScenarioEvent extends infer Each ? (Each extends ScenarioEvent ? Omit<Each, 'atMs'> : never) : never
const onDay = (day: number, step: Step): ScenarioEvent => ({ ...step, atMs: day * DAY_MS })

/** Two hosts of 16 GiB, each with one VM of 10 GiB. */
const two = [host('a'), host('b')]
const large = [placed(vm('x', { memoryMib: 10_240 }), 'a'), placed(vm('y', { memoryMib: 10_240 }), 'b')]
const ask = (events: readonly ScenarioEvent[], changed: Partial<WhatIfSettings> = {}, vms: readonly WorkloadVm[] = large, rules: Parameters<typeof scenarioOf>[4] = []): WhatIfAnswer =>
  answerWhatIf({ scenario: scenarioOf(two, vms, [[50, 50]], events, rules), settings: settingsOf(changed) })
const verdicts = (answer: WhatIfAnswer): string[] => answer.timeline.map(({ verdict }) => verdict)

describe('the timeline of changes', () => {
  it('breaks where a host fails and its VM has nowhere to go, and names VM, resource, amounts and date', () => {
    const answer = ask([onDay(30, { kind: 'hostFail', host: hostId('b') })])
    expect(answer.verdict).toBe('doesNotFit')
    expect(answer.firstBreak).toMatchObject({ atMs: 30 * DAY_MS, limit: 'memory', vm: vmId('y'), needed: 10_240, available: 6144, shortage: 4096, unit: 'MiB' })
    expect(answer.daysRemaining).toEqual({ atLeast: 30, atMost: 30 })
  })

  it('fits again when a host is repaired, and VMs that found a place stay there', () => {
    const small = [placed(vm('x', { memoryMib: 2048 }), 'a'), placed(vm('y', { memoryMib: 2048 }), 'b')]
    const answer = ask([onDay(10, { kind: 'hostFail', host: hostId('b') }), onDay(20, { kind: 'hostRepair', host: hostId('b') }), onDay(30, { kind: 'vmResize', vm: vmId('y'), vcpus: null, cpuMhz: null, memoryMib: 15_000 })], {}, small)
    expect(verdicts(answer)).toEqual(['fits', 'fits', 'fits', 'doesNotFit'])
    expect(answer.firstBreak).toMatchObject({ host: hostId('a'), limit: 'memory', needed: 17_048, available: 16_384 })
  })

  it('takes a host in maintenance out, and lets moved VMs go home afterwards', () => {
    const small = [placed(vm('x', { memoryMib: 6144 }), 'a'), placed(vm('y', { memoryMib: 6144 }), 'b')]
    const events = [onDay(10, { kind: 'maintenanceEnter', host: hostId('b'), method: null }), onDay(20, { kind: 'maintenanceLeave', host: hostId('b') }), onDay(30, { kind: 'vmResize', vm: vmId('y'), vcpus: null, cpuMhz: null, memoryMib: 12_288 })]
    const answer = ask(events, {}, small)
    expect(answer.timeline.map(({ hosts }) => hosts)).toEqual([2, 1, 2, 2])
    expect(verdicts(answer)).toEqual(['fits', 'fits', 'fits', 'fits'])
    const stay = { ...DEFAULT_POLICY, maintenance: { ...DEFAULT_POLICY.maintenance, moveBack: false } }
    expect(verdicts(ask([onDay(1, { kind: 'policy', policy: stay }), ...events], {}, small))).toEqual(['fits', 'fits', 'fits', 'fits', 'doesNotFit'])
  })

  it('keeps what maintenance leaves on its host, and counts nothing that it shuts down', () => {
    const entered = (method: 'leave' | 'shutdown'): WhatIfAnswer => ask([onDay(10, { kind: 'maintenanceEnter', host: hostId('b'), method })])
    expect(entered('leave').timeline[1]).toMatchObject({ verdict: 'fits', hosts: 2, vms: 2 })
    // The host in maintenance holds y, but takes nothing new.
    expect(entered('leave').end.moreAsPlaced).toEqual({ atLeast: 6, atMost: 6, proven: true })
    expect(entered('shutdown').timeline[1]).toMatchObject({ verdict: 'fits', hosts: 1, vms: 1 })
  })

  it('counts added hosts and VMs, arrivals and departures from their day on', () => {
    const guest = { ...placed(vm('z', { memoryMib: 8192 }), null), arriveMs: 5 * DAY_MS, departMs: 15 * DAY_MS }
    const answer = ask([onDay(10, { kind: 'hostAdd', host: { host: host('c'), power: 'off' } }), onDay(20, { kind: 'vmAdd', vm: placed(vm('w', { memoryMib: 12_288 }), null) }), onDay(30, { kind: 'vmRemove', vm: vmId('w') })], {}, [...large, guest])
    expect(answer.timeline.map(({ fromMs, hosts, vms, verdict }) => [fromMs / DAY_MS, hosts, vms, verdict])).toEqual([
      [0, 2, 2, 'fits'], [5, 2, 3, 'doesNotFit'], [10, 3, 3, 'fits'], [15, 3, 2, 'fits'], [20, 3, 3, 'fits'], [30, 3, 2, 'fits'],
    ])
  })

  it('multiplies demand, of one class or of all, and lets the policy set the CPU limit where none is asked', () => {
    const busy = [placed(vm('x', { cpuMhz: 12_000, className: 'web' }), 'a', 0), placed(vm('y', { cpuMhz: 12_000 }), 'b', 0)]
    const limits = { utilizationMax: null, memoryMax: 1, failoverHosts: 0, vcpusPerCoreMax: null }
    const tighter = { ...DEFAULT_POLICY, evenDistribution: { ...DEFAULT_POLICY.evenDistribution, utilizationHigh: 0.7 } }
    const answer = ask([onDay(10, { kind: 'demandScale', factor: 2, class: 'web' }), onDay(20, { kind: 'policy', policy: tighter })], { limits }, busy)
    expect(answer.timeline.map(({ resources }) => [resources[1]!.demand, resources[1]!.allowed])).toEqual([[12_000, 25_600], [18_000, 25_600], [18_000, 22_400]])
    expect(answer.firstBreak).toMatchObject({ atMs: 20 * DAY_MS, limit: 'cpu', host: hostId('a'), needed: 12_000, available: 11_200, unit: 'MHz' })
  })

  it('holds VMs within their CPU reservation and limit', () => {
    const bound = [placed({ ...vm('x', { cpuMhz: 12_000 }), cpuLimitMhz: 5000 }, 'a', 0), placed({ ...vm('y', { cpuMhz: 1000 }), cpuReservationMhz: 3000 }, 'b', 0)]
    expect(ask([], {}, bound).now.resources[1]!.demand).toBe(8000)
  })

  it('refuses an arrangement of VMs that must be together and apart', () => {
    const small = [placed(vm('x'), 'a'), placed(vm('y'), 'a')]
    const both = [vmId('x'), vmId('y')]
    const answer = ask([], { repack: true }, small, [{ id: 'one', kind: 'together', vms: both }, { id: 'two', kind: 'apart', vms: both }])
    expect(answer.firstBreak).toMatchObject({ limit: 'rules', unit: 'VMs' })
  })

  it('says which failure is not survived', () => {
    const answer = ask([], { limits: { utilizationMax: 1, memoryMax: 1, failoverHosts: 1, vcpusPerCoreMax: null } })
    expect(answer.firstBreak).toMatchObject({ failedHosts: [hostId('a')], vm: vmId('x'), limit: 'memory' })
    expect(answer.conclusion.text).toBe('Does not fit now: if a fails, no host has room for x: 10240 MiB of memory needed, b, which comes closest, has 6144 MiB of memory left: 4096 MiB of memory short.')
  })

  it('does not let two failed hosts send VMs that must be apart to one host', () => {
    const hosts = [host('a'), host('b'), host('c')]
    const vms = [placed(vm('x'), 'a'), placed(vm('y'), 'b')]
    const limits = { utilizationMax: 1, memoryMax: 1, failoverHosts: 2, vcpusPerCoreMax: null }
    const answer = (rules: Parameters<typeof scenarioOf>[4]): string => answerWhatIf({ scenario: scenarioOf(hosts, vms, [], [], rules), settings: settingsOf({ limits }) }).verdict
    expect(answer([])).toBe('fits')
    expect(answer([{ id: 'r', kind: 'apart', vms: [vmId('x'), vmId('y')] }])).toBe('doesNotFit')
  })

  it('gives the same answer twice', () => {
    const events = [onDay(30, { kind: 'hostFail', host: hostId('b') })]
    expect(JSON.stringify(ask(events))).toBe(JSON.stringify(ask(events)))
  })

  it('names what it does not look at, and is not misled by it', () => {
    const both = [vmId('x'), vmId('y')]
    const rules: Parameters<typeof scenarioOf>[4] = [
      { id: 'kept', kind: 'apart', vms: both }, { id: 'wished', kind: 'together', vms: both, weight: 1 }, { id: 'two', kind: 'apart', vms: both, max: 2 },
      { id: 'site', kind: 'spread', per: 'site', min: 2, vms: both }, { id: 'first', kind: 'order', vms: [both[0]!], others: [both[1]!] },
    ]
    const answer = ask([], {}, large, rules)
    expect(answer.verdict).toBe('fits')
    expect(answer.notConsidered.map(({ code, text }) => [code, text])).toEqual([['rulesNotConsidered', expect.stringContaining('two (apart)')]])
    expect(answer.notConsidered[0]!.text).toContain('site (spread)')
    expect(answer.notConsidered[0]!.numbers).toEqual({ rules: 2 })
  })
})
