import { hostId, vmId } from '../../src/model/ids.ts'
import type { LoadHistory } from '../../src/model/history.ts'
import type { Sample } from '../../src/model/load.ts'
import { MODE, VM, addHost, addVm, emptyPool, type Host, type HostMode, type Pool, type PowerState, type Vm, type VmState } from '../../src/model/pool.ts'
import { type PoolIndex, indexPool } from '../../src/model/poolIndex.ts'
import type { Rule } from '../../src/model/rules.ts'
import { type HostParts, makeHost, makeVm } from './parts.ts'

export interface HostSpec extends HostParts {
  readonly power?: PowerState
  readonly mode?: HostMode
  readonly reachable?: boolean
}

export interface VmSpec extends Partial<Omit<Vm, 'id'>> {
  readonly on?: string
  /** Migrating there. */
  readonly to?: string
  readonly state?: VmState
  readonly sinceMs?: number
}

export interface SmallPool {
  readonly pool: Pool
  readonly index: PoolIndex
}

/** A pool as it would be after the steps that led to it: memory and counts on both ends of migrations. */
export function smallPool(hosts: Readonly<Record<string, HostSpec>>, vms: Readonly<Record<string, VmSpec>> = {}, rules: readonly Rule[] = []): SmallPool {
  const pool = emptyPool(rules)
  for (const [name, { power = 'on', mode = 'available', reachable = true, ...parts }] of Object.entries(hosts)) {
    const host = addHost(pool, makeHost(name, parts), power)
    pool.hostMode[host] = MODE[mode]
    pool.hostReachable[host] = reachable ? 1 : 0
  }
  for (const [name, spec] of Object.entries(vms)) enter(pool, name, spec)
  return { pool, index: indexPool(pool) }
}

function enter(pool: Pool, name: string, { on, to, state, sinceMs = -1e9, ...parts }: VmSpec): void {
  const vm = addVm(pool, makeVm(name, parts), sinceMs)
  const place = (host: string): number => pool.hosts.findIndex(({ id }) => id === host)
  pool.vmState[vm] = VM[state ?? (to !== undefined ? 'migrating' : on !== undefined ? 'running' : 'pending')]
  const { memoryMib } = pool.vms[vm]!
  if (on !== undefined) {
    pool.vmHost[vm] = place(on)
    pool.hostMemoryMib[place(on)]! += memoryMib
    pool.hostVmCount[place(on)]!++
  }
  if (to === undefined || on === undefined) return
  pool.vmTarget[vm] = place(to)
  pool.hostMemoryMib[place(to)]! += memoryMib
  pool.hostOutgoing[place(on)]!++
  pool.hostIncoming[place(to)]!++
}

export const hostNumber = ({ pool }: SmallPool, name: string): number => pool.hosts.findIndex(({ id }) => id === hostId(name))
export const vmNumber = ({ pool }: SmallPool, name: string): number => pool.vms.findIndex(({ id }) => id === vmId(name))
export const hostNamed = ({ pool }: SmallPool, name: string): Host => pool.hosts[pool.hosts.findIndex(({ id }) => id === hostId(name))]!

/** What the sensors show of an interval that ended at `takenAtMs`: used CPU by VM, null for no sample. */
export function sampleOf({ pool }: SmallPool, takenAtMs: number, usedMhz: Readonly<Record<string, number | null>>, parts: { intervalMs?: number; delay?: number } = {}): Sample {
  const column = (value: (name: string) => number): Float64Array => Float64Array.from(pool.vms, ({ id }) => value(id))
  return {
    takenAtMs, intervalMs: parts.intervalMs ?? 60_000, vmCpuMhz: column((name) => usedMhz[name] ?? NaN), vmDelayRatio: column((name) => (usedMhz[name] === undefined ? NaN : parts.delay ?? 0)), vmMemoryMib: column(() => NaN),
    vmNetworkMibPerS: column(() => NaN), vmDiskMibPerS: column(() => NaN), hostCpuMhz: new Float64Array(pool.hosts.length),
  }
}

/** Frames of demand, oldest first, one each `intervalMs` up to `lastMs`. */
export function historyOf({ pool }: SmallPool, lastMs: number, rows: readonly Readonly<Record<string, number | null>>[], intervalMs = 60_000): LoadHistory {
  return rows.map((row, position) => ({
    takenAtMs: lastMs - (rows.length - 1 - position) * intervalMs, intervalMs, vmCpuMhz: Float64Array.from(pool.vms, ({ id }) => row[id] ?? NaN), hostCpuMhz: new Float64Array(pool.hosts.length),
  }))
}
