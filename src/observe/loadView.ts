import { MODE, NOWHERE, POWER, VM, type Pool, cpuForVmsMhz } from '../model/pool.ts'
import type { LoadView } from '../model/loadView.ts'
import type { LoadHistory } from '../model/history.ts'
import { latestMemory, meanNetwork, meanServed } from './vmColumns.ts'

interface Windows {
  readonly shortMs: number
  readonly longMs: number
  readonly ageMaxMs: number
  /** What stands for a window: the mean (null), or this percentile of its samples. */
  readonly percentile?: number | null
  /** Share of reclaimable cache that counts as memory in use; none without it. */
  readonly cacheWeight?: number
}

/** The state of the pool's load at `atMs` from its history. */
export function viewLoad(pool: Pool, history: LoadHistory, atMs: number, windows: Windows): LoadView {
  const last = history.at(-1)
  const percentile = windows.percentile ?? null
  const over = (lengthMs: number): Float64Array => (percentile === null ? meanOver(pool, history, (last?.takenAtMs ?? 0) - lengthMs) : percentileOver(pool, history, (last?.takenAtMs ?? 0) - lengthMs, percentile))
  const vmShortMhz = over(windows.shortMs)
  const vmLongMhz = windows.longMs === windows.shortMs ? vmShortMhz.slice() : over(windows.longMs)
  const vmKnown = knownVms(pool, history, atMs, windows.ageMaxMs)
  const latestMhz = latest(pool, history)
  const measuredMhz = new Float64Array(pool.vms.length)
  const assumedRatio = meanRatio(pool, vmShortMhz)
  for (let vm = 0; vm < pool.vms.length; vm++) {
    if (Number.isNaN(vmShortMhz[vm]!)) vmShortMhz[vm] = latestMhz[vm]!
    if (Number.isNaN(vmShortMhz[vm]!)) vmShortMhz[vm] = assumedRatio * pool.vms[vm]!.cpuMhz
    else measuredMhz[vm] = vmShortMhz[vm]!
    if (Number.isNaN(vmLongMhz[vm]!)) vmLongMhz[vm] = vmShortMhz[vm]!
  }
  return {
    atMs, vmShortMhz, vmLongMhz, vmKnown, hostKnown: knownHosts(pool, vmKnown),
    hostShort: hostUtilization(pool, vmShortMhz), hostLong: hostUtilization(pool, vmLongMhz), hostMeasured: hostUtilization(pool, measuredMhz),
    vmMemoryMib: latestMemory(pool, history, windows.cacheWeight ?? 0), vmNetworkMibPerS: meanNetwork(pool, history, (last?.takenAtMs ?? 0) - windows.shortMs), vmServedRatio: meanServed(pool, history, (last?.takenAtMs ?? 0) - windows.shortMs),
    poolPeakMhz: history.length === 0 ? totalOf(pool, vmShortMhz) : peakOver(pool, history, last!.takenAtMs - windows.longMs, vmShortMhz),
    historyMs: coveredMs(pool, history, windows.ageMaxMs),
  }
}

/** Mean of each VM's known frames taken after `sinceMs`, its own slot's time only; NaN when there is none. */
function meanOver(pool: Pool, history: LoadHistory, sinceMs: number): Float64Array {
  const size = pool.vms.length
  const sums = new Float64Array(size)
  const counts = new Uint16Array(size)
  for (const frame of history) {
    if (frame.takenAtMs <= sinceMs) continue
    const length = Math.min(size, frame.vmCpuMhz.length)
    for (let vm = 0; vm < length; vm++) {
      const demand = frame.vmCpuMhz[vm]!
      if (demand === demand && frame.takenAtMs > pool.vmSinceMs[vm]!) {
        sums[vm]! += demand
        counts[vm]!++
      }
    }
  }
  for (let vm = 0; vm < size; vm++) sums[vm] = counts[vm] === 0 ? NaN : sums[vm]! / counts[vm]!
  return sums
}

/** The same with a percentile by nearest rank: the smallest sample that at least this part of them does not exceed. */
function percentileOver(pool: Pool, history: LoadHistory, sinceMs: number, ratio: number): Float64Array {
  const frames = history.filter(({ takenAtMs }) => takenAtMs > sinceMs)
  const known = new Float64Array(frames.length)
  return Float64Array.from({ length: pool.vms.length }, (_, vm) => {
    let count = 0
    for (const { takenAtMs, vmCpuMhz } of frames) if (vmCpuMhz[vm]! >= 0 && takenAtMs > pool.vmSinceMs[vm]!) known[count++] = vmCpuMhz[vm]!
    return count === 0 ? NaN : known.subarray(0, count).sort()[Math.max(0, Math.ceil(ratio * count) - 1)]!
  })
}

/** The last value known of each VM, NaN when there is none: what a gap in the samples is bridged with. */
function latest(pool: Pool, history: LoadHistory): Float64Array {
  const values = new Float64Array(pool.vms.length).fill(NaN)
  for (const frame of history) {
    const length = Math.min(values.length, frame.vmCpuMhz.length)
    for (let vm = 0; vm < length; vm++) if (frame.vmCpuMhz[vm]! >= 0 && frame.takenAtMs > pool.vmSinceMs[vm]!) values[vm] = frame.vmCpuMhz[vm]!
  }
  return values
}

