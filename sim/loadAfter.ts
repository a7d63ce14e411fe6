import { remember } from '../src/observe/history.ts'
import type { Input } from '../src/control/messages.ts'
import type { LoadFrame } from '../src/model/history.ts'
import type { HostId } from '../src/model/ids.ts'
import type { ObservationSettings } from '../src/model/policy.ts'
import { NOWHERE, type Pool } from '../src/model/pool.ts'

/** CPU of a host before VMs came or went, what was to be expected of it then, and what was seen; ratios of its capacity. */
export interface LoadAfterMove {
  readonly host: HostId
  /** When the VMs were first seen in their new places, ms. */
  readonly atMs: number
  readonly beforeRatio: number
  readonly predictedRatio: number
  readonly seenRatio: number
}

/** Errors are |predicted - seen| in ratios of the capacity; `unchanged`: the same of "nothing changes", for comparison. */
export interface LoadAfter {
  readonly count: number
  readonly errorMedianRatio: number
  readonly errorP90Ratio: number
  readonly unchangedMedianRatio: number
}

interface Measured {
  readonly atMs: number
  readonly pool: Pool
  readonly frame: LoadFrame
}

/**
 * Hosts' load after every change of place that an input record shows: the last sample before it predicts the first one that
 * lies wholly after it. A host counts if what it bears changed once between the two. Prediction: what its VMs wanted, as the
 * planner counts it, and what the host used besides, as far as it has that much.
 */
export function loadsAfterMoves(inputs: readonly Input[], settings: ObservationSettings): LoadAfterMove[] {
  const found: LoadAfterMove[] = []
  const measured = measuredOf(inputs, settings)
  for (let at = 1; at < measured.length; at++) {
    const [before, moved] = [measured[at - 1]!, measured[at]!]
    const hosts = changedHosts(before.pool, moved.pool)
    if (hosts.size === 0) continue
    const after = measured.slice(at).find(({ frame }) => frame.takenAtMs - frame.intervalMs >= moved.atMs)
    if (after === undefined) continue
    const later = changedHosts(moved.pool, after.pool)
    for (const id of hosts) if (!later.has(id)) found.push(...compared(id, before, moved, after))
  }
  return found
}

/** Null where nothing could be compared. */
export function loadAfterOf(moves: readonly LoadAfterMove[]): LoadAfter | null {
  if (moves.length === 0) return null
  const errors = moves.map(({ predictedRatio, seenRatio }) => Math.abs(predictedRatio - seenRatio)).sort((a, b) => a - b)
  const unchanged = moves.map(({ beforeRatio, seenRatio }) => Math.abs(beforeRatio - seenRatio)).sort((a, b) => a - b)
  return { count: moves.length, errorMedianRatio: ranked(errors, 0.5), errorP90Ratio: ranked(errors, 0.9), unchangedMedianRatio: ranked(unchanged, 0.5) }
}

/** The smallest value that so large a share does not exceed. */
const ranked = (values: readonly number[], share: number): number => values[Math.max(1, Math.ceil(share * values.length)) - 1]!

function measuredOf(inputs: readonly Input[], settings: ObservationSettings): Measured[] {
  return inputs.flatMap((input) => {
    const sample = input.kind === 'tick' ? input.samples.at(-1) : undefined
    return sample === undefined ? [] : [{ atMs: input.atMs, pool: input.pool, frame: remember([], input.pool, sample, settings, 1)[0]! }]
  })
}

/** VMs by the host that bears them. */
function placesOf({ vms, hosts, vmHost }: Pool): ReadonlyMap<string, HostId | null> {
  return new Map(vms.map(({ id }, vm) => [id, vmHost[vm] === NOWHERE ? null : hosts[vmHost[vm]!]!.id]))
}

function changedHosts(before: Pool, after: Pool): ReadonlySet<HostId> {
  const [old, now] = [placesOf(before), placesOf(after)]
  const changed = new Set<HostId>()
  for (const vm of new Set([...old.keys(), ...now.keys()])) {
    const [from, to] = [old.get(vm) ?? null, now.get(vm) ?? null]
    if (from !== to) for (const host of [from, to]) if (host !== null) changed.add(host)
  }
  return changed
}

function compared(id: HostId, before: Measured, moved: Measured, after: Measured): LoadAfterMove[] {
  const [host, seenAt] = [before.pool.hosts.findIndex((known) => known.id === id), after.pool.hosts.findIndex((known) => known.id === id)]
  if (host < 0 || seenAt < 0) return []
  const capacityMhz = before.pool.hosts[host]!.capacity.cpuMhz
  const beforeMhz = before.frame.hostCpuMhz[host]!
  const otherMhz = Math.max(0, beforeMhz - sumOn(before, before.pool, id, true))
  const predictedMhz = Math.min(capacityMhz, otherMhz + sumOn(before, moved.pool, id, false))
  const move = { host: id, atMs: moved.atMs, beforeRatio: beforeMhz / capacityMhz, predictedRatio: predictedMhz / capacityMhz, seenRatio: after.frame.hostCpuMhz[seenAt]! / capacityMhz }
  return [move.beforeRatio, move.predictedRatio, move.seenRatio].every(Number.isFinite) ? [move] : []
}

/** What the VMs that stand on a host in a pool used or wanted when they were measured; NaN where one was not. */
function sumOn({ pool, frame }: Measured, placed: Pool, host: HostId, isUsed: boolean): number {
  const places = placesOf(placed)
  let sumMhz = 0
  pool.vms.forEach(({ id }, vm) => {
    if (places.get(id) === host) sumMhz += frame.vmCpuMhz[vm]! * (isUsed ? (frame.vmServedRatio?.[vm] ?? 1) : 1)
  })
  return sumMhz
}
