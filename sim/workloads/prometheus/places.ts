import type { Stretch } from './fold.ts'
import { claimOfState } from './metrics.ts'
import { stretchesOf, type Change, type Subject } from './series.ts'

/** A host's report that a VM is here, from `startMs` up to `endMs`: 2 it runs, 1 it is paused or an incoming copy. */
export interface Claim extends Stretch {
  readonly host: string
  readonly strength: 1 | 2
}

/** A VM was on a host from `startMs` up to `endMs`, Unix ms. */
export interface Segment extends Stretch {
  readonly host: string
}

/**
 * What one host reports of a VM. With states (`libvirt_domain_info_vstate`) these decide; without, a VM is here while
 * its CPU time grows: a shut-off definition and a migration's incoming copy stand still, a running guest never does.
 */
export function claimsOf(subject: Subject): Claim[] {
  const states = [...(subject.changes.get('state') ?? [])].sort((left, right) => left.atMs - right.atMs)
  const claims: Claim[] = []
  for (const stretch of stretchesOf(subject, 'cpuS')) {
    if (states.length > 0) claims.push(...byState(subject.host, stretch, states))
    else if (stretch.grew !== null) claims.push({ host: subject.host, strength: 2, ...through(stretch.grew) })
    else if (stretch.startMs === stretch.endMs) claims.push({ host: subject.host, strength: 1, ...through(stretch) })
  }
  return claims
}

/** The last sample counts as an instant of its own, so that a single sample is not nothing. */
const through = ({ startMs, endMs }: Stretch): Stretch => ({ startMs, endMs: endMs + 1 })

/** A state holds from its sample to the next change; the first one also before. */
function byState(host: string, stretch: Stretch, states: readonly Change[]): Claim[] {
  const { startMs, endMs } = through(stretch)
  const claims: Claim[] = []
  for (const [index, state] of states.entries()) {
    const from = index === 0 ? startMs : Math.max(startMs, state.atMs)
    const until = Math.min(endMs, states[index + 1]?.atMs ?? endMs)
    const strength = claimOfState(state.value)
    if (from < until && strength !== 0) claims.push({ host, strength, startMs: from, endMs: until })
  }
  return claims
}

/** Where a VM was, in order of time and without overlaps, and for how long two hosts said that it runs there. */
export interface Places {
  readonly segments: readonly Segment[]
  readonly disputedMs: number
}

/**
 * One owner at each instant: the strongest claim; among equals the owner so far, then whoever claimed first, then by
 * host name. So during a migration the source stays the owner until it lets go, as libvirt means it.
 */
export function placesOf(claims: readonly Claim[]): Places {
  const byStart = [...claims].sort((left, right) => left.startMs - right.startMs || (left.host < right.host ? -1 : 1))
  const times = [...new Set(claims.flatMap(({ startMs, endMs }) => [startMs, endMs]))].sort((left, right) => left - right)
  const segments: { host: string; startMs: number; endMs: number }[] = []
  let active: Claim[] = []
  let next = 0
  let disputedMs = 0
  for (const [index, startMs] of times.slice(0, -1).entries()) {
    const endMs = times[index + 1]!
    active = active.filter((claim) => claim.endMs > startMs)
    while (next < byStart.length && byStart[next]!.startMs <= startMs) active.push(byStart[next++]!)
    const last = segments[segments.length - 1]
    const owner = ownerOf(active, last?.host ?? null)
    if (owner === null) continue
    if (new Set(active.filter(({ strength }) => strength === 2).map(({ host }) => host)).size > 1) disputedMs += endMs - startMs
    if (last?.host === owner && last.endMs === startMs) last.endMs = endMs
    else segments.push({ host: owner, startMs, endMs })
  }
  return { segments, disputedMs }
}

function ownerOf(active: readonly Claim[], current: string | null): string | null {
  const strongest = Math.max(...active.map(({ strength }) => strength))
  const best = active.filter(({ strength }) => strength === strongest)
  return (best.find(({ host }) => host === current) ?? best[0])?.host ?? null
}

/** One stay of a VM in the pool: from its arrival to its departure, with the hosts that it was on. Times are Unix ms. */
export interface Stay {
  readonly vm: string
  readonly segments: readonly Segment[]
  /** Null: it was there when the range began. */
  readonly arriveMs: number | null
  /** Null: it was there when the range ended. */
  readonly departMs: number | null
}

/** How long a host's exporter reported within [startMs, endMs). */
export type Heard = (host: string, startMs: number, endMs: number) => number

/**
 * Cuts a VM's places into stays. It was away only while the host that had it last reported without it for longer than
 * `gapMaxMs`; while that host was silent nobody knows, and the VM counts as still there.
 */
export function staysOf(vm: string, segments: readonly Segment[], range: Stretch, gapMaxMs: number, heard: Heard): Stay[] {
  const inRange = segments.filter(({ startMs, endMs }) => startMs < range.endMs && endMs > range.startMs)
  const isAway = (host: string, startMs: number, endMs: number): boolean => heard(host, startMs, endMs) > gapMaxMs
  const groups: Segment[][] = []
  for (const segment of inRange) {
    const group = groups[groups.length - 1]
    const before = group?.[group.length - 1]
    if (group === undefined || before === undefined || isAway(before.host, before.endMs, segment.startMs)) groups.push([segment])
    else group.push(segment)
  }
  return groups.map((group, index) => {
    const first = group[0]!
    const last = group[group.length - 1]!
    const wasThere = index === 0 && (first.startMs <= range.startMs || (first.startMs <= range.startMs + gapMaxMs && heard(first.host, range.startMs - gapMaxMs, first.startMs) === 0))
    const stays = index === groups.length - 1 && (last.endMs >= range.endMs || !isAway(last.host, last.endMs, range.endMs + gapMaxMs))
    return { vm, segments: group, arriveMs: wasThere ? null : Math.max(first.startMs, range.startMs), departMs: stays ? null : Math.min(last.endMs - 1, range.endMs) }
  })
}
