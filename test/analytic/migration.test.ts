import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { Run, RunEvent } from '../../src/model/run.ts'
import type { PhysicsSettings, ScenarioEvent, ScenarioRun } from '../../src/model/scenario.ts'
import { precopy } from '../../src/plan/precopy.ts'
import { simulate } from '../../sim/run.ts'
import { MINUTE, PLAIN_PHYSICS, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, trials, workloadVm } from '../support/parts.ts'

interface Case {
  readonly memoryMib: number
  readonly dirtyMibPerS: number
  readonly linkMibPerS: number
  readonly downtimeMaxMs: number
  readonly roundsMax: number
}

const ends = (made: Run): (RunEvent & { kind: 'end' })[] => made.events.filter((event) => event.kind === 'end')

/** One VM of 1,000 MHz on a host with room enough, moved at 10 s by an operator. */
function migrating({ memoryMib, dirtyMibPerS, linkMibPerS, downtimeMaxMs, roundsMax }: Case, loads: readonly number[] = [1], physics: Partial<PhysicsSettings> = {}): ScenarioRun {
  const hosts = ['h0', 'h1'].map((name) => initially(makeHost(name, { linkMibPerS, memoryMib: 4_000_000 })))
  return makeRun({
    hosts, durationMs: 40 * MINUTE,
    workload: { vms: [workloadVm(makeVm('v0', { vcpus: 1, cpuMhz: 1000, memoryMib, dirtyMibPerS }), 'h0', { cpuColumn: 0 })], cpu: loadOf(MINUTE, loads.map((ratio) => [ratio])), memory: null, network: null, disk: null },
    physics: { ...PLAIN_PHYSICS, downtimeMaxMs, migrationRoundsMax: roundsMax, migrationStreamMibPerS: 1e6, migrationTimeoutMs: 35 * MINUTE, ...physics },
    events: [{ atMs: 10_000, kind: 'migrate', vm: vmId('v0'), target: hostId('h1') }], policy: makePolicy(),
  })
}

/** The closed form, worked out without the code under test: V (1 - r^(n+1)) / (1 - r) MiB in n rounds and the pause. */
function series({ memoryMib, dirtyMibPerS, linkMibPerS, downtimeMaxMs }: Case): { rounds: number; sentMib: number; durationMs: number; downtimeMs: number } {
  const ratio = dirtyMibPerS / linkMibPerS
  let rounds = 0
  while ((memoryMib * ratio ** rounds) / linkMibPerS * 1000 > downtimeMaxMs) rounds++
  const sentMib = ratio === 0 ? memoryMib : (memoryMib * (1 - ratio ** (rounds + 1))) / (1 - ratio)
  return { rounds, sentMib, durationMs: (sentMib / linkMibPerS) * 1000, downtimeMs: ((memoryMib * ratio ** rounds) / linkMibPerS) * 1000 }
}

const converging = fc.record({
  memoryMib: fc.integer({ min: 1, max: 16_000 }), dirtyShare: fc.integer({ min: 0, max: 70 }), linkMibPerS: fc.integer({ min: 50, max: 2500 }), downtimeMaxMs: fc.integer({ min: 20, max: 2000 }),
}).map(({ dirtyShare, ...rest }): Case => ({ ...rest, dirtyMibPerS: (dirtyShare / 100) * rest.linkMibPerS, roundsMax: 60 }))

