import type { LoadSeries } from '../../../src/model/load.ts'
import { VM } from '../../../src/model/pool.ts'
import type { ScenarioRun } from '../../../src/model/scenario.ts'
import { STUDY_FIRST_STEP_MS, STUDY_STEP_MS, type StudyClock } from '../../world/studyClock.ts'
import type { World } from '../../world/world.ts'
import type { Demand } from '../strategies.ts'
import { scaleOf } from './heldSamples.ts'

/** Demand that is also known as the ratio of the VM's size that it was made from, by slot: a quotient would not give it back exactly. */
export interface RatioDemand extends Demand {
  ratioOf(slot: number): number
}

/** The stretch of the series that holds now, for one VM: `start + slope x seconds since the sample before`. */
interface Segment {
  before: number
  after: number
  start: Float64Array
  slope: Float64Array
}

/**
 * Linear between samples (section 1 of the study's specification); the last one holds on. The slope is worked out first
 * and then applied: policies break ties by the last bit.
 */
export function interpolated({ workload: { cpu } }: ScenarioRun, clock: StudyClock): RatioDemand {
  const columns = cpu?.names.length ?? 0
  const segment: Segment = { before: -1, after: -1, start: new Float64Array(columns), slope: new Float64Array(columns) }
  let ratios = new Float64Array(0)
  const enter = (world: World, slot: number, sinceS: number): void => {
    const vm = world.pool.vms[slot]!
    const column = world.vms[world.slotVm[slot]!]!.cpuColumn
    const ratio = column === null ? 0 : segment.start[column]! + segment.slope[column]! * sinceS
    // A gap keeps what was: unknown is not zero.
    if (ratio !== ratio) return
    ratios[slot] = world.demandScale.size === 0 ? ratio : ratio * scaleOf(world, vm.class)
    world.demandMhz[slot] = ratios[slot] * vm.cpuMhz
  }
  const secondsSince = (world: World): number => {
    if (ratios.length < world.slotVm.length) ratios = extended(ratios, world.slotVm.length)
    const seconds = clock.secondsAt(world.atMs)
    if (cpu) enterSegment(segment, cpu, seconds)
    return cpu ? seconds - segment.before * (cpu.stepMs / 1000) : 0
  }
  return {
    firstMs: STUDY_FIRST_STEP_MS, intervalMs: STUDY_STEP_MS,
    update(world) {
      const sinceS = secondsSince(world)
      for (let slot = 0; slot < world.pool.vms.length; slot++) if (world.pool.vmState[slot] !== VM.gone) enter(world, slot, sinceS)
    },
    updateVm: (world, slot) => { enter(world, slot, secondsSince(world)); },
    ratioOf: (slot) => ratios[slot]!,
  }
}

function enterSegment(segment: Segment, series: LoadSeries, seconds: number): void {
  const stepS = series.stepMs / 1000
  const before = Math.floor(seconds / stepS)
  const after = Math.ceil(seconds / stepS)
  if (before === segment.before && after === segment.after) return
  segment.before = before
  segment.after = after
  for (let column = 0; column < segment.start.length; column++) {
    const start = ratioAt(series, before, column)
    segment.start[column] = start
    segment.slope[column] = before === after ? 0 : (ratioAt(series, after, column) - start) / ((after - before) * stepS)
  }
}

const ratioAt = ({ codes, names, sampleCount, divisor }: LoadSeries, sample: number, column: number): number => codes[Math.min(sample, sampleCount - 1) * names.length + column]! / divisor

function extended(column: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(size)
  larger.set(column)
  return larger
}
