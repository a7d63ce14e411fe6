import type { LoadView } from '../model/loadView.ts'
import type { VmId } from '../model/ids.ts'
import { MINUTE_MS } from '../model/resources.ts'
import { POWER, VM, cpuForVmsMhz, type Pool } from '../model/pool.ts'

/** What each VM is expected to want a while from now: what a decision of that instant would have rested on. */
export interface Foretold {
  readonly atMs: number
  readonly vmMhz: ReadonlyMap<VmId, number>
}

/** A load is foretold so far ahead; later than twice that nobody judges it any more. */
export const AHEAD_MS = 15 * MINUTE_MS
/** On average over hosts the utilization may be off by so much, and the loads were foretold well. */
export const UTILIZATION_ERROR_MAX = 0.1

/** Null while nothing was measured. */
export function foretell(pool: Pool, load: LoadView): Foretold | null {
  const vmMhz = new Map<VmId, number>()
  for (let vm = 0; vm < pool.vms.length; vm++) if (load.vmKnown[vm] === 1 && pool.vmState[vm] === VM.running) vmMhz.set(pool.vms[vm]!.id, load.vmShortMhz[vm]!)
  return vmMhz.size === 0 ? null : { atMs: load.atMs, vmMhz }
}

/**
 * Mean over hosts of how far their utilization is from what was foretold of the VMs that run there now: wherever they ran
 * then, so that what migrations did to hosts is judged as well. Null where no VM is left to compare.
 */
export function utilizationError(pool: Pool, { vmMhz }: Foretold, load: LoadView): number | null {
  const off = new Float64Array(pool.hosts.length)
  const known = new Uint8Array(pool.hosts.length)
  for (let vm = 0; vm < pool.vms.length; vm++) {
    const foretold = vmMhz.get(pool.vms[vm]!.id)
    const host = pool.vmHost[vm]!
    if (foretold === undefined || pool.vmState[vm] !== VM.running || load.vmKnown[vm] !== 1 || pool.hostPower[host] !== POWER.on) continue
    off[host]! += load.vmShortMhz[vm]! - foretold
    known[host] = 1
  }
  const errors = pool.hosts.flatMap((host, number) => (known[number] === 1 ? [Math.abs(off[number]!) / cpuForVmsMhz(host)] : []))
  return errors.length === 0 ? null : errors.reduce((sum, error) => sum + error, 0) / errors.length
}
