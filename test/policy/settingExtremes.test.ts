import { describe, expect, it } from 'vitest'
import { simulate } from '../../sim/run.ts'
import { hostId } from '../../src/model/ids.ts'
import type { PolicySettings } from '../../src/model/policy.ts'
import type { RunEvent } from '../../src/model/run.ts'
import type { ScenarioEvent } from '../../src/model/scenario.ts'
import { greedySolver } from '../../src/optimize/greedy.ts'
import { DAY, HOUR, MINUTE, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../support/parts.ts'

const HOSTS = ['h0', 'h1', 'h2', 'h3', 'h4', 'h5']
const EVER = 36_600 * DAY
/** Quiet by night, busy by day, and in the afternoon the VMs of h0 alone want more than it has. */
const levelAt = (hour: number, vm: number): number => (hour < 7 || hour >= 20 ? 0.05 : hour >= 14 && hour < 17 && vm < 4 ? 1 : 0.35)

type Parts = { readonly [Section in 'powerSave' | 'budgets' | 'evenDistribution']?: Partial<PolicySettings[Section]> }

interface Shown {
  readonly events: readonly RunEvent[]
  /** Steps that were started, as `action code`, and how often. */
  readonly count: (...kinds: readonly string[]) => number
  /** Most of them at once, or within a time, in the whole pool or of one VM or host. */
  readonly most: (kind: string, withinMs: number, each?: 'vm' | 'host') => number
}

/** A day of six hosts and 24 VMs with both classic goals on, and maintenance of h5 in the forenoon. */
function day({ powerSave, budgets, evenDistribution }: Parts): Shown {
  const events: ScenarioEvent[] = [{ kind: 'maintenanceEnter', atMs: 9 * HOUR, host: hostId('h5'), method: null }, { kind: 'maintenanceLeave', atMs: 10 * HOUR, host: hostId('h5') }]
  const made = simulate(makeRun({
    hosts: HOSTS.map((name) => initially(makeHost(name))), durationMs: DAY, events,
    policy: makePolicy({ decisionIntervalMs: 2 * MINUTE, powerSave: { enabled: true, reserveHosts: 0, hostsOnMin: 2, ...powerSave }, budgets: { ...budgets }, evenDistribution: { enabled: true, balancePool: true, ...evenDistribution } }),
    workload: {
      vms: Array.from({ length: 24 }, (_, vm) => workloadVm(makeVm(`v${vm}`, { cpuMhz: 2500 }), HOSTS[Math.floor(vm / 4)]!, { cpuColumn: vm })),
      cpu: loadOf(HOUR, Array.from({ length: 24 }, (_, hour) => Array.from({ length: 24 }, (__, vm) => levelAt(hour, vm)))), memory: null, network: null, disk: null,
    },
  }), { solver: greedySolver }).events
  const starts = made.flatMap((event) => (event.kind === 'start' ? [event] : []))
  const matching = (kind: string) => starts.filter(({ action, reason }) => kind === action || kind === `${action} ${reason.code}`)
  return {
    events: made, count: (...kinds) => kinds.reduce((sum, kind) => sum + matching(kind).length, 0),
    most: (kind, withinMs, each) => Math.max(0, ...matching(kind).map((one) => matching(kind).filter((other) => other.atMs <= one.atMs && one.atMs - other.atMs < withinMs && (each === undefined || other[each] === one[each])).length)),
  }
}

const OPTIONAL = ['migrate relieve', 'migrate empty', 'migrate spread'] as const
const usual = day({})
const usualOffs = usual.count('powerOff')

/** What docs/policies.md says of a setting at an end of its range. */
const CLAIMS: readonly [string, Parts, (shown: Shown) => void][] = [
  ['migrationsPerHourMax 0: nothing optional moves, maintenance empties its host', { budgets: { migrationsPerHourMax: 0 } }, ({ count }) => {
    expect(count(...OPTIONAL)).toBe(0)
    expect(count('migrate evacuate')).toBeGreaterThan(0)
  }],
  ['migrationsPerHourMax 0: VMs do not go home after maintenance, and it is said', { budgets: { migrationsPerHourMax: 0 } }, ({ count, events }) => {
    expect(count('migrate preferred')).toBe(0)
    expect(events.some((event) => event.kind === 'note' && event.reason.code === 'budgetSpent')).toBe(true)
  }],
  ['migrationsPerHourMax 1,000,000: as without a limit', { budgets: { migrationsPerHourMax: 1_000_000 } }, ({ count }) => expect(count('migrate')).toBe(usual.count('migrate'))],
  ['migrationsPerHourMax null: by size, 120 here', { budgets: { migrationsPerHourMax: null } }, ({ count }) => expect(count('migrate')).toBe(day({ budgets: { migrationsPerHourMax: 120 } }).count('migrate'))],
  ['migrationsPerPlanMax 0: as 0 an hour', { budgets: { migrationsPerPlanMax: 0 } }, ({ count }) => expect(count(...OPTIONAL)).toBe(0)],
  ['migrationsPerHostHourMax 1: one of each host an hour', { budgets: { migrationsPerHostHourMax: 1 } }, ({ events }) => {
    for (const host of HOSTS) {
      const own = events.flatMap((event) => (event.kind === 'start' && OPTIONAL.some((kind) => kind === `${event.action} ${event.reason.code}`) && (event.source === host || event.target === host) ? [event.atMs] : []))
      for (let at = 1; at < own.length; at++) expect(own[at]! - own[at - 1]!).toBeGreaterThanOrEqual(HOUR)
    }
  }],
  ['reliefReserve 1: nothing but relief', { budgets: { reliefReserve: 1, migrationsPerHourMax: 20 } }, ({ count }) => expect([count('migrate empty', 'migrate spread'), count('migrate relieve') > 0]).toEqual([0, true])],
  ['reliefReserve 0: emptying may take all of the hour', { budgets: { reliefReserve: 0, migrationsPerHourMax: 8 } }, ({ most }) => expect(most('migrate empty', HOUR)).toBe(8)],
  ['reliefReserve 0.25: and else three quarters of it', { budgets: { reliefReserve: 0.25, migrationsPerHourMax: 8 } }, ({ most }) => expect(most('migrate empty', HOUR)).toBeLessThanOrEqual(6)],
  ['vmCooldownMs 36600 d: no VM is moved twice but for maintenance', { budgets: { vmCooldownMs: EVER } }, ({ events }) => {
    const moves = events.flatMap((event) => (event.kind === 'start' && event.action === 'migrate' ? [event] : []))
    for (const [at, move] of moves.entries()) if (OPTIONAL.some((kind) => kind === `migrate ${move.reason.code}`)) expect(moves.slice(0, at).some(({ vm }) => vm === move.vm)).toBe(false)
  }],
  ['retryMs 0 and retryMaxMs 0: accepted, nothing waits', { budgets: { retryMs: 0, retryMaxMs: 0 } }, ({ count }) => expect(count('migrate')).toBe(usual.count('migrate'))],
  ['powerCyclesPerHostDayMax 0: no host goes off', { powerSave: { powerCyclesPerHostDayMax: 0 } }, ({ count }) => expect(count('powerOff', 'migrate empty')).toBe(0)],
  ['powerCyclesPerHostDayMax 1: each once at most', { powerSave: { powerCyclesPerHostDayMax: 1 } }, ({ most, count }) => expect([most('powerOff', DAY, 'host'), count('powerOff') > 0]).toEqual([1, true])],
  ['hostsOnMin 6, all of them: no host goes off', { powerSave: { hostsOnMin: 6 } }, ({ count }) => expect(count('powerOff')).toBe(0)],
  ['hostsOnMin 1: one may be left alone', { powerSave: { hostsOnMin: 1 } }, ({ count }) => expect(count('powerOff')).toBeGreaterThanOrEqual(usualOffs)],
  ['reserveHosts 5, all but one: no host goes off', { powerSave: { reserveHosts: 5 } }, ({ count }) => expect(count('powerOff')).toBe(0)],
  ['poolUtilizationMin 0: only hosts that were low themselves go', { powerSave: { poolUtilizationMin: 0, utilizationLow: 0 } }, ({ count }) => expect(count('powerOff')).toBe(0)],
  ['hostsDrainedAtOnceMax 100,000: all at once, as far as the rest carries it', { powerSave: { hostsDrainedAtOnceMax: 100_000 } }, ({ most }) => expect(most('powerOff', MINUTE)).toBeGreaterThan(usual.most('powerOff', MINUTE))],
  ['bootsAtOnceMax 1: one after the other', { powerSave: { bootsAtOnceMax: 1 } }, ({ most, count }) => expect([most('powerOn', 2 * MINUTE), count('powerOn') > 1]).toEqual([1, true])],
  ['bootsAtOnceMax null: by size, 2 here', { powerSave: { bootsAtOnceMax: null } }, ({ most }) => expect(most('powerOn', 2 * MINUTE)).toBeLessThanOrEqual(2)],
  ['hostOnMinMs 36600 d: what came up stays', { powerSave: { hostOnMinMs: EVER } }, ({ events }) => {
    const woken = new Set<string>()
    for (const event of events) if (event.kind === 'start' && event.action === 'powerOn') woken.add(event.host!)
      else if (event.kind === 'start' && event.action === 'powerOff') expect(woken.has(event.host!)).toBe(false)
  }],
  ['offWindowMs 36600 d: nothing goes off before so much is known', { powerSave: { offWindowMs: EVER } }, ({ count }) => expect(count('powerOff', 'migrate empty')).toBe(0)],
  ['offWindowMs 0: the present decides', { powerSave: { offWindowMs: 0 } }, ({ count }) => expect(count('powerOff')).toBeGreaterThan(0)],
  ['onWindowMs 0: the latest sample decides', { powerSave: { onWindowMs: 0 } }, ({ count }) => expect(count('powerOff')).toBeGreaterThan(0)],
  ['offExpectedMs 1 min: off for so short pays for nothing', { powerSave: { offExpectedMs: MINUTE } }, ({ count }) => expect(count('powerOff')).toBe(0)],
  ['offExpectedMs 36600 d: any host pays', { powerSave: { offExpectedMs: EVER } }, ({ count }) => expect(count('powerOff')).toBeGreaterThan(0)],
  ['offExpectedMs 36600 d in windows that never shut: the same', { powerSave: { offExpectedMs: EVER, windows: [{ days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 1440, zone: { name: 'UTC', fromMs: [-8.64e15], offsetMs: [0] } }] } }, ({ count }) => expect(count('powerOff')).toBeGreaterThan(0)],
  ['quarantineMs null and wakeFailuresMax 1: nothing else changes while all wake', { powerSave: { quarantineMs: null, wakeFailuresMax: 1 } }, ({ count }) => expect(count('powerOff', 'powerOn')).toBe(usual.count('powerOff', 'powerOn'))],
  ['wakeProofAgeMaxMs 1 min: every host is drilled before it goes, each time', { powerSave: { wakeProofAgeMaxMs: MINUTE, powerCyclesPerHostDayMax: 1000 } }, ({ count }) => expect(count('powerOff drill')).toBeGreaterThan(0)],
  ['massSurplusMin 0, by risk: surplus goes in one go', { powerSave: { fill: 'risk', massSurplusMin: 0 } }, ({ count }) => expect(count('powerOff')).toBeGreaterThan(0)],
  ['massSurplusMin 1, by risk: never in one go', { powerSave: { fill: 'risk', massSurplusMin: 1, hostsDrainedAtOnceMax: 1 } }, ({ most }) => expect(most('powerOff', 1000)).toBe(1)],
  ['overloadMax 1, by risk: as full as fillMax lets', { powerSave: { fill: 'risk', overloadMax: 1 } }, ({ count }) => expect(count('powerOff')).toBeGreaterThan(0)],
  ['memoryMs 1 s, by risk: what was is forgotten', { powerSave: { fill: 'risk', memoryMs: 1000 } }, ({ count }) => expect(count('powerOff')).toBeGreaterThan(0)],
  ['spreadMax 1: nothing is balanced', { evenDistribution: { spreadMax: 1 }, powerSave: { enabled: false } }, ({ count }) => expect(count('migrate spread')).toBe(0)],
  ['aggressiveness 1: nothing is balanced', { evenDistribution: { aggressiveness: 1 }, powerSave: { enabled: false } }, ({ count }) => expect(count('migrate spread')).toBe(0)],
  ['happinessMin 0: no VM is ever unhappy', { evenDistribution: { happinessMin: 0 } }, ({ count }) => expect(count('migrate')).toBe(usual.count('migrate'))],
]

describe('a setting at the end of its range does what the docs say', () => {
  it('in a day on which there is something to do', () => {
    expect([usualOffs > 3, usual.count('powerOn') > 1, usual.count('migrate empty') > 10, usual.count('migrate relieve') > 0, usual.count('migrate evacuate') > 0, usual.count('migrate preferred') > 0]).toEqual([true, true, true, true, true, true])
  })

  it.each(CLAIMS)('%s', (_, parts, claim) => {
    claim(day(parts))
  })
})
