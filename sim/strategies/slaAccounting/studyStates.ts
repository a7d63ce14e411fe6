import { VM } from '../../../src/model/pool.ts'
import type { ReferenceFigures } from '../../../src/model/run.ts'
import type { Counts } from '../../counts.ts'
import type { Simulation } from '../../simulation.ts'
import { fitMeter } from '../../world/meter.ts'
import { type World, isRunning } from '../../world/world.ts'
import { lowerBound } from '../energyFrame/lowerBound.ts'
import type { StudyEnergy } from '../energyFrame/trapezoid.ts'
import type { InstantAccounting, StudyFrame } from '../timeline/instants.ts'

/** Sums of section 11 of the study's specification; host columns by host, VM columns by the VM's number in the run. */
interface Sums {
  readonly activeS: Float64Array
  readonly violatedS: Float64Array
  readonly isActive: Uint8Array
  readonly activeSinceS: Float64Array
  readonly shutdowns: Int32Array
  readonly beforeShutdownS: Float64Array
  readonly requestedMhzS: Float64Array
  readonly deliveredMhzS: Float64Array
  readonly lostInMigrationMhzS: Float64Array
}

/**
 * The study's service figures: the state that an instant ends with holds until the next one. A host suffers while it
 * delivers less than its VMs request, incoming ones counted in full; a VM's own state is that at its source.
 */
export function studyStates(world: World, frame: StudyFrame, energy: StudyEnergy): InstantAccounting {
  let sums = noSums(0, 0)
  let firstMs: number | null = null
  const bound = lowerBound(world)
  return {
    accrue(sim, host, durationMs) {
      accrueHost(sim, sums, host, frame.seconds, durationMs)
    },
    endInstant(sim) {
      fitMeter(sim.meter, world)
      sums = fitted(sums, world.pool.hosts.length, world.vms.length)
      let on = 0
      for (let host = 0; host < world.pool.hosts.length; host++) on += enterState(sim, sums, host, frame.lastS)
      countOn(sim.counts, on, firstMs === null)
      bound.enterStep()
      firstMs ??= world.atMs
    },
    measuredMs: () => (frame.lastMs === null || firstMs === null ? 0 : frame.lastMs - firstMs),
    referenceFigures: ({ counts }) => figuresOf(sums, energy.totalWs(), bound.totalWs(), counts.migrations),
  }
}

function accrueHost({ world, meter, run }: Simulation, sums: Sums, host: number, seconds: number, durationMs: number): void {
  const { pool, demandMhz, deliveredMhz, slotVm } = world
  const { vmHost, vmState } = pool
  const { requestedMhzS, deliveredMhzS } = sums
  const { presentMs } = meter
  const used = world.hostUsedMhz[host]!
  let requested = 0
  for (const slot of world.hostVms[host]!) {
    if (!isRunning(vmState[slot]!)) continue
    const request = demandMhz[slot]!
    requested += request
    if (vmHost[slot] !== host) continue
    const vm = slotVm[slot]!
    const delivered = deliveredMhz[slot]!
    requestedMhzS[vm]! += request * seconds
    deliveredMhzS[vm]! += delivered * seconds
    if (delivered < request && vmState[slot] === VM.migrating) sums.lostInMigrationMhzS[vm]! += (request - delivered) * seconds
    presentMs[vm]! += durationMs
    if (delivered < run.physics.slaDeliveredMin * request) meter.violationMs[vm]! += durationMs
    meter.demandMhzMs += request * durationMs
    meter.deliveredMhzMs += delivered * durationMs
  }
  if (used === 0) return
  sums.activeS[host]! += seconds
  if (used < requested) sums.violatedS[host]! += seconds
  meter.hostsOnMs += durationMs
  meter.onCapacityMhzMs += pool.hosts[host]!.capacity.cpuMhz * durationMs
}

/** Whether a host is used when an instant ends, 1 or 0. Every host counts as used since 0 before its first state. */
function enterState({ world, counts }: Simulation, sums: Sums, host: number, seconds: number): number {
  const isActive = world.hostUsedMhz[host]! > 0 ? 1 : 0
  if (isActive === sums.isActive[host]) return isActive
  sums.isActive[host] = isActive
  if (isActive === 1) {
    sums.activeSinceS[host] = seconds
    counts.powerOns++
  } else {
    sums.shutdowns[host]!++
    sums.beforeShutdownS[host]! += seconds - sums.activeSinceS[host]!
    counts.powerOffs++
  }
  return isActive
}

/** What was on before the first instant does not count: nothing was used. */
function countOn(counts: Counts, on: number, isFirst: boolean): void {
  counts.hostsOnMin = isFirst ? on : Math.min(counts.hostsOnMin, on)
  counts.hostsOnMax = isFirst ? on : Math.max(counts.hostsOnMax, on)
}

function figuresOf(sums: Sums, energyWs: number, boundWs: number, migrations: number): ReferenceFigures {
  const energyKwh = energyWs / 3_600_000
  const requested = total(sums.requestedMhzS)
  const slatah = ratio(total(sums.violatedS), total(sums.activeS))
  const pdm = ratio(total(sums.lostInMigrationMhzS), requested)
  const hostShutdowns = total(sums.shutdowns)
  return {
    energyKwh, migrations, slatah, pdm, slav: slatah * pdm, esv: energyKwh * slatah * pdm, hostShutdowns,
    overallSla: ratio(requested - total(sums.deliveredMhzS), requested), meanTimeBeforeShutdownS: ratio(total(sums.beforeShutdownS), hostShutdowns), energyToBound: ratio(energyWs, boundWs),
  }
}

/** 0 where there is nothing to relate to: a run without load. */
const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)

function total(column: Float64Array | Int32Array): number {
  let sum = 0
  for (const value of column) sum += value
  return sum
}

function noSums(hosts: number, vms: number): Sums {
  const byHost = (): Float64Array => new Float64Array(hosts)
  const byVm = (): Float64Array => new Float64Array(vms)
  return {
    activeS: byHost(), violatedS: byHost(), isActive: new Uint8Array(hosts).fill(1), activeSinceS: byHost(), shutdowns: new Int32Array(hosts), beforeShutdownS: byHost(),
    requestedMhzS: byVm(), deliveredMhzS: byVm(), lostInMigrationMhzS: byVm(),
  }
}

function fitted(sums: Sums, hosts: number, vms: number): Sums {
  if (sums.activeS.length >= hosts && sums.requestedMhzS.length >= vms) return sums
  const larger = noSums(hosts, vms)
  for (const key of Object.keys(larger) as (keyof Sums)[]) larger[key].set(sums[key])
  return larger
}
