import type { LoadFrame, LoadHistory } from '../model/history.ts'
import type { Sample } from '../model/load.ts'
import { NOWHERE, type Pool } from '../model/pool.ts'
import type { ObservationSettings } from '../model/policy.ts'
import { doubtZeros } from './doubt.ts'

/**
 * Adds a sample to the history and drops frames that no window of `keepMs` reaches. A sample that is not newer than the
 * last one is ignored. Impossible values (negative, not finite, above twice what the VM can use or above what its host
 * has) become unknown, as do zeros that a failed sensor may have sent.
 */
export function remember(history: LoadHistory, pool: Pool, sample: Sample, settings: ObservationSettings, keepMs: number): LoadHistory {
  const last = history.at(-1)
  if (last && sample.takenAtMs <= last.takenAtMs) return history
  const frame = doubtZeros(pool, history, frameOf(pool, sample, settings), sample, settings.zeroDoubtMs)
  const first = history.findIndex((old) => old.takenAtMs > sample.takenAtMs - keepMs)
  return first === -1 ? [frame] : [...history.slice(first), frame]
}

function frameOf(pool: Pool, sample: Sample, settings: ObservationSettings): LoadFrame {
  const size = sample.vmCpuMhz.length
  const vmCpuMhz = new Float64Array(size).fill(NaN)
  const vmServedRatio = new Float32Array(size).fill(NaN)
  for (let vm = 0; vm < Math.min(size, pool.vms.length); vm++) {
    const used = usedMhz(pool, sample, vm)
    const wanted = used + waitedMhz(pool, sample, vm)
    vmCpuMhz[vm] = demandMhz(pool, vm, used, used + settings.delayWeight * (wanted - used), settings)
    vmServedRatio[vm] = wanted > 0 ? used / wanted : used === 0 ? 1 : NaN
  }
  const { takenAtMs, intervalMs, vmMemoryMib, vmNetworkMibPerS, vmCacheMib, vmCpuRatio, hostCpuMhz } = sample
  return { takenAtMs, intervalMs, vmCpuMhz, hostCpuMhz, vmServedRatio, vmMemoryMib, vmNetworkMibPerS, ...(vmCacheMib === undefined ? {} : { vmCacheMib }), ...(vmCpuRatio === undefined ? {} : { vmCpuRatio }) }
}

/** A host that seems to give more than this many times what it has tells nothing of its VM. */
const OVER_HOST = 1.25

/** CPU that the VM used, NaN where the sample can't be true. */
function usedMhz({ vms, hosts, vmHost }: Pool, sample: Sample, vm: number): number {
  const used = sample.vmCpuMhz[vm]!
  if (!(used >= 0) || used > 2 * vms[vm]!.cpuMhz) return NaN
  const host = vmHost[vm]!
  return host !== NOWHERE && used > OVER_HOST * hosts[host]!.smtYield * hosts[host]!.capacity.cpuMhz ? NaN : used
}

/** CPU that its vCPUs waited for: a vCPU that waits would have run at its host's core speed. 0 where the sample can't be true. */
function waitedMhz(pool: Pool, sample: Sample, vm: number): number {
  const host = pool.vmHost[vm]!
  const delay = sample.vmDelayRatio[vm]!
  return host === NOWHERE || !(delay >= 0) || delay === Infinity ? 0 : delay * coreMhz(pool, host)
}

/** Unsatisfied demand counts as far as the VM could use it. */
function demandMhz({ vms }: Pool, vm: number, used: number, wanted: number, { countBy }: ObservationSettings): number {
  const { cpuMhz, cpuLimitMhz } = vms[vm]!
  const demand = Math.min(wanted, Math.max(used, cpuMhz))
  return countBy === 'used' ? demand : Math.max(demand, Math.min(cpuMhz, cpuLimitMhz ?? cpuMhz))
}

const coreMhz = (pool: Pool, host: number): number => pool.hosts[host]!.coreMhz * pool.hosts[host]!.performanceFactor
