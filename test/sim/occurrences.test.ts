import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { Sample } from '../../src/model/load.ts'
import type { Run, RunEvent } from '../../src/model/run.ts'
import type { ScenarioRun } from '../../src/model/scenario.ts'
import { simulate } from '../../sim/run.ts'
import { DAY, HOUR, MINUTE, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../support/parts.ts'

const hosts = (count: number): ScenarioRun['hosts'] => Array.from({ length: count }, (_, number) => initially(makeHost(`h${number}`)))
const vmsOn = (names: readonly string[], host: string): ScenarioRun['workload'] => ({ vms: names.map((name) => workloadVm(makeVm(name), host)), cpu: null, memory: null, network: null, disk: null })
const failures = (made: Run): string[] => made.events.flatMap((event) => (event.kind === 'host' && event.change === 'failed' ? [`${event.host} ${event.atMs}`] : []))
const ends = (made: Run): (RunEvent & { kind: 'end' })[] => made.events.filter((event) => event.kind === 'end')

describe('failures by chance', () => {
  const faults = { wakeFailureRatio: 0, migrationFailureRatio: 0, hostMtbfMs: 6 * HOUR, hostRepairMs: HOUR }

  it('come at the same times whatever the policy does', () => {
    const load = { vms: [workloadVm(makeVm('v0', { vcpus: 8, cpuMhz: 8000 }), 'h0', { cpuColumn: 0 }), workloadVm(makeVm('v1', { vcpus: 8, cpuMhz: 8000 }), 'h0', { cpuColumn: 0 })], cpu: loadOf(HOUR, [[0.1], [0.9], [0.9]]), memory: null, network: null, disk: null }
    const run = makeRun({ hosts: hosts(4), workload: load, faults, durationMs: 4 * DAY })
    const [none, even] = [simulate(run), simulate({ ...run, policy: makePolicy({ evenDistribution: { enabled: true } }) })]
    expect(failures(none).length).toBeGreaterThan(20)
    expect(failures(even)).toEqual(failures(none))
  })

  it('go on for a host that was off when one came', () => {
    const run = makeRun({ hosts: hosts(2), faults, durationMs: 20 * DAY, events: [{ atMs: 0, kind: 'powerOff', host: hostId('h1') }, { atMs: 10 * DAY, kind: 'powerOn', host: hostId('h1') }] })
    expect(failures(simulate(run)).filter((text) => text.startsWith('h1')).length).toBeGreaterThan(10)
  })

  it('do not come more often after one that the scenario named', () => {
    const named = Array.from({ length: 40 }, (_, number) => [{ atMs: number * 6 * HOUR, kind: 'hostFail' as const, host: hostId('h1') }, { atMs: number * 6 * HOUR + MINUTE, kind: 'hostRepair' as const, host: hostId('h1') }]).flat()
    const made = simulate(makeRun({ hosts: hosts(2), faults: { ...faults, hostMtbfMs: DAY }, durationMs: 60 * DAY, events: named }))
    const byChance = failures(made).filter((text) => text.startsWith('h1') && Number(text.split(' ')[1]) > 10 * DAY)
    // 50 days of one failure a day and an hour of repair: 48, with a standard deviation of about 7.
    expect(byChance.length).toBeLessThan(75)
    expect(byChance.length).toBeGreaterThan(25)
  })
})

describe('a failed host', () => {
  it('can be woken once it is known to be dead, and serves again', () => {
    const wake = (atMs: number): ScenarioRun['events'][number] => ({ atMs, kind: 'powerOn', host: hostId('h1') })
    const made = simulate(makeRun({ hosts: hosts(2), events: [{ atMs: MINUTE, kind: 'hostFail', host: hostId('h1') }, wake(MINUTE + 30_000), wake(3 * MINUTE), { atMs: 10 * MINUTE, kind: 'powerOff', host: hostId('h0') }] }))
    expect(ends(made).map(({ action, host, outcome, atMs }) => [action, host, outcome, atMs])).toEqual([['powerOn', 'h1', 'done', 5 * MINUTE], ['powerOff', 'h0', 'done', 10 * MINUTE + 30_000]])
    expect(made.events.some((event) => event.kind === 'note' && event.reason.code === 'hostUnreachable')).toBe(true)
  })

  it('stays unknown for the whole delay when it fails again at once', () => {
    const made = simulate(makeRun({ hosts: hosts(3), events: [
      { atMs: MINUTE, kind: 'hostFail', host: hostId('h2') }, { atMs: MINUTE + 20_000, kind: 'hostRepair', host: hostId('h2') }, { atMs: MINUTE + 40_000, kind: 'hostFail', host: hostId('h2') },
      { atMs: 2 * MINUTE + 10_000, kind: 'powerOff', host: hostId('h1') }, { atMs: 2 * MINUTE + 50_000, kind: 'powerOff', host: hostId('h0') },
    ] }))
    expect(ends(made).map(({ host }) => host)).toEqual(['h0'])
  })

  it('that was taken out of the pool is no failure', () => {
    const made = simulate(makeRun({ hosts: hosts(2), workload: vmsOn(['v0', 'v1'], 'h1'), events: [{ atMs: MINUTE, kind: 'hostRemove', host: hostId('h1') }] }))
    expect(made.summary).toMatchObject({ hostFailures: 0, unplacedAtEnd: 0 })
    expect(made.events.filter((event) => event.kind === 'vm' && event.change === 'placed')).toHaveLength(2)
  })
})

describe('figures', () => {
  it('count a host that failed, and one that was added, in how many are on', () => {
    const failed = simulate(makeRun({ hosts: hosts(3), events: [{ atMs: MINUTE, kind: 'hostFail', host: hostId('h1') }] }))
    expect(failed.summary).toMatchObject({ hostsOnMin: 2, hostsOnMax: 3 })
    const removed = simulate(makeRun({ hosts: hosts(3), events: [{ atMs: MINUTE, kind: 'hostRemove', host: hostId('h1') }] }))
    expect(removed.summary).toMatchObject({ hostsOnMin: 2, hostsOnMax: 3 })
    const added = simulate(makeRun({ hosts: hosts(2), events: [{ atMs: MINUTE, kind: 'hostAdd', host: hosts(3)[2]! }] }))
    expect(added.summary).toMatchObject({ hostsOnMin: 2, hostsOnMax: 3 })
  })

  it('cover what happens at the very instant the warm-up ends', () => {
    const made = simulate(makeRun({ hosts: hosts(2), warmupMs: 10 * MINUTE, events: [{ atMs: 10 * MINUTE, kind: 'hostFail', host: hostId('h1') }] }))
    expect(made.summary.hostFailures).toBe(1)
  })
})

describe('samples', () => {
  it('reach the controller one by one, each its delay after its interval', () => {
    const seen: { atMs: number; samples: readonly Sample[] }[] = []
    simulate(makeRun({ hosts: hosts(1), sensors: { intervalMs: 30_000, delayMs: 100_000, gapRatio: 0 } }), { onTurn: (input) => { if (input.kind === 'tick' && input.samples.length > 0) seen.push(input) } })
    expect(seen.length).toBeGreaterThan(100)
    for (const { atMs, samples } of seen) expect(samples.map(({ takenAtMs }) => takenAtMs)).toEqual([atMs - 100_000])
  })

  it('are missing as often as was said, one VM apart from another', () => {
    let missing = 0
    let both = 0
    let count = 0
    simulate(makeRun({ hosts: hosts(1), workload: vmsOn(['v0', 'v1'], 'h0'), durationMs: 3 * DAY, sensors: { intervalMs: MINUTE, delayMs: 0, gapRatio: 0.2 } }), {
      onTurn: (input) => {
        if (input.kind !== 'tick' || !input.samples[0]) return
        const [first, second] = [0, 1].map((slot) => Number.isNaN(input.samples[0]!.vmCpuMhz[slot]!))
        count++
        missing += Number(first)
        both += Number(first && second)
      },
    })
    expect(missing / count).toBeCloseTo(0.2, 1)
    expect(both / count).toBeCloseTo(0.04, 1)
  })
})

describe('a VM that shrinks and grows', () => {
  it('takes its size at both ends of its migration', () => {
    const made = simulate(makeRun({
      hosts: hosts(2), workload: vmsOn(['v0'], 'h0'), rowMs: MINUTE,
      events: [{ atMs: MINUTE, kind: 'migrate', vm: vmId('v0'), target: hostId('h1') }, { atMs: MINUTE + 1000, kind: 'vmResize', vm: vmId('v0'), vcpus: null, cpuMhz: null, memoryMib: 51_200 }],
    }))
    expect([...made.columns.hostMemory.slice(-2)]).toEqual([0, 0.5])
  })
})
