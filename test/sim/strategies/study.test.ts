import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reference } from '../../../sim/presets/reference.ts'
import { EVENT, makeSimulation, type Simulation } from '../../../sim/simulation.ts'
import { proportionalFloor } from '../../../sim/strategies/cpuSharing/proportionalFloor.ts'
import { alwaysMaximum, instant } from '../../../sim/strategies/hostPower/instant.ts'
import { studyClock } from '../../../sim/world/studyClock.ts'
import { stepId } from '../../../src/model/ids.ts'
import type { Step } from '../../../src/model/plan.ts'
import { POWER, VM } from '../../../src/model/pool.ts'
import { reason } from '../../../src/model/result.ts'
import { STUDY_SAMPLES, studyRun } from './studyRun.ts'

const G4 = 0
const G5 = 1
const constant = (percent: number): number[] => new Array<number>(STUDY_SAMPLES).fill(percent)

/** The study's pool with these VMs placed: sizes 2500, 2000, 1000, 500 MIPS when there are four. */
function placed(loads: readonly (readonly number[])[], policy = 'thr-mmt-0.8'): Simulation {
  const sim = makeSimulation(studyRun(loads, policy), reference)
  sim.strategies.timeline.changeAll(sim, () => { expect(sim.strategies.placement.place(sim)).toEqual([]) })
  return sim
}

/** Goes to an instant and lets demand be taken there. */
function stepTo(sim: Simulation, atMs: number): void {
  sim.world.atMs = atMs
  sim.strategies.timeline.takeDemand(sim)
}

const migrate = (sim: Simulation, vm: number, target: number, id = 's'): Step => ({
  id: stepId(id), after: [], estimateMs: 0, reason: reason('test', 'test'), kind: 'migrate', vm: sim.world.pool.vms[vm]!.id, source: sim.world.pool.hosts[sim.world.pool.vmHost[vm]!]!.id, target: sim.world.pool.hosts[target]!.id,
})

function start(sim: Simulation, step: Step): void {
  const result = sim.strategies.startLimits.begin(sim, step)
  if (!result.ok) throw new Error(result.refusal.message)
  const number = sim.nextNumber++
  sim.world.hostVms[result.value.target]!.push(result.value.vm)
  sim.migrations.set(number, { number, begun: result.value, startedMs: sim.world.atMs, restMib: 0, dirtiedMib: 0, rateMibPerS: 0, settledMs: 0, rounds: 0, sentMib: 0, pausedSinceMs: null, breaks: false, version: 0, isSentOn: false })
}

describe('the study’s clock', () => {
  it('adds up steps of 300 s from 0.1 s, to the last bit', () => {
    const clock = studyClock(86_400_000)
    let seconds = 0.1
    for (let step = 1; step < STUDY_SAMPLES; step++) expect(clock.secondsAt(step * 300_000 + 100)).toBe((seconds += 300))
  })

  it('adds what came after the step to the step', () => {
    expect(studyClock(86_400_000).secondsAt(600_100 + 13_920)).toBe(600.1 + 870 / 62.5)
    expect(studyClock(86_400_000).secondsAt(0)).toBe(0)
  })
})

describe('demand between samples', () => {
  const ramp = Array.from({ length: STUDY_SAMPLES }, (_, sample) => sample % 100)
  const sim = placed([ramp, constant(40), constant(40), constant(40)])

  it('is on the line between them, slope first', () => {
    stepTo(sim, 900_100)
    expect(sim.world.demandMhz[0]).toBe((0.03 + ((0.04 - 0.03) / 300) * (900.1 - 900)) * 2500)
  })

  it('is the last sample after the last sample', () => {
    stepTo(sim, 287 * 300_000 + 100)
    expect(sim.world.demandMhz[0]).toBe(0.87 * 2500)
  })

  it('reaches the controller exactly, with the ratio that it was made from', () => {
    stepTo(sim, 287 * 300_000 + 100)
    const sample = sim.strategies.observation.sample(sim)
    expect([...sample.vmCpuMhz.slice(0, 4)]).toEqual([2175, 800, 400, 200])
    expect([...sample.vmCpuRatio!.slice(0, 4)]).toEqual([0.87, 0.4, 0.4, 0.4])
    expect(sim.strategies.observation.delayMs).toBeNull()
  })
})