describe('a simulated live migration', () => {
  it('sends and lasts what the geometric series says, each round rounded up to a millisecond', () => {
    fc.assert(fc.property(converging, (input) => {
      const expected = series(input)
      const growth = 1 / (1 - input.dirtyMibPerS / input.linkMibPerS)
      // Where the rest is within the rounding of the limit, one round more is right too.
      fc.pre(input.downtimeMaxMs - expected.downtimeMs > growth + 1)
      const [end] = ends(simulate(migrating(input)))
      expect(end!.outcome).toBe('done')
      // Each round ends up to 1 ms late, in which the VM dirties on; that is sent again in the rounds after.
      const late = expected.rounds + 2
      expect(end!.durationMs - expected.durationMs).toBeGreaterThan(-1)
      expect(end!.durationMs - expected.durationMs).toBeLessThan(1 + late * growth)
      expect(Math.abs(end!.sentMib! - expected.sentMib)).toBeLessThan(1 + (late * growth * input.dirtyMibPerS) / 1000)
      expect(Math.abs(end!.downtimeMs! - expected.downtimeMs)).toBeLessThan(1 + growth)
    }), trials(100))
  })

  it('agrees with the closed form that plans are timed by', () => {
    fc.assert(fc.property(converging, (input) => {
      const planned = precopy(input)
      const growth = 1 / (1 - input.dirtyMibPerS / input.linkMibPerS)
      fc.pre(input.downtimeMaxMs - planned.downtimeMs > growth + 1)
      const [end] = ends(simulate(migrating(input)))
      expect(planned.converged).toBe(true)
      expect(Math.abs(end!.durationMs - planned.durationMs)).toBeLessThan(1 + (planned.rounds + 2) * growth)
    }), trials(50))
  })

  it('of 4 GiB that stand still takes 4096 / 100 s, all of it with the VM running', () => {
    const [end] = ends(simulate(migrating({ memoryMib: 4096, dirtyMibPerS: 0, linkMibPerS: 100, downtimeMaxMs: 300, roundsMax: 30 })))
    expect(end).toMatchObject({ outcome: 'done', durationMs: 40_960, sentMib: 4096, downtimeMs: 0 })
  })

  it('of a VM so small that it fits the pause is the pause', () => {
    const [end] = ends(simulate(migrating({ memoryMib: 20, dirtyMibPerS: 50, linkMibPerS: 100, downtimeMaxMs: 300, roundsMax: 30 })))
    expect(end).toMatchObject({ outcome: 'done', durationMs: 200, sentMib: 20, downtimeMs: 200 })
  })

  it('by hand: 1,000 MiB, 20 of 100 MiB/s dirtied, pause at 500 ms: 1000 + 200 + 40', () => {
    const made = simulate(migrating({ memoryMib: 1000, dirtyMibPerS: 20, linkMibPerS: 100, downtimeMaxMs: 500, roundsMax: 30 }))
    expect(ends(made)[0]).toMatchObject({ outcome: 'done', durationMs: 12_400, sentMib: 1240, downtimeMs: 400 })
    expect(made.summary.sla.downtimeS).toBeCloseTo(0.4, 9)
    expect(made.summary).toMatchObject({ migrations: 1, migratedMib: 1240, migrationMeanS: 12.4 })
  })

  it('gives up after the rounds allowed when memory is dirtied faster than it is sent, and leaves the VM where it ran', () => {
    const made = simulate(migrating({ memoryMib: 1000, dirtyMibPerS: 150, linkMibPerS: 100, downtimeMaxMs: 300, roundsMax: 5 }))
    expect(ends(made)[0]).toMatchObject({ outcome: 'failed', durationMs: 50_000 })
    expect(precopy({ memoryMib: 1000, dirtyMibPerS: 150, linkMibPerS: 100, downtimeMaxMs: 300, roundsMax: 5 })).toMatchObject({ converged: false, rounds: 5, durationMs: 50_000, downtimeMs: 0 })
    expect(made.summary.sla.downtimeS).toBe(0)
    expect(made.columns.hostUtilization.at(-2)).toBeCloseTo(0.1, 6)
  })

  it('that takes too long is given up at its time limit', () => {
    const made = simulate(migrating({ memoryMib: 10_000, dirtyMibPerS: 0, linkMibPerS: 100, downtimeMaxMs: 300, roundsMax: 30 }, [1], { migrationTimeoutMs: 45_000 }))
    expect(ends(made)[0]).toMatchObject({ outcome: 'timedOut', durationMs: 45_000 })
  })

  it('is held to the cap of one stream', () => {
    const made = simulate(migrating({ memoryMib: 1000, dirtyMibPerS: 0, linkMibPerS: 1000, downtimeMaxMs: 0, roundsMax: 30 }, [1], { migrationStreamMibPerS: 50 }))
    expect(ends(made)[0]).toMatchObject({ durationMs: 20_000 })
  })

  it('dirties in proportion to the CPU that the VM gets, and by the minute at which its load changes', () => {
    // From 10 s: 50 s at half load (10 MiB/s), then full load (20 MiB/s). 6,000 MiB at 100 MiB/s: round 1 lasts 60 s, 50 x 10 + 10 x 20 = 700 dirtied; 700 -> 140 -> 28 (pause).
    const made = simulate(migrating({ memoryMib: 6000, dirtyMibPerS: 20, linkMibPerS: 100, downtimeMaxMs: 300, roundsMax: 30 }, [0.5, 1]))
    expect(ends(made)[0]).toMatchObject({ durationMs: 60_000 + 7000 + 1400 + 280, sentMib: 6868, downtimeMs: 280 })
  })
})

describe('migrations at once', () => {
  const crowd = (sizes: readonly number[], sources: readonly string[], link = 100): Run => {
    const hosts = ['h0', 'h1', 'h2'].map((name) => initially(makeHost(name, { linkMibPerS: link, memoryMib: 200_000 })))
    const vms = sizes.map((memoryMib, number) => workloadVm(makeVm(`v${number}`, { memoryMib }), sources[number]!))
    return simulate(makeRun({
      hosts, workload: { vms, cpu: null, memory: null, network: null, disk: null }, events: sizes.map((_, number): ScenarioEvent => ({ atMs: 10_000, kind: 'migrate', vm: vmId(`v${number}`), target: hostId('h2') })),
      policy: makePolicy({ budgets: { hostIncomingMax: 4, hostOutgoingMax: 4 } }), physics: { ...PLAIN_PHYSICS, migrationStreamMibPerS: 1e6 },
    }))
  }

  it('share the link of their target: two of 1,000 MiB take 20 s each', () => {
    expect(ends(crowd([1000, 1000], ['h0', 'h1'])).map(({ durationMs }) => durationMs)).toEqual([20_000, 20_000])
  })

  it('share the link of their source', () => {
    expect(ends(crowd([1000, 1000], ['h0', 'h0'])).map(({ durationMs }) => durationMs)).toEqual([20_000, 20_000])
  })

  it('give the whole link to the one that is left: 1,000 and 3,000 MiB end after 20 and 40 s', () => {
    expect(ends(crowd([1000, 3000], ['h0', 'h1'])).map(({ vm, durationMs }) => [vm, durationMs])).toEqual([['v0', 20_000], ['v1', 40_000]])
  })
})