/** How far back samples say something without a hole longer than `ageMaxMs`: frames in which most running VMs are missing are part of a hole. */
function coveredMs(pool: Pool, history: LoadHistory, ageMaxMs: number): number {
  let begins: LoadHistory[number] | null = null
  for (let position = history.length - 1; position >= 0; position--) {
    const frame = history[position]!
    if (begins && begins.takenAtMs - frame.takenAtMs > ageMaxMs) break
    if (isCovered(pool, frame)) begins = frame
  }
  return begins === null ? 0 : history.at(-1)!.takenAtMs - begins.takenAtMs + begins.intervalMs
}

function isCovered(pool: Pool, frame: LoadHistory[number]): boolean {
  let running = 0
  let known = 0
  for (let vm = 0; vm < pool.vms.length; vm++) {
    if (!isRunning(pool, vm) || frame.takenAtMs <= pool.vmSinceMs[vm]!) continue
    running++
    if (frame.vmCpuMhz[vm]! >= 0) known++
  }
  return 2 * known >= running
}

function knownVms(pool: Pool, history: LoadHistory, atMs: number, ageMaxMs: number): Uint8Array {
  const known = new Uint8Array(pool.vms.length)
  for (let vm = 0; vm < known.length; vm++) known[vm] = atMs - pool.vmSinceMs[vm]! <= ageMaxMs || !isRunning(pool, vm) ? 1 : 0
  for (const frame of history) {
    if (atMs - frame.takenAtMs > ageMaxMs) continue
    const length = Math.min(known.length, frame.vmCpuMhz.length)
    for (let vm = 0; vm < length; vm++) if (frame.vmCpuMhz[vm]! >= 0 && frame.takenAtMs > pool.vmSinceMs[vm]!) known[vm] = 1
  }
  return known
}

function knownHosts(pool: Pool, vmKnown: Uint8Array): Uint8Array {
  const known = new Uint8Array(pool.hosts.length)
  for (let host = 0; host < known.length; host++) known[host] = pool.hostReachable[host]!
  for (let vm = 0; vm < vmKnown.length; vm++) if (vmKnown[vm] === 0 && pool.vmHost[vm] !== NOWHERE) known[pool.vmHost[vm]!] = 0
  return known
}

/** Mean demand as a ratio of size over the VMs that have samples; a quarter when none has. */
function meanRatio(pool: Pool, demandMhz: Float64Array): number {
  let demand = 0
  let size = 0
  for (let vm = 0; vm < pool.vms.length; vm++) {
    if (!isRunning(pool, vm) || Number.isNaN(demandMhz[vm]!)) continue
    demand += demandMhz[vm]!
    size += pool.vms[vm]!.cpuMhz
  }
  return size > 0 ? demand / size : 0.25
}

function hostUtilization(pool: Pool, vmMhz: Float64Array): Float64Array {
  const used = new Float64Array(pool.hosts.length)
  for (let vm = 0; vm < pool.vms.length; vm++) {
    const state = pool.vmState[vm]!
    if (state === VM.gone || state === VM.pending || state === VM.stopped || state === VM.suspended) continue
    if (pool.vmTarget[vm] !== NOWHERE) used[pool.vmTarget[vm]!]! += vmMhz[vm]!
    if (pool.vmHost[vm] !== NOWHERE) used[pool.vmHost[vm]!]! += vmMhz[vm]!
  }
  for (let host = 0; host < used.length; host++) used[host]! /= cpuForVmsMhz(pool.hosts[host]!)
  return used
}

/** Highest total of the present VMs' demand over the frames of a window; a VM unknown in a frame counts with its latest known value before, one that has none yet with `assumedMhz`. */
function peakOver(pool: Pool, history: LoadHistory, sinceMs: number, assumedMhz: Float64Array): number {
  const latest = assumedMhz.slice()
  let peak = 0
  for (const frame of history) {
    let total = 0
    for (let vm = 0; vm < latest.length; vm++) {
      if (!isRunning(pool, vm)) continue
      const demand = frame.takenAtMs > pool.vmSinceMs[vm]! ? frame.vmCpuMhz[vm]! : NaN
      if (demand >= 0) latest[vm] = demand
      total += latest[vm]!
    }
    if (frame.takenAtMs > sinceMs) peak = Math.max(peak, total)
  }
  return peak
}

function totalOf(pool: Pool, vmMhz: Float64Array): number {
  let total = 0
  for (let vm = 0; vm < pool.vms.length; vm++) if (isRunning(pool, vm)) total += vmMhz[vm]!
  return total
}

const isRunning = (pool: Pool, vm: number): boolean => pool.vmState[vm] === VM.running || pool.vmState[vm] === VM.migrating

/** Mean utilization of the hosts that are on and not in maintenance, weighted by their size. */
export function poolUtilization(pool: Pool, hostUtilizations: Float64Array): number {
  let used = 0
  let size = 0
  for (let host = 0; host < pool.hosts.length; host++) {
    if (pool.hostPower[host] !== POWER.on || pool.hostMode[host] !== MODE.available) continue
    used += hostUtilizations[host]! * cpuForVmsMhz(pool.hosts[host]!)
    size += cpuForVmsMhz(pool.hosts[host]!)
  }
  return size === 0 ? 0 : used / size
}