describe('first placement', () => {
  it('puts VMs of 2500 MIPS on G5 hosts, whose cores are fast enough', () => {
    const { world } = placed([constant(10), constant(10), constant(10), constant(10)])
    expect([...world.pool.vmHost.slice(0, 2)].map((host) => host % 2)).toEqual([G5, G5])
  })

  it('takes the first host with room for policies that never migrate', () => {
    const { world } = placed(new Array<number[]>(8).fill(constant(10)), 'dvfs')
    // Two of 2500 leave 320 MIPS of the first G5, two of 2000 leave 1320 of the next; two of 1000 and one of 500 leave 3 MB of the first G4.
    expect([...world.pool.vmHost.slice(0, 8)]).toEqual([1, 1, 3, 3, 0, 0, 0, 2])
  })

  it('takes the host whose power rises least otherwise: a G5 from idle to 19 % before a G4 to 27 %', () => {
    const { world } = placed([constant(10), constant(10), constant(10), constant(10)])
    // 8.9 W on a G4, 6.8 W on a G5; the two larger VMs have the first G5 hosts.
    expect([...world.pool.vmHost.slice(0, 4)].map((host) => host % 2)).toEqual([G5, G5, G5, G5])
  })

  it('leaves no host with more memory or MIPS than it has', () => {
    const { world } = placed(new Array<number[]>(1000).fill(constant(10)))
    for (let host = 0; host < 800; host++) {
      const vms = world.hostVms[host]!.map((slot) => world.pool.vms[slot]!)
      expect(vms.reduce((sum, vm) => sum + vm.memoryMib, 0)).toBeLessThanOrEqual(4096)
      expect(vms.reduce((sum, vm) => sum + vm.cpuMhz, 0)).toBeLessThanOrEqual(world.pool.hosts[host]!.capacity.cpuMhz)
    }
  })
})

describe('CPU sharing on a host', () => {
  /** Moves all four VMs to one host as if they had always been there. */
  function crowded(percents: readonly number[], host: number): Simulation {
    const sim = placed(percents.map(constant))
    stepTo(sim, 300_100)
    for (const list of sim.world.hostVms) list.length = 0
    for (let slot = 0; slot < 4; slot++) {
      sim.world.pool.vmHost[slot] = host
      sim.world.hostVms[host]!.push(slot)
    }
    return sim
  }

  it('gives everybody its request where all fits', () => {
    const { world } = crowded([20, 20, 20, 20], G5)
    proportionalFloor.share(world, G5)
    expect([...world.deliveredMhz.slice(0, 4)]).toEqual([500, 400, 200, 100])
    expect(world.hostUsedMhz[G5]).toBe(1200)
  })

  it('scales alike and rounds down where it does not', () => {
    const { world } = crowded([90, 90, 90, 90], G4)
    proportionalFloor.share(world, G4)
    // Requests are capped to a core of 1860: 1860 + 1800 + 900 + 450 = 5010 for 3720.
    expect([...world.deliveredMhz.slice(0, 4)]).toEqual([1381, 1336, 668, 334])
    expect(world.hostUsedMhz[G4]).toBe(1381 + 1336 + 668 + 334)
  })

  it('gives an outgoing VM nine tenths, but the host counts all of it', () => {
    const { world } = crowded([20, 20, 20, 20], G5)
    world.pool.vmState[1] = VM.migrating
    proportionalFloor.share(world, G5)
    expect(world.deliveredMhz[1]).toBe(400 * 0.9)
    expect(world.hostUsedMhz[G5]).toBe(500 + (400 * 0.9) / 0.9 + 200 + 100)
  })

  it('gives an incoming VM one tenth, which is the host’s figure and not the VM’s', () => {
    const { world } = crowded([20, 20, 20, 20], G5)
    world.pool.vmHost[2] = G4
    world.deliveredMhz[2] = 77
    proportionalFloor.share(world, G5)
    expect(world.hostUsedMhz[G5]).toBe(500 + 400 + 200 * 0.1 + 100)
    expect(world.deliveredMhz[2]).toBe(77)
  })

  it('gives nothing to a VM that is still being started', () => {
    const { world } = crowded([20, 20, 20, 20], G5)
    world.pool.vmState[0] = VM.starting
    proportionalFloor.share(world, G5)
    expect([world.deliveredMhz[0], world.hostUsedMhz[G5]]).toEqual([0, 700])
  })

  it('never delivers more than a host has', () => {
    const percent = fc.integer({ min: 1, max: 100 })
    fc.assert(fc.property(fc.tuple(percent, percent, percent, percent), fc.constantFrom(G4, G5), (percents, host) => {
      const { world } = crowded(percents, host)
      proportionalFloor.share(world, host)
      expect(world.hostUsedMhz[host]).toBeLessThanOrEqual(world.pool.hosts[host]!.capacity.cpuMhz)
    }), { numRuns: 30 })
  })
})

