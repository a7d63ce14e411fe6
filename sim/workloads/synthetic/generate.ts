import type { Rng } from '../../../src/model/random.ts'
import { BadInput } from '../../../src/model/result.ts'
import type { Workload, WorkloadVm } from '../../../src/model/scenario.ts'
import type { SyntheticFlavor, SyntheticSettings } from '../../../src/model/synthetic.ts'
import { type ChurnVm, dealColumns, drawChurn } from './churn.ts'
import { type LoadSlot, cpuColumns, levelPlaceOf, memoryColumns } from './loads.ts'
import { evenPlace } from './quantiles.ts'
import { type SeriesTime, generateSeries, sampleCountOf } from './series.ts'
import { CHURN_FLAVORS, STANDING_FLAVORS, classAt, makeVm, weighted } from './vms.ts'

export interface SyntheticContext {
  readonly durationMs: number
  readonly startUnixMs: number
  readonly rng: Rng
}

/** 400 million samples are 1.6 GB a series. */
const SAMPLES_MAX = 400_000_000
const CHURN_VMS_MAX = 2_000_000

/**
 * A workload drawn from the published statistics of real traces (docs/workloads-synthetic.md compares the two).
 * Standing VMs come first, named vm-00001 and on; VMs of the churn are new-0000001 and on. Standing VM k and its load
 * are the same however many VMs there are, unless `meanUtilization` scales them all. Guest memory varies with
 * `memorySeries`; there are no network and disk series.
 * Refuses more than 400 million samples a series or 2 million churn VMs. Ranges of settings are checked where files are read.
 */
export function generateWorkload(settings: SyntheticSettings, context: SyntheticContext): Workload {
  const time: SeriesTime = { stepMs: settings.stepMs, durationMs: context.durationMs, startUnixMs: context.startUnixMs, utcOffsetMinutes: settings.utcOffsetMinutes }
  refuseTooManyChurnVms(settings, context.durationMs)
  const offsets = Array.from({ length: 6 }, (_, axis) => context.rng.split(`even/${axis}`).next())
  const sizes = bySize(settings.flavors ?? STANDING_FLAVORS)
  const standing = Array.from({ length: settings.vmCount }, (_, index) => slotOf(index, sizes, settings, offsets, context.rng))
  const churn = settings.churn === null ? [] : drawChurn(settings.churn, settings.flavors ?? CHURN_FLAVORS, context.durationMs, context.rng.split('churn'))
  const { columns, columnCount } = dealColumns(churn)
  const slots = [...standing, ...churnSlots(columnCount, settings, offsets, context.rng)]
  refuseTooManySamples(slots.length, time)
  return {
    vms: [...standing.map((slot, index) => standingVm(slot, index, settings)), ...churn.map((vm, index) => churnVm(vm, index, settings.vmCount + columns[index]!, settings, context))],
    cpu: slots.length === 0 ? null : generateSeries(cpuColumns(slots, settings.vmCount, settings), time),
    memory: slots.length === 0 || !settings.memorySeries ? null : generateSeries(memoryColumns(slots, offsets[4]!), time),
    network: null,
    disk: null,
  }
}

/** A standing VM's slot, with what else was drawn for it. */
interface StandingSlot extends LoadSlot {
  readonly className: string
  readonly flavor: SyntheticFlavor
}

function slotOf(index: number, sizes: readonly SyntheticFlavor[], settings: SyntheticSettings, offsets: readonly number[], rng: Rng): StandingSlot {
  const { name: className, profile } = classAt(settings, evenPlace(index, 1, offsets[1]!))
  const sizePlace = evenPlace(index, 2, offsets[2]!)
  const flavor = weighted(sizes, sizePlace)
  const name = `vm-${String(index + 1).padStart(5, '0')}`
  return { name, profile, className, flavor, sizePlace, vcpus: flavor.vcpus, levelPlace: levelPlaceOf(profile, index, sizePlace, offsets), rng: rng.split(name) }
}

/** Columns that churn VMs use in turn. */
function churnSlots(count: number, settings: SyntheticSettings, offsets: readonly number[], rng: Rng): LoadSlot[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `churn-load-${index + 1}`
    const { profile } = classAt(settings, evenPlace(index, 1, offsets[1]!))
    return { name, profile, sizePlace: 0, vcpus: 1, levelPlace: evenPlace(index, 5, offsets[5]!), rng: rng.split(name) }
  })
}

function standingVm(slot: StandingSlot, index: number, settings: SyntheticSettings): WorkloadVm {
  const vm = makeVm(slot.name, slot.flavor, slot.className, settings.coreMhz, slot.rng.split('vm'))
  return { vm, arriveMs: 0, departMs: null, host: null, cpuColumn: index, memoryColumn: settings.memorySeries ? index : null, networkColumn: null, diskColumn: null }
}

function churnVm(churn: ChurnVm, index: number, column: number, settings: SyntheticSettings, { durationMs, rng }: SyntheticContext): WorkloadVm {
  const name = `new-${String(index + 1).padStart(7, '0')}`
  const own = rng.split(name)
  const vm = makeVm(name, churn.flavor, classAt(settings, own.next()).name, settings.coreMhz, own)
  const departMs = churn.departMs < durationMs ? churn.departMs : null
  return { vm, arriveMs: churn.arriveMs, departMs, host: null, cpuColumn: column, memoryColumn: settings.memorySeries ? column : null, networkColumn: null, diskColumn: null }
}

const bySize = (flavors: readonly SyntheticFlavor[]): SyntheticFlavor[] => [...flavors].sort((a, b) => a.vcpus - b.vcpus || a.memoryMib - b.memoryMib)

function refuseTooManySamples(columnCount: number, time: SeriesTime): void {
  const samples = columnCount * sampleCountOf(time)
  if (samples <= SAMPLES_MAX) return
  throw new BadInput([{ path: 'workload', message: `${columnCount} VMs with ${sampleCountOf(time)} samples each are ${samples} samples, at most ${SAMPLES_MAX} are generated: take a longer stepMs, fewer VMs or a shorter run` }])
}

function refuseTooManyChurnVms(settings: SyntheticSettings, durationMs: number): void {
  const count = settings.churn === null ? 0 : Math.round((settings.churn.arrivalsPerHour * durationMs) / 3_600_000)
  if (count <= CHURN_VMS_MAX) return
  throw new BadInput([{ path: 'workload.churn.arrivalsPerHour', message: `about ${count} VMs would arrive, at most ${CHURN_VMS_MAX} are generated: lower the rate or shorten the run` }])
}
