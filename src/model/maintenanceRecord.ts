import type { HostId, VmId } from './ids.ts'
import type { MaintenanceMethod } from './pool.ts'
import type { Reason } from './result.ts'

/** What is wished of hosts and where VMs were taken from, by names and Unix ms, so that it outlives the process that knew it. */
export interface MaintenanceRecord {
  readonly entries: readonly {
    readonly host: HostId
    readonly method: MaintenanceMethod | null
    readonly phase: 'entering' | 'in' | 'leaving'
    readonly sinceUnixMs: number
    readonly inSinceUnixMs: number | null
    readonly leaveAtUnixMs: number | null
    readonly stayMs: number | null
  }[]
  readonly displaced: readonly { readonly vm: VmId; readonly home: HostId; readonly how: 'migrated' | 'shutdown' | 'suspended' }[]
  readonly planned: readonly { readonly host: HostId; readonly atUnixMs: number; readonly durationMs: number | null; readonly method: MaintenanceMethod | null; readonly warned: boolean }[]
  readonly rolling: {
    readonly waiting: readonly HostId[]
    readonly away: readonly HostId[]
    readonly finished: readonly HostId[]
    readonly method: MaintenanceMethod | null
    readonly stayMs: number | null
    readonly stopped: Reason | null
  } | null
}
