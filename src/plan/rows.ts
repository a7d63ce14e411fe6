import { LIMITS } from '../model/compat.ts'
import { NOWHERE, type Pool, holdsMemory } from '../model/pool.ts'

/** A resource beside memory of which a host must never give out more than it has. */
export interface HardRow {
  /** Code of the refusal when a host has too little of it. */
  readonly code: string
  /** By VM, at least 0: what it holds wherever it is, at both ends of a migration. */
  readonly demand: Float64Array
  /** By host; a number too large to reach where the host states no limit. */
  readonly capacity: Float64Array
}

/** No sum of demands comes near it, and sums with it stay exact enough to compare. */
const NO_LIMIT = 2 ** 52

/** Guaranteed CPU, huge pages, vCPUs by core, number of VMs: those that some host limits and some VM uses. */
export function hardRows(pool: Pool): HardRow[] {
  return LIMITS.flatMap(({ code, demandOf, limitOf }) => {
    const demand = Float64Array.from(pool.vms, demandOf)
    if (demand.every((amount) => amount === 0) || pool.hosts.every((host) => limitOf(host) === null)) return []
    return [{ code, demand, capacity: Float64Array.from(pool.hosts, (host) => limitOf(host) ?? NO_LIMIT) }]
  })
}

/** CPU that VMs are guaranteed, against what hosts have for VMs; null where nobody has a guarantee. One of `hardRows`. */
export const reservationRow = (pool: Pool): HardRow | null => hardRows(pool).find(({ code }) => code === 'noReservation') ?? null

/** What the hosts' VMs hold of the row now, a migrating VM where it is going. */
export function rowLoad(pool: Pool, { demand }: HardRow): Float64Array {
  const load = new Float64Array(pool.hosts.length)
  for (let vm = 0; vm < pool.vms.length; vm++) {
    const host = pool.vmTarget[vm] === NOWHERE ? pool.vmHost[vm]! : pool.vmTarget[vm]!
    if (host !== NOWHERE && holdsMemory(pool.vmState[vm]!)) load[host]! += demand[vm]!
  }
  return load
}
