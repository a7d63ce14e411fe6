import type { LoadFrame } from '../../model/history.ts'
import { NOWHERE, VM, cpuForVmsMhz, type Pool } from '../../model/pool.ts'
import type { SlaTarget } from '../../model/policy.ts'
import { HOUR_MS } from '../../model/resources.ts'
import { normalQuantile } from '../../optimize/risk/normalQuantile.ts'

/**
 * How many deviations above their mean the VMs of a host are reckoned with, and what that is steered by. `byClass` has the classes with
 * a target of their own; all other VMs count with `pool`.
 */
export interface RiskLimit {
  readonly pool: Steered
  readonly byClass: ReadonlyMap<string, Steered>
}

/** A limit with what was measured so far: so many of so many looks at a host (at a VM of the class) fell short. */
export interface Steered {
  readonly deviations: number
  readonly short: number
  readonly looks: number
}

/** So long without any shortfall lowers a limit by one deviation; a shortfall rate of twice the wanted one raises it as fast. */
const STEER_MS = 8 * HOUR_MS
const DEVIATIONS_MIN = 0.5
const DEVIATIONS_MAX = 6
/** One bad sample is no trend: a limit moves by at most this at once. */
const STEP_MAX = 0.25
/** A VM that gets less than this of what it wants falls short. */
const DELIVERED_MIN = 0.95

const begin = (shortMax: number): Steered => ({ deviations: clamped(normalQuantile(1 - Math.min(0.4, Math.max(1e-6, shortMax)))), short: 0, looks: 0 })

export const firstLimit = (overloadMax: number, targets: readonly SlaTarget[]): RiskLimit => ({
  pool: begin(overloadMax), byClass: new Map(targets.map(({ class: name, attainmentMin }) => [name, begin(1 - attainmentMin)])),
})

/** The limits after one more frame: a Robbins-Monro step on each, so that in the long run the wanted share of looks falls short (Robbins & Monro, Ann. Math. Statist. 22, 1951). */
export function steered(before: RiskLimit, pool: Pool, frame: LoadFrame, overloadMax: number, targets: readonly SlaTarget[]): RiskLimit {
  const demandMhz = hostDemand(pool, frame)
  const inUse = Array.from(demandMhz.keys()).filter((host) => demandMhz[host]! > 0)
  const overloaded = inUse.filter((host) => demandMhz[host]! > cpuForVmsMhz(pool.hosts[host]!)).length
  const next = step(before.pool, overloaded, inUse.length, overloadMax, frame.intervalMs)
  return { pool: next, byClass: new Map(targets.map(({ class: name, attainmentMin }) => [name, byClass(before.byClass.get(name), pool, frame, demandMhz, { class: name, attainmentMin })])) }
}

function byClass(before: Steered | undefined, pool: Pool, frame: LoadFrame, demandMhz: Float64Array, target: SlaTarget): Steered {
  let [looks, short] = [0, 0]
  for (let vm = 0; vm < Math.min(pool.vms.length, frame.vmCpuMhz.length); vm++) {
    if (pool.vmState[vm] !== VM.running || pool.vms[vm]!.class !== target.class || !(frame.vmCpuMhz[vm]! >= 0)) continue
    looks++
    const host = pool.vmHost[vm]!
    if (cpuForVmsMhz(pool.hosts[host]!) < DELIVERED_MIN * demandMhz[host]!) short++
  }
  const shortMax = Math.max(1e-6, 1 - target.attainmentMin)
  return step(before ?? begin(shortMax), short, looks, shortMax, frame.intervalMs)
}

function step({ deviations, ...before }: Steered, short: number, looks: number, shortMax: number, intervalMs: number): Steered {
  const change = looks === 0 ? 0 : (intervalMs / STEER_MS) * (short / looks / Math.max(1e-6, shortMax) - 1)
  return { deviations: clamped(deviations + Math.min(STEP_MAX, change)), short: before.short + short, looks: before.looks + looks }
}

const clamped = (deviations: number): number => Math.min(DEVIATIONS_MAX, Math.max(DEVIATIONS_MIN, deviations))

/** What the VMs of each host wanted together; a migrating one counts at its source. */
function hostDemand(pool: Pool, frame: LoadFrame): Float64Array {
  const demandMhz = new Float64Array(pool.hosts.length)
  for (let vm = 0; vm < Math.min(pool.vms.length, frame.vmCpuMhz.length); vm++) {
    if (pool.vmHost[vm] !== NOWHERE && pool.vmState[vm] !== VM.gone && frame.vmCpuMhz[vm]! >= 0) demandMhz[pool.vmHost[vm]!]! += frame.vmCpuMhz[vm]!
  }
  return demandMhz
}