describe('host power', () => {
  it('is nothing for a host that nobody uses, and by the curve for others', () => {
    const sim = placed([constant(50), constant(50), constant(50), constant(50)])
    stepTo(sim, 300_100)
    const host = sim.world.pool.vmHost[0]!
    expect(instant.powerW(sim.world, host)).toBeCloseTo(101 + (105 - 101) * (1250 / 532 - 2), 9)
    expect(instant.stateOf(sim.world, host)).toBe('on')
    expect([instant.powerW(sim.world, 799), instant.stateOf(sim.world, 799)]).toEqual([0, 'off'])
    expect(instant.switchMs(sim.world.pool.hosts[0]!, 'powerOn')).toBe(0)
  })

  it('shows other states of a host as they are', () => {
    const { world } = placed([constant(50)])
    world.pool.hostPower[5] = POWER.failed
    expect(instant.stateOf(world, 5)).toBe('failed')
  })

  it('is the maximum for NPA', () => {
    const { world } = placed([constant(50)], 'npa')
    expect([alwaysMaximum.powerW(world, G4), alwaysMaximum.powerW(world, G5)]).toEqual([117, 135])
  })
})

describe('instants', () => {
  /** One VM of 2500 MIPS on a G5, alone. */
  const lonely = (percent: number, policy = 'dvfs'): Simulation => placed([constant(percent)], policy)
  const close = (sim: Simulation): void => { sim.strategies.timeline.closeInstant(sim) }
  const instantAt = (sim: Simulation, atMs: number): void => {
    stepTo(sim, atMs)
    close(sim)
  }

  it('account no energy before the first step, then the mean of both ends', () => {
    const sim = lonely(50)
    instantAt(sim, 300_100)
    expect(sim.strategies.energyFrame.totalWh(sim)).toBe(0)
    instantAt(sim, 600_100)
    expect(sim.strategies.energyFrame.totalWh(sim)).toBeCloseTo((101 + (105 - 101) * (1250 / 532 - 2)) * (300 / 3600), 6)
  })

  it('are only made by changes: to settle accounts changes nothing', () => {
    const sim = lonely(50)
    instantAt(sim, 300_100)
    sim.world.atMs = 400_000
    sim.strategies.timeline.settleAll(sim)
    close(sim)
    expect(sim.strategies.energyFrame.totalWh(sim)).toBe(0)
  })

  it('count a host that is unused at the end with its idle power there, and not at all after that', () => {
    const sim = lonely(50)
    instantAt(sim, 300_100)
    stepTo(sim, 600_100)
    sim.world.demandMhz[0] = 0
    sim.strategies.timeline.changeAll(sim, () => { sim.world.demandMhz[0] = 0 })
    close(sim)
    const before = sim.strategies.energyFrame.totalWh(sim)
    instantAt(sim, 900_100)
    expect(sim.strategies.energyFrame.totalWh(sim)).toBe(before)
    expect(sim.strategies.slaAccounting.referenceFigures(sim)!.hostShutdowns).toBe(800)
  })

  it('draw the maximum from time 0 for NPA, used or not', () => {
    const sim = lonely(50, 'npa')
    instantAt(sim, 300_100)
    expect(sim.strategies.energyFrame.totalWh(sim)).toBeCloseTo((400 * (117 + 135) * 300.1) / 3600, 6)
  })

  it('remove a VM that wants nothing, and not one that wants a little or migrates', () => {
    const sim = placed([constant(0), constant(1), constant(0), constant(1)])
    sim.world.pool.vmState[2] = VM.migrating
    instantAt(sim, 300_100)
    expect([...sim.world.pool.vmState.slice(0, 4)]).toEqual([VM.gone, VM.running, VM.migrating, VM.running])
    expect(sim.events).toEqual([{ atMs: 300_100, kind: 'vm', vm: 'vm0000', change: 'departed' }])
  })

  it('remove a VM that arrives without demand at the instant of its arrival', () => {
    const sim = placed([constant(1), constant(0)])
    sim.world.pool.vmState[1] = VM.migrating
    stepTo(sim, 300_100)
    sim.strategies.timeline.change(sim, [sim.world.pool.vmHost[1]!], () => { sim.world.pool.vmState[1] = VM.running })
    close(sim)
    expect(sim.events).toEqual([{ atMs: 300_100, kind: 'vm', vm: 'vm0001', change: 'departed' }])
  })

  it('bound the energy below by all demand at the best power per MHz, from step to step', () => {
    const sim = lonely(50)
    instantAt(sim, 300_100)
    instantAt(sim, 600_100)
    // An instant between steps does not count.
    instantAt(sim, 627_940)
    instantAt(sim, 900_100)
    const { energyKwh, energyToBound } = sim.strategies.slaAccounting.referenceFigures(sim)!
    expect(energyKwh / energyToBound).toBeCloseTo((1250 * 600 * (135 / 5320)) / 3_600_000, 9)
  })
})

