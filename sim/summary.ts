import { HOUR_MS, MINUTE_MS } from '../src/model/resources.ts'
import type { DayFigures, RunSummary, SlaFigures } from '../src/model/run.ts'
import { type Counts, noCounts } from './counts.ts'
import type { Simulation } from './simulation.ts'
import { costOf } from './world/charge.ts'
import type { Meter } from './world/meter.ts'

/** Running totals at an instant; figures of a stretch are differences of two. */
export interface Mark {
  readonly atMs: number
  readonly energyWh: number
  readonly violationMs: number
  readonly presentMs: number
  readonly hostsOnMs: number
  readonly migrations: number
  readonly powerCycles: number
}

const total = (column: Float64Array): number => column.reduce((sum, value) => sum + value, 0)

export function markNow(sim: Simulation): Mark {
  const { world, meter, counts } = sim
  return {
    atMs: world.atMs, energyWh: sim.strategies.energyFrame.totalWh(sim), violationMs: total(meter.violationMs), presentMs: total(meter.presentMs), hostsOnMs: meter.hostsOnMs,
    migrations: counts.migrations, powerCycles: counts.powerOffs,
  }
}

export function dayBetween(from: Mark, to: Mark): DayFigures {
  return {
    energyKwh: (to.energyWh - from.energyWh) / 1000, violationMinutes: (to.violationMs - from.violationMs) / MINUTE_MS, vmMinutes: (to.presentMs - from.presentMs) / MINUTE_MS,
    migrations: to.migrations - from.migrations, powerCycles: to.powerCycles - from.powerCycles, hostsOnMean: to.atMs > from.atMs ? (to.hostsOnMs - from.hostsOnMs) / (to.atMs - from.atMs) : 0,
  }
}

/** Forgets everything measured so far: the warm-up is over. What sensors have not reported yet stays. */
export function restartMeasuring(sim: Simulation): void {
  const { meter, counts, world } = sim
  for (const column of [meter.hostEnergyWh, meter.presentMs, meter.violationMs, meter.pausedMs]) column.fill(0)
  meter.demandMhzMs = meter.deliveredMhzMs = meter.hostsOnMs = meter.onCapacityMhzMs = meter.energyPrice = meter.carbonG = 0
  const fresh: Counts = { ...noCounts(), hostsOnMin: Number.MAX_SAFE_INTEGER }
  sim.counts = Object.assign(counts, fresh)
  for (const [number, since] of sim.lost) sim.lost.set(number, Math.max(since, world.atMs))
}

/** The run's figures from the end of the warm-up to now. Everything must be settled. */
export function summarize(sim: Simulation, days: readonly DayFigures[]): RunSummary {
  const { run, meter, counts, strategies } = sim
  const measuredMs = strategies.slaAccounting.measuredMs(sim)
  return {
    formatVersion: 1, scenario: run.name, policy: run.policy.name, seed: run.seed, measuredMs: run.durationMs - run.warmupMs,
    energyKwh: strategies.energyFrame.totalWh(sim) / 1000, hostsOnMean: meter.hostsOnMs / measuredMs, hostsOnMin: counts.hostsOnMin, hostsOnMax: counts.hostsOnMax,
    utilizationMean: meter.onCapacityMhzMs > 0 ? meter.deliveredMhzMs / meter.onCapacityMhzMs : 0, demandMhzMean: meter.demandMhzMs / measuredMs,
    undeliveredRatio: meter.demandMhzMs > 0 ? 1 - meter.deliveredMhzMs / meter.demandMhzMs : 0,
    sla: slaOf(sim, () => true), slaByClass: slaByClass(sim),
    migrations: counts.migrations, migrationsFailed: counts.migrationsFailed, migratedMib: Math.round(counts.migratedMib), migrationMeanS: counts.migrations > 0 ? counts.migrationMs / counts.migrations / 1000 : 0,
    powerOns: counts.powerOns, powerOffs: counts.powerOffs, wakeFailures: counts.wakeFailures, hostFailures: counts.hostFailures,
    placements: counts.placements, placementWaitMeanS: counts.placements > 0 ? counts.placementWaitMs / counts.placements / 1000 : 0,
    unplacedAtEnd: sim.waiting.size + sim.lost.size, decisions: counts.decisions, days, reference: strategies.slaAccounting.referenceFigures(sim),
    ...(run.tariff ? { cost: costOf(run.tariff, meter, counts) } : {}),
  }
}

/** VMs that are still without a host count as violating up to now. */
export function closeLost(sim: Simulation, meter: Meter): void {
  for (const [number, since] of sim.lost) {
    meter.violationMs[number]! += sim.world.atMs - since
    meter.presentMs[number]! += sim.world.atMs - since
  }
}

function slaByClass(sim: Simulation): Record<string, SlaFigures> {
  const classes = [...new Set(sim.world.vms.map(({ vm }) => vm.class))].sort()
  return Object.fromEntries(classes.map((name) => [name, slaOf(sim, (number) => sim.world.vms[number]!.vm.class === name)]))
}

function slaOf({ world, meter }: Simulation, includes: (number: number) => boolean): SlaFigures {
  const ratios: { ratio: number; number: number }[] = []
  const sums = { presentMs: 0, violationMs: 0, pausedMs: 0 }
  for (let number = 0; number < world.vms.length; number++) {
    const presentMs = meter.presentMs[number]!
    if (presentMs === 0 || !includes(number)) continue
    sums.presentMs += presentMs
    sums.violationMs += meter.violationMs[number]!
    sums.pausedMs += meter.pausedMs[number]!
    ratios.push({ ratio: meter.violationMs[number]! / presentMs, number })
  }
  ratios.sort((a, b) => a.ratio - b.ratio || b.number - a.number)
  const worst = ratios.at(-1)
  return {
    vmCount: ratios.length, vmMinutes: sums.presentMs / MINUTE_MS, violationMinutes: sums.violationMs / MINUTE_MS, violationRatio: sums.presentMs > 0 ? sums.violationMs / sums.presentMs : 0,
    p99VmRatio: ratios[Math.min(ratios.length - 1, Math.ceil(0.99 * ratios.length) - 1)]?.ratio ?? 0, worstVmRatio: worst?.ratio ?? 0,
    worstVm: worst && worst.ratio > 0 ? world.vms[worst.number]!.vm.id : null, downtimeS: sums.pausedMs / 1000,
  }
}

export const DAY_LENGTH_MS = 24 * HOUR_MS
