import type { LoadFrame } from '../../model/history.ts'
import { VM, type Pool } from '../../model/pool.ts'
import type { BaselineView } from './baseline.ts'
import type { HostColumns } from './hostColumns.ts'

/** Samples that a policy of the study looks back on. */
export const HISTORY_SAMPLES = 30

/**
 * One decision in the making: the placement as planned so far, with what follows from it for each host. VM columns by
 * slot, host columns by host. Sums are added from the first VM of a list to the last: policies break ties by the last bit.
 */
export interface Round {
  readonly pool: Pool
  readonly atMs: number
  readonly columns: HostColumns
  /** Newest first, at most 30. */
  readonly samples: readonly LoadFrame[]
  /** What each VM requests now. */
  readonly requestMhz: Float64Array
  /** How many of `samples` are of this VM. */
  readonly sampleCount: Uint8Array
  /** Utilization of each host as the round begins. */
  readonly utilization: Float64Array
  /** Planned VMs of each host in order of arrival; null: none yet. */
  readonly lists: (number[] | null)[]
  /** Their requests in all, as they are and each capped to what the VM can have of the host. */
  readonly requestedMhz: Float64Array
  readonly neededMhz: Float64Array
  /** Grows with each change of a host's list. */
  readonly listVersion: Int32Array
}

/** The placement as it is; VMs that are migrating take no part. Null before the first sample. */
export function openRound({ pool, frames, arrivalOrder, atMs }: BaselineView, columns: HostColumns): Round | null {
  const samples = frames.slice(-HISTORY_SAMPLES).reverse()
  const newest = samples[0]
  if (!newest) return null
  const count = pool.hosts.length
  const round: Round = {
    pool, atMs, columns, samples, requestMhz: newest.vmCpuMhz, sampleCount: sampleCounts(pool, samples), utilization: new Float64Array(count),
    lists: new Array<number[] | null>(count).fill(null), requestedMhz: new Float64Array(count), neededMhz: new Float64Array(count), listVersion: new Int32Array(count),
  }
  for (let host = 0; host < count; host++) round.utilization[host] = (newest.hostCpuMhz[host] ?? 0) / columns.capacityMhz[host]!
  for (const vm of arrivalOrder) if (pool.vmState[vm] === VM.running) append(round, pool.vmHost[vm]!, vm)
  return round
}

/** A VM's samples reach back to when it took its slot, or to the last gap. */
function sampleCounts(pool: Pool, samples: readonly LoadFrame[]): Uint8Array {
  const counts = new Uint8Array(pool.vms.length)
  for (let vm = 0; vm < counts.length; vm++) {
    let count = samples.length
    // Most VMs have all samples, and then the oldest one says so.
    if (!isOf(pool, samples[count - 1]!, vm)) for (count = 0; isOf(pool, samples[count]!, vm); ) count++
    counts[vm] = count
  }
  return counts
}

const isOf = ({ vmSinceMs }: Pool, { takenAtMs, vmCpuMhz }: LoadFrame, vm: number): boolean => takenAtMs > vmSinceMs[vm]! && vmCpuMhz[vm]! >= 0

/** What a VM can have of a host: its request, capped by its vCPUs at the host's core speed. */
const cappedMhz = ({ pool, columns, requestMhz }: Round, host: number, vm: number): number => Math.min(requestMhz[vm]!, pool.vms[vm]!.vcpus * columns.coreMhz[host]!)

/** Plans a VM onto a host, at the end of its list. */
export function append(round: Round, host: number, vm: number): void {
  const list = round.lists[host]
  if (list) list.push(vm)
  else round.lists[host] = [vm]
  round.requestedMhz[host]! += round.requestMhz[vm]!
  round.neededMhz[host]! += cappedMhz(round, host, vm)
  round.listVersion[host]!++
}

/** Takes a VM out of a host's list and adds up the rest anew. */
export function takeOut(round: Round, host: number, vm: number): void {
  const rest = (round.lists[host] ?? []).filter((other) => other !== vm)
  round.lists[host] = []
  round.requestedMhz[host] = 0
  round.neededMhz[host] = 0
  for (const other of rest) append(round, host, other)
}

/** VMs by what they request, most first; equal ones stay in order. */
export const largestFirst = ({ requestMhz }: Round, vms: readonly number[]): number[] => [...vms].sort((a, b) => requestMhz[b]! - requestMhz[a]!)