describe('migrations', () => {
  it.each([[0, 13_920], [1, 27_840], [2, 27_840], [3, 9808]])('of a VM of type %i take its memory over half of 1 Gbit/s', (vm, durationMs) => {
    const sim = placed([constant(20), constant(20), constant(20), constant(20)])
    stepTo(sim, 300_100)
    start(sim, migrate(sim, vm, 799))
    sim.strategies.migrationTiming.begun(sim, sim.migrations.get(0)!)
    const event = { atMs: 0, kind: 0, a: 0, b: 0 }
    sim.queue.pop(event)
    expect(event).toEqual({ atMs: 300_100 + durationMs, kind: EVENT.roundEnd, a: 0, b: 0 })
  })

  it('start whatever the memory of the target and however many at once', () => {
    const sim = placed(new Array<number[]>(40).fill(constant(20)))
    stepTo(sim, 300_100)
    for (let vm = 0; vm < 30; vm++) start(sim, migrate(sim, vm, 799, `s${vm}`))
    expect(sim.world.pool.hostIncoming[799]).toBe(30)
  })

  it('send a VM on that is on its way: the last target is the pool’s, the first still receives', () => {
    const sim = placed([constant(20), constant(20), constant(20), constant(20)])
    const source = sim.world.pool.vmHost[0]!
    stepTo(sim, 300_100)
    start(sim, migrate(sim, 0, 797, 'first'))
    start(sim, migrate(sim, 0, 799, 'second'))
    const { pool, hostVms } = sim.world
    expect([pool.vmHost[0], pool.vmTarget[0], pool.hostIncoming[797], pool.hostIncoming[799], pool.hostOutgoing[source]]).toEqual([source, 799, 0, 1, 1])
    expect([hostVms[797], hostVms[799]]).toEqual([[0], [0]])
    expect([...sim.migrations.values()].map(({ isSentOn }) => isSentOn)).toEqual([true, false])
  })

  it('leave the first migration as it was when a VM can’t be sent on', () => {
    const sim = placed([constant(20), constant(20), constant(20), constant(20)])
    stepTo(sim, 300_100)
    start(sim, migrate(sim, 0, 797, 'first'))
    sim.world.pool.hostPower[799] = POWER.off
    expect(sim.strategies.startLimits.begin(sim, migrate(sim, 0, 799, 'second')).ok).toBe(false)
    expect([sim.world.pool.vmTarget[0], sim.world.pool.vmState[0], sim.migrations.get(0)!.isSentOn]).toEqual([797, VM.migrating, false])
  })
})
