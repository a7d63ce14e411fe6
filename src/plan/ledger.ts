import { NOWHERE, POWER, type Pool, VM } from '../model/pool.ts'
import { needRows } from './checkNeeds.ts'
import { type RuleBook, ruleBook } from './checkRules.ts'

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
  readonly book: RuleBook
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
  /** Whether the end may break no rule of whole placements (together, spread, ...) further than the beginning; absent: not looked at. */
  readonly placementsEnforced?: boolean
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
  const hostOf = new Map<string, number>(pool.hosts.map(({ id }, host) => [id, host]))
  return { pool, hostOf, vmOf, book: ruleBook({ pool, vmOf, hostOf }), place, runs, isOn: Uint8Array.from(pool.hosts, (_, host) => (pool.hostPower[host] === POWER.on ? 1 : 0)), vmCount, rows }
}

function rowsOf(pool: Pool, { memoryEnforced, reservationsEnforced }: CheckOptions): LedgerRow[] {
  const { hosts, vms } = pool
  const row = (unit: string, demand: Float64Array, limit: Float64Array): LedgerRow => ({ unit, demand, limit, held: new Float64Array(hosts.length) })
  return [
    ...(memoryEnforced ? [row('MiB', Float64Array.from(vms, ({ memoryMib }) => memoryMib), Float64Array.from(hosts, ({ capacity, reserve, traits }) => (capacity.memoryMib - reserve.memoryMib) * (traits?.memoryOvercommit ?? 1)))] : []),
    ...(reservationsEnforced === true ? [row('MHz guaranteed', Float64Array.from(vms, ({ cpuReservationMhz }) => cpuReservationMhz), Float64Array.from(hosts, ({ capacity, reserve }) => capacity.cpuMhz - reserve.cpuMhz))] : []),
    ...needRows(pool).map(({ unit, demand, limit }) => row(unit, demand, limit)),
  ]
}
