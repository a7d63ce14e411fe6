import { LIMITS } from '../../model/compat.ts'
import type { PlacementSettings } from '../../model/policy.ts'
import { NOWHERE, VM, holdsMemory, type Pool } from '../../model/pool.ts'

/** What a placement looks at: the pool, and the CPU that each VM uses or is expected to. */
export interface PlaceView {
  readonly pool: Pool
  /** By VM slot. */
  readonly vmCpuMhz: Float64Array
  /** By host: of the VMs that run, start or arrive there; one that migrates counts at both ends. */
  readonly hostCpuMhz: Float64Array
  /** By limit of model/compat.ts, in its order, then by host: what VMs that hold a place there have of it. */
  readonly heldOfLimit: readonly Float64Array[]
  /** Weights of the scorers, and filters left out; absent: as in the default policy. */
  readonly scorers?: PlacementSettings['scorers']
  readonly filtersOff?: readonly string[]
}

export function placeView(pool: Pool, vmCpuMhz: Float64Array, settings: Pick<PlaceView, 'scorers' | 'filtersOff'> = {}): PlaceView {
  const hostCpuMhz = new Float64Array(pool.hosts.length)
  const heldOfLimit = LIMITS.map(() => new Float64Array(pool.hosts.length))
  for (let vm = 0; vm < pool.vms.length; vm++) {
    const state = pool.vmState[vm]!
    if (!holdsMemory(state)) continue
    for (const host of [pool.vmHost[vm]!, pool.vmTarget[vm]!]) {
      if (host === NOWHERE) continue
      if (state !== VM.suspended) hostCpuMhz[host]! += vmCpuMhz[vm]!
      LIMITS.forEach(({ demandOf }, limit) => (heldOfLimit[limit]![host]! += demandOf(pool.vms[vm]!)))
    }
  }
  return { pool, vmCpuMhz, hostCpuMhz, heldOfLimit, ...settings }
}
