import { NOWHERE, type Pool, cpuForVmsMhz, holdsMemory } from '../model/pool.ts'

/** A resource beside memory of which a host must never give out more than it has. */
export interface HardRow {
  /** Code of the refusal when a host has too little of it. */
  readonly code: string
  readonly name: string
  readonly unit: string
  /** By VM, at least 0: what it holds wherever it is, at both ends of a migration. */
  readonly demand: Float64Array
  /** By host. */
  readonly capacity: Float64Array
}

/** CPU that VMs are guaranteed, against what hosts have for VMs; null where nobody has a guarantee. */
export function reservationRow(pool: Pool): HardRow | null {
  const demand = Float64Array.from(pool.vms, ({ cpuReservationMhz }) => cpuReservationMhz)
  if (demand.every((mhz) => mhz === 0)) return null
  return { code: 'noReservation', name: 'guaranteed CPU', unit: 'MHz', demand, capacity: Float64Array.from(pool.hosts, cpuForVmsMhz) }
}

/** What the hosts' VMs hold of the row now, a migrating VM where it is going. */
export function rowLoad(pool: Pool, { demand }: HardRow): Float64Array {
  const load = new Float64Array(pool.hosts.length)
  for (let vm = 0; vm < pool.vms.length; vm++) {
    const host = pool.vmTarget[vm] === NOWHERE ? pool.vmHost[vm]! : pool.vmTarget[vm]!
    if (host !== NOWHERE && holdsMemory(pool.vmState[vm]!)) load[host]! += demand[vm]!
  }
  return load
}