describe('a migration next to others', () => {
  it('dirties at the rate that held while it held, whatever starts on its host meanwhile', () => {
    // v0 (dirties 40 MiB/s at full CPU) leaves h0, where it needs the whole CPU, from 10 s on; at 40 s v1 arrives on h0 from h2 and takes half of its CPU by its migration's own cost (2,000 of 4,000 MHz).
    const hosts = ['h0', 'h1', 'h2'].map((name) => initially(makeHost(name, { cores: 4, linkMibPerS: 100, memoryMib: 200_000 })))
    const vms = [workloadVm(makeVm('v0', { vcpus: 4, cpuMhz: 4000, memoryMib: 9000, dirtyMibPerS: 40 }), 'h0', { cpuColumn: 0 }), workloadVm(makeVm('v1', { memoryMib: 1000 }), 'h2')]
    const migrate = (vm: string, target: string, atMs: number): ScenarioEvent => ({ atMs, kind: 'migrate', vm: vmId(vm), target: hostId(target) })
    const run = (events: ScenarioEvent[]): Run => simulate(makeRun({
      hosts, workload: { vms, cpu: loadOf(MINUTE, [[1]]), memory: null, network: null, disk: null }, events, physics: { ...PLAIN_PHYSICS, migrationCpuMhz: 2000, migrationStreamMibPerS: 100 }, policy: makePolicy({ budgets: { hostIncomingMax: 4, hostOutgoingMax: 4 } }),
    }))
    // Alone: the stream costs 2,000 MHz at 100 MiB/s, so that v0 gets half of its CPU and dirties 20 MiB/s: 90 s, then 1800 / 100 = 18 s, 3.6 s, 0.72 s and a pause of 0.144 s.
    expect(ends(run([migrate('v0', 'h1', 10_000)]))[0]!.durationMs).toBe(90_000 + 18_000 + 3600 + 720 + 144)
    // From 40 s to 60 s two streams of 50 MiB/s share h0's link; they cost 2,000 MHz together as one did: round 1 lasts 30 + 20 + 50 s, 20 MiB/s all the while.
    const [second, first] = ends(run([migrate('v0', 'h1', 10_000), migrate('v1', 'h0', 40_000)]))
    expect(second).toMatchObject({ vm: 'v1', durationMs: 20_000 })
    expect(first).toMatchObject({ vm: 'v0', durationMs: 100_000 + 20_000 + 4000 + 800 + 160 })
  })

  it('dirties at the rate that held even where only the far end of another migration changes', () => {
    // v0 leaves h1, which v1 of 20,000 MiB enters from h0 at 100 MiB/s: 2,000 MHz of h1. From 40 s on v2 leaves h0 too, so that v1's stream and its cost on h1 halve.
    const links: Readonly<Record<string, number>> = { h0: 100, h1: 1000, h2: 100, h3: 1000 }
    const hosts = Object.entries(links).map(([name, linkMibPerS]) => initially(makeHost(name, { cores: 4, linkMibPerS, memoryMib: 200_000 })))
    const vms = [workloadVm(makeVm('v0', { vcpus: 4, cpuMhz: 4000, memoryMib: 9000, dirtyMibPerS: 40 }), 'h1', { cpuColumn: 0 }), workloadVm(makeVm('v1', { memoryMib: 20_000 }), 'h0'), workloadVm(makeVm('v2', { memoryMib: 20_000 }), 'h0')]
    const migrate = (vm: string, target: string, atMs: number): ScenarioEvent => ({ atMs, kind: 'migrate', vm: vmId(vm), target: hostId(target) })
    const made = simulate(makeRun({
      hosts, workload: { vms, cpu: loadOf(MINUTE, [[1]]), memory: null, network: null, disk: null }, events: [migrate('v0', 'h2', 10_000), migrate('v1', 'h1', 10_000), migrate('v2', 'h3', 40_000)],
      physics: { ...PLAIN_PHYSICS, migrationCpuMhz: 2000, migrationStreamMibPerS: 100 }, policy: makePolicy({ budgets: { hostIncomingMax: 4, hostOutgoingMax: 4 } }),
    }))
    // v0 has 4,000 - 200 (its own stream) - 2,000 MHz for 30 s, then 1,000 more: it dirties 18, then 28 MiB/s.
    let restMib = 30 * 18 + 60 * 28
    let durationS = 90
    while (restMib / 100 > 0.3) {
      durationS += restMib / 100
      restMib *= 0.28
    }
    const end = ends(made).find(({ vm }) => vm === 'v0')!
    expect(Math.abs(end.durationMs - 1000 * (durationS + restMib / 100))).toBeLessThan(8)
  })
})
