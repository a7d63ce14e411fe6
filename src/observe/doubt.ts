import type { LoadFrame, LoadHistory } from '../model/history.ts'
import type { Sample } from '../model/load.ts'
import { NOWHERE, VM, cpuForVmsMhz, type Pool } from '../model/pool.ts'

/** A host whose VMs used at least this part of it and are all at 0 a sample later has lost its sensor. */
const FALL_MIN = 0.02
/** Of fewer VMs one that stopped working is as likely. */
const VMS_MIN = 2

/**
 * Takes zeros that a failed sensor may have sent for unknown: of a host whose VMs all fell from some use to exactly 0 between
 * two samples, as long as they stay there; of a single VM that did, for `doubtMs`. A guest that runs is hardly ever at 0.
 */
export function doubtZeros(pool: Pool, history: LoadHistory, frame: LoadFrame, sample: Sample, doubtMs: number): LoadFrame {
  const before = history.at(-1)
  if (before === undefined) return frame
  const since = zerosSince(pool, before, frame, sample)
  if (since === null) return frame
  const silent = silentHosts(pool, history, sample, since)
  const vmCpuMhz = frame.vmCpuMhz.slice()
  for (let vm = 0; vm < since.length; vm++) {
    if (Number.isNaN(since[vm]!)) continue
    const isDoubted = silent[pool.vmHost[vm]!] === 1 || frame.takenAtMs - since[vm]! < doubtMs
    if (isDoubted) vmCpuMhz[vm] = NaN
    else since[vm] = NaN
  }
  return { ...frame, vmCpuMhz, vmDoubtSinceMs: since }
}

/** Since when each VM that reads 0 now does so after having used CPU, or was doubted before; null when none does. */
function zerosSince(pool: Pool, before: LoadFrame, { takenAtMs }: LoadFrame, sample: Sample): Float64Array | null {
  const since = new Float64Array(sample.vmCpuMhz.length).fill(NaN)
  let found = false
  for (let vm = 0; vm < Math.min(since.length, pool.vms.length); vm++) {
    if (sample.vmCpuMhz[vm] !== 0 || pool.vmState[vm] !== VM.running || before.takenAtMs <= pool.vmSinceMs[vm]!) continue
    const doubted = before.vmDoubtSinceMs?.[vm] ?? NaN
    if (Number.isNaN(doubted) && !(before.vmCpuMhz[vm]! > 0)) continue
    since[vm] = Number.isNaN(doubted) ? takenAtMs : doubted
    found = true
  }
  return found ? since : null
}

/** Hosts all of whose VMs fell to 0 together, or did so before and stayed there. */
function silentHosts(pool: Pool, history: LoadHistory, sample: Sample, since: Float64Array): Uint8Array {
  const vms = new Int32Array(pool.hosts.length)
  const fallen = new Int32Array(pool.hosts.length)
  for (let vm = 0; vm < Math.min(since.length, pool.vms.length); vm++) {
    const host = pool.vmHost[vm]!
    if (host === NOWHERE || pool.vmState[vm] !== VM.running || Number.isNaN(sample.vmCpuMhz[vm]!)) continue
    vms[host]!++
    if (!Number.isNaN(since[vm]!)) fallen[host]!++
  }
  const before = useBefore(pool, history, since)
  return Uint8Array.from(pool.hosts, (host, at) => (vms[at]! >= VMS_MIN && fallen[at] === vms[at] && (before[at]! === Infinity || before[at]! >= FALL_MIN * cpuForVmsMhz(host)) ? 1 : 0))
}

/** What the fallen VMs of each host used in the last sample; Infinity where they were doubted then. */
function useBefore(pool: Pool, history: LoadHistory, since: Float64Array): Float64Array {
  const last = history.at(-1)!
  const mhz = new Float64Array(pool.hosts.length)
  since.forEach((atMs, vm) => {
    if (!Number.isNaN(atMs)) mhz[pool.vmHost[vm]!]! += Number.isNaN(last.vmDoubtSinceMs?.[vm] ?? NaN) ? last.vmCpuMhz[vm]! : Infinity
  })
  return mhz
}
