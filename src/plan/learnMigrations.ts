import type { VmId } from '../model/ids.ts'
import type { LearnedMigrations, LearnedVm, MigrationSample } from '../model/migrations.ts'
import { type MigrationCalibration, calibrate, predict, quantile, sorted } from './calibrate.ts'
import { TIMING } from './timing.ts'

/** So many of the latest are kept; the pool's figures rest on the last of them, a VM's on its own last ones. */
export const SAMPLES_KEPT = 2000
const POOL_SAMPLES = 200
const VM_SAMPLES = 8
/** A VM's own figures are believed from so many on. */
const VM_SAMPLES_MIN = 3
/** Memories that differ by less say nothing of the rate: then it is the assumed one, and all else is overhead. */
const SPREAD_MIN = 2
/** However odd a VM's times were, they are not believed to differ more from the pool's. */
const TIME_RATIO_MAX = 5

/** What the migrations show, oldest first; null while fewer than `samplesMin` have come to their end. */
export function learnMigrations(samples: readonly MigrationSample[], samplesMin: number): LearnedMigrations | null {
  const lately = samples.slice(-POOL_SAMPLES)
  const ended = lately.filter(({ converged, durationMs }) => converged && durationMs > 0)
  const memories = ended.map(({ memoryMib }) => memoryMib)
  const tellsRate = Math.max(...memories) >= SPREAD_MIN * Math.min(...memories)
  const calibration = ended.length < samplesMin ? null : tellsRate ? calibrate(ended) : calibrate(ended, [TIMING.streamMibPerS])
  if (calibration === null) return null
  const own = new Map<VmId, MigrationSample[]>()
  for (const sample of samples) own.set(sample.vm, [...(own.get(sample.vm) ?? []), sample].slice(-VM_SAMPLES))
  const { linkMibPerS, overheadMs, downtimeMs } = calibration
  return { count: ended.length, linkMibPerS, overheadMs, downtimeMs, vms: new Map([...own].map(([vm, list]) => [vm, learnedVm(list, calibration)])) }
}

function learnedVm(samples: readonly MigrationSample[], calibration: MigrationCalibration): LearnedVm {
  const ended = samples.filter(({ converged }) => converged)
  const triesPerMove = samples.length / Math.max(1, ended.length)
  if (ended.length < VM_SAMPLES_MIN) return { count: 0, timeRatio: 1, dirtyMibPerS: null, downtimeMs: null, triesPerMove: samples.length < VM_SAMPLES_MIN ? 1 : triesPerMove }
  const downtimes = ended.flatMap(({ downtimeMs }) => (downtimeMs === null ? [] : [downtimeMs]))
  const ratio = median(ended.map((sample) => sample.durationMs / Math.max(1, predict(calibration, sample).durationMs)))
  return { count: samples.length, timeRatio: Math.min(TIME_RATIO_MAX, Math.max(1 / TIME_RATIO_MAX, ratio)), dirtyMibPerS: median(ended.map(({ dirtyMibPerS }) => dirtyMibPerS)), downtimeMs: downtimes.length === 0 ? null : median(downtimes), triesPerMove }
}

const median = (values: readonly number[]): number => quantile(sorted(values), 0.5)
