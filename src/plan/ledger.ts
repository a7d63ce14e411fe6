import { NOWHERE, POWER, type Pool, VM } from '../model/pool.ts'

/** What the checker keeps of a pool, in columns of its own: it shares nothing with the planner's. */
export interface Ledger {
  readonly pool: Pool
  readonly hostOf: ReadonlyMap<string, number>
  readonly vmOf: ReadonlyMap<string, number>
  /** By VM: host, NOWHERE for none; and whether it runs. */
  readonly place: Int32Array
  readonly runs: Uint8Array
  readonly isOn: Uint8Array
  readonly vmCount: Int32Array
  readonly rows: readonly LedgerRow[]
}

/** A resource of which each host has a limit: memory, guaranteed CPU. */
export interface LedgerRow {
  readonly unit: string
  readonly demand: Float64Array
  readonly limit: Float64Array
  /** By host. */
  readonly held: Float64Array
}

export interface CheckOptions {
  readonly memoryEnforced: boolean
  readonly hostsOnMin: number
  /** Whether the CPU that VMs are guaranteed must fit on their hosts; absent: not looked at. */
  readonly reservationsEnforced?: boolean
}

/** The pool as it will be when what runs now has ended. */
export function ledgerOf(pool: Pool, options: CheckOptions): Ledger {
  const vmOf = new Map<string, number>()
  const place = new Int32Array(pool.vms.length).fill(NOWHERE)
  const runs = new Uint8Array(pool.vms.length)
  const vmCount = new Int32Array(pool.hosts.length)
  const rows = rowsOf(pool, options)
  pool.vms.forEach(({ id }, vm) => {
    const state = pool.vmState[vm]
    if (state === VM.gone) return
    vmOf.set(id, vm)
    const host = pool.vmTarget[vm] === NOWHERE ? pool.vmHost[vm]! : pool.vmTarget[vm]!
    place[vm] = host
    runs[vm] = state === VM.running || state === VM.migrating || state === VM.starting ? 1 : 0
    if (host === NOWHERE) return
    vmCount[host]!++
    for (const { held, demand } of rows) held[host]! += demand[vm]!
  })
  return { pool, hostOf: new Map(pool.hosts.map(({ id }, host) => [id, host])), vmOf, place, runs, isOn: Uint8Array.from(pool.hosts, (_, host) => (pool.hostPower[host] === POWER.on ? 1 : 0)), vmCount, rows }
}

function rowsOf({ hosts, vms }: Pool, { memoryEnforced, reservationsEnforced }: CheckOptions): LedgerRow[] {
  const row = (unit: string, demand: Float64Array, limit: Float64Array): LedgerRow => ({ unit, demand, limit, held: new Float64Array(hosts.length) })
  return [
    ...(memoryEnforced ? [row('MiB', Float64Array.from(vms, ({ memoryMib }) => memoryMib), Float64Array.from(hosts, ({ capacity, reserve }) => capacity.memoryMib - reserve.memoryMib))] : []),
    ...(reservationsEnforced === true ? [row('MHz guaranteed', Float64Array.from(vms, ({ cpuReservationMhz }) => cpuReservationMhz), Float64Array.from(hosts, ({ capacity, reserve }) => capacity.cpuMhz - reserve.cpuMhz))] : []),
  ]
}
