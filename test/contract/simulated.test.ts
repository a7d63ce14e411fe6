import type { QueuedEvent } from '../../sim/eventQueue.ts'
import { vmArrives } from '../../sim/occurrences.ts'
import { migrationFailed, roundEnded, simulatedDriver, stepEnded } from '../../sim/perform.ts'
import { standard } from '../../sim/presets/standard.ts'
import { EVENT, changeAll, makeSimulation } from '../../sim/simulation.ts'
import type { FaultSettings } from '../../src/model/scenario.ts'
import { initially, makeHost, makeRun, makeVm, workloadVm } from '../support/parts.ts'
import { type DrivenPool, driverContract } from './driver.ts'

type Outcome = Awaited<ReturnType<DrivenPool['settle']>>[number]

/** The simulated pool without a controller: time passes as its queue says. */
function simulatedPool(): DrivenPool {
  const faults: { -readonly [Key in keyof FaultSettings]: FaultSettings[Key] } = { wakeFailureRatio: 0, migrationFailureRatio: 0, hostMtbfMs: null, hostRepairMs: 1 }
  const memoryMib = 16_384
  const vms = [['a', 'h0'], ['b', 'h0'], ['c', null]].map(([name, host]) => workloadVm(makeVm(name!, { memoryMib: 4096, dirtyMibPerS: 10 }), host ?? null))
  const fixed = workloadVm(makeVm('fixed', { memoryMib: 1024, movable: false }), 'h0')
  // The placement at the start would find a place for what waits: it arrives a moment later.
  const waiting = [...vms.splice(2), workloadVm(makeVm('big', { memoryMib: 10_000 }), null)].map((entry) => ({ ...entry, arriveMs: 1 }))
  const hosts = [initially(makeHost('h0', { memoryMib })), initially(makeHost('h1', { memoryMib })), initially(makeHost('h2', { memoryMib }), 'off')]
  const sim = makeSimulation(makeRun({ hosts, workload: { vms: [...vms, fixed, ...waiting], cpu: null, memory: null, network: null, disk: null }, faults }), standard)
  changeAll(sim, () => void sim.strategies.placement.place(sim))
  waiting.forEach((_, number) => vmArrives(sim, vms.length + 1 + number))
  return {
    driver: simulatedDriver(sim), close: () => Promise.resolve(),
    failNextBoot: () => void (faults.wakeFailureRatio = 1), failNextMigration: () => void (faults.migrationFailureRatio = 1),
    settle() {
      faults.wakeFailureRatio = faults.migrationFailureRatio = 0
      const ends: Outcome[] = []
      const event: QueuedEvent = { atMs: 0, kind: 0, a: 0, b: 0 }
      while (sim.queue.pop(event)) {
        sim.world.atMs = event.atMs
        const migration = sim.migrations.get(event.a)
        const ended = event.kind === EVENT.roundEnd ? roundEnded(sim, event.a, event.b)
          : event.kind === EVENT.stepEnd ? stepEnded(sim, event.a)
            : event.kind === EVENT.migrationTimeout && migration ? migrationFailed(sim, migration, 'timedOut', 'too long') : null
        if (ended) ends.push({ step: ended.step.id, outcome: ended.outcome })
      }
      return Promise.resolve(ends)
    },
  }
}

driverContract('simulated', { open: () => Promise.resolve(simulatedPool()) })
