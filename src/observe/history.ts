import type { LoadFrame, LoadHistory } from '../model/history.ts'
import type { Sample } from '../model/load.ts'
import { NOWHERE, type Pool } from '../model/pool.ts'
import type { ObservationSettings } from '../model/policy.ts'

/**
 * Adds a sample to the history and drops frames that no window of `keepMs` reaches. A sample that is not newer than the
 * last one is ignored. Impossible values (negative, not finite, above twice what the VM can use) become unknown.
 */
export function remember(history: LoadHistory, pool: Pool, sample: Sample, settings: ObservationSettings, keepMs: number): LoadHistory {
  const last = history.at(-1)
  if (last && sample.takenAtMs <= last.takenAtMs) return history
  const frame = frameOf(pool, sample, settings)
  const first = history.findIndex((old) => old.takenAtMs > sample.takenAtMs - keepMs)
  return first === -1 ? [frame] : [...history.slice(first), frame]
}

function frameOf(pool: Pool, sample: Sample, settings: ObservationSettings): LoadFrame {
  const vmCpuMhz = new Float64Array(sample.vmCpuMhz.length)
  for (let vm = 0; vm < vmCpuMhz.length; vm++) vmCpuMhz[vm] = vm < pool.vms.length ? demandMhz(pool, sample, vm, settings.delayWeight) : NaN
  return { takenAtMs: sample.takenAtMs, intervalMs: sample.intervalMs, vmCpuMhz, ...(sample.vmCpuRatio === undefined ? {} : { vmCpuRatio: sample.vmCpuRatio }), hostCpuMhz: sample.hostCpuMhz }
}

function demandMhz(pool: Pool, sample: Sample, vm: number, delayWeight: number): number {
  const used = sample.vmCpuMhz[vm]!
  const size = pool.vms[vm]!
  if (!(used >= 0) || used > 2 * size.cpuMhz) return NaN
  const host = pool.vmHost[vm]!
  const delay = sample.vmDelayRatio[vm]!
  // A vCPU that waits would have run at its host's core speed.
  const unsatisfied = host === NOWHERE || !(delay >= 0) ? 0 : delay * delayWeight * coreMhz(pool, host)
  return Math.min(used + unsatisfied, Math.max(used, size.cpuMhz))
}

const coreMhz = (pool: Pool, host: number): number => pool.hosts[host]!.coreMhz * pool.hosts[host]!.performanceFactor
