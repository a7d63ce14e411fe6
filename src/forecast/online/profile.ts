import type { LoadFrame } from '../../model/history.ts'
import { type Pool, VM } from '../../model/pool.ts'
import { DAY_MS } from '../../model/resources.ts'
import { BIN_MS, type Season } from './seasons.ts'

/** Mean demand of each VM in one bin of a season, columns by VM slot, as ratios of the VM's size. Never changed once made. */
interface Bin {
  /** Last sample that went in: a VM that took its slot later has none here. */
  readonly takenAtMs: number
  readonly mean: Float32Array
  /** Samples the mean rests on, at most as many as fit into the memory. */
  readonly known: Float32Array
}

/** Demand of each VM over a season, learned sample by sample; a bin that was never visited is null. */
export type DemandProfile = readonly (Bin | null)[]

export const emptyProfile = (season: Season): DemandProfile => Array.from({ length: season.binCount }, () => null)

/** Only the bin that a frame falls into is copied, so that old states stay as they were and 10,000 VMs cost next to nothing. */
export function learnProfile(before: DemandProfile, season: Season, pool: Pool, frame: LoadFrame, localMs: number, memoryMs: number): DemandProfile {
  const number = season.binOf(localMs)
  // A day brings each bin at most once, whatever the season.
  const knownMax = Math.max(1, (memoryMs / DAY_MS) * (BIN_MS / Math.max(1, frame.intervalMs)))
  const after = before.slice()
  after[number] = learnBin(before[number] ?? null, pool, frame, knownMax)
  return after
}

function learnBin(before: Bin | null, pool: Pool, frame: LoadFrame, knownMax: number): Bin {
  const size = pool.vms.length
  const mean = grown(before?.mean, size)
  const known = grown(before?.known, size)
  const beforeMs = before?.takenAtMs ?? -Infinity
  const length = Math.min(size, frame.vmCpuMhz.length)
  for (let vm = 0; vm < length; vm++) {
    if (pool.vmSinceMs[vm]! >= beforeMs) known[vm] = mean[vm] = 0
    const demand = frame.vmCpuMhz[vm]!
    if (!(demand >= 0) || frame.takenAtMs <= pool.vmSinceMs[vm]! || pool.vmState[vm] === VM.gone) continue
    const count = Math.min(known[vm]! + 1, knownMax)
    known[vm] = count
    mean[vm]! += (demand / Math.max(1, pool.vms[vm]!.cpuMhz) - mean[vm]!) / count
  }
  return { takenAtMs: frame.takenAtMs, mean, known }
}

function grown(column: Float32Array | undefined, size: number): Float32Array {
  const copy = new Float32Array(Math.max(size, column?.length ?? 0))
  if (column !== undefined) copy.set(column)
  return copy
}

/** Whether a VM counts with demand now. */
export const isRunning = (pool: Pool, vm: number): boolean => pool.vmState[vm] === VM.running || pool.vmState[vm] === VM.migrating

/**
 * What each running VM is expected to want at a local time, in MHz, or null where less than half of them are known then.
 * A VM that is not known counts with the mean of the others per MHz. Bins are not smoothed into each other: a shift that begins at eight
 * must not seem to have begun before.
 */
export function expectedMhz(profile: DemandProfile, season: Season, pool: Pool, localMs: number): Float64Array | null {
  const bin = profile[season.binOf(localMs)] ?? null
  if (bin === null) return null
  const expected = new Float64Array(pool.vms.length).fill(NaN)
  let [running, known, knownMhz, sizeMhz] = [0, 0, 0, 0]
  for (let vm = 0; vm < expected.length; vm++) {
    if (!isRunning(pool, vm)) continue
    running++
    const ratio = ratioOf(bin, pool, vm)
    if (Number.isNaN(ratio)) continue
    expected[vm] = ratio * pool.vms[vm]!.cpuMhz
    known++
    knownMhz += expected[vm]!
    sizeMhz += pool.vms[vm]!.cpuMhz
  }
  if (known === 0 || 2 * known < running) return null
  const assumed = knownMhz / Math.max(1, sizeMhz)
  for (let vm = 0; vm < expected.length; vm++) if (Number.isNaN(expected[vm]!)) expected[vm] = isRunning(pool, vm) ? assumed * pool.vms[vm]!.cpuMhz : 0
  return expected
}

const ratioOf = ({ takenAtMs, mean, known }: Bin, pool: Pool, vm: number): number => (known[vm]! > 0 && takenAtMs > pool.vmSinceMs[vm]! ? mean[vm]! : NaN)
