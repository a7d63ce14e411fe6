import type { MaintenanceRecord } from '../model/maintenanceRecord.ts'
import { MODE, VM, type HostMode, type Pool } from '../model/pool.ts'
import { findHost, findVm, indexPool } from '../model/poolIndex.ts'
import { maintenanceOf } from './planOnce.ts'
import type { MaintenanceMemory } from '../policy/goals/maintenance.ts'

/** What the controller knows of maintenance, by names and Unix ms, to be kept across restarts. */
export function recordOfMaintenance(pool: Pool, { entries, displaced, planned, rolling }: MaintenanceMemory, startUnixMs: number): MaintenanceRecord {
  const host = (at: number): MaintenanceRecord['entries'][number]['host'] => pool.hosts[at]!.id
  const unix = (atMs: number): number => startUnixMs + atMs
  return {
    entries: entries.map((entry) => ({ host: host(entry.host), method: entry.method, phase: entry.phase, sinceUnixMs: unix(entry.sinceMs), inSinceUnixMs: entry.inSinceMs === null ? null : unix(entry.inSinceMs), leaveAtUnixMs: entry.leaveAtMs === null ? null : unix(entry.leaveAtMs), stayMs: entry.stayMs })),
    displaced: displaced.filter(({ vm, vmSinceMs }) => pool.vmState[vm] !== VM.gone && pool.vmSinceMs[vm] === vmSinceMs).map(({ vm, home, how }) => ({ vm: pool.vms[vm]!.id, home: host(home), how })),
    planned: planned.map((plan) => ({ host: host(plan.host), atUnixMs: unix(plan.atMs), durationMs: plan.durationMs, method: plan.method, warned: plan.warned })),
    rolling: rolling && { waiting: rolling.waiting.map(host), away: rolling.away.map(host), finished: rolling.finished.map(host), method: rolling.method, stayMs: rolling.stayMs, stopped: rolling.stopped },
  }
}

/**
 * What a process before this one knew, on the pool as it is seen now, from an instant 0 at `startUnixMs` on. Hosts and VMs
 * that are gone are left out; hosts that people took out and that the record does not know are entered as they are.
 */
export function maintenanceFrom(pool: Pool, record: MaintenanceRecord | null, startUnixMs: number): MaintenanceMemory {
  const seen = maintenanceOf(pool)
  if (record === null) return seen
  const index = indexPool(pool)
  const hosts = <Value extends { readonly host: MaintenanceRecord['entries'][number]['host'] }>(values: readonly Value[]): { readonly value: Value; readonly host: number }[] => values.map((value) => ({ value, host: findHost(index, value.host) })).filter(({ host }) => host >= 0)
  const slots = (names: readonly MaintenanceRecord['entries'][number]['host'][]): number[] => names.map((name) => findHost(index, name)).filter((host) => host >= 0)
  const at = (unixMs: number | null): number | null => (unixMs === null ? null : unixMs - startUnixMs)
  const entries = hosts(record.entries).map(({ value, host }) => ({ host, method: value.method, phase: value.phase, sinceMs: value.sinceUnixMs - startUnixMs, inSinceMs: at(value.inSinceUnixMs), leaveAtMs: at(value.leaveAtUnixMs), stayMs: value.stayMs }))
  return {
    entries: [...entries, ...seen.entries.filter(({ host }) => !entries.some((entry) => entry.host === host))],
    displaced: record.displaced.flatMap(({ vm, home, how }) => {
      const slot = findVm(index, vm)
      const homeSlot = findHost(index, home)
      return slot < 0 || homeSlot < 0 ? [] : [{ vm: slot, vmSinceMs: pool.vmSinceMs[slot]!, home: homeSlot, how }]
    }),
    planned: hosts(record.planned).map(({ value, host }) => ({ host, atMs: value.atUnixMs - startUnixMs, durationMs: value.durationMs, method: value.method, warned: value.warned })),
    rolling: record.rolling && { ...record.rolling, waiting: slots(record.rolling.waiting), away: slots(record.rolling.away), finished: slots(record.rolling.finished) },
  }
}

/** Hosts whose mode is not yet what was wished of them when the process before ended: it was cut off in between. */
export function modesToSet(pool: Pool, { entries }: MaintenanceMemory): { readonly host: MaintenanceRecord['entries'][number]['host']; readonly mode: HostMode }[] {
  return entries.flatMap(({ host, phase }) => {
    const mode: HostMode = phase === 'leaving' ? 'available' : phase === 'in' ? 'maintenance' : 'entering'
    return pool.hostMode[host] === MODE[mode] ? [] : [{ host: pool.hosts[host]!.id, mode }]
  })
}
