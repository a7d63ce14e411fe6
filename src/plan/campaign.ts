import type { LoadView } from '../model/loadView.ts'
import type { Plan } from '../model/plan.ts'
import type { PoolIndex } from '../model/poolIndex.ts'
import { NOWHERE, POWER, VM, cpuForVmsMhz, memoryForVmsMib, type Pool } from '../model/pool.ts'
import { type Reason, reason } from '../model/result.ts'
import type { TransitionLimits } from '../model/transition.ts'
import { timedSteps } from './assemble.ts'
import { patchMs } from './campaignBound.ts'
import { withFigures } from './figures.ts'
import { planHash } from './hash.ts'
import { LeastFirst } from './heap.ts'
import { precopy } from './precopy.ts'
import { type Sequence, append, sequenceOf } from './sequence.ts'
import { TIMING } from './timing.ts'

export interface CampaignOptions {
  readonly limits: TransitionLimits
  readonly load: LoadView | null
  readonly prefix: string
  readonly reason: Reason
  /** Hosts that may be left or away at the same time; null: as many as room and lanes allow. */
  readonly hostsAwayMax: number | null
  /** No host's CPU is filled beyond this ratio by VMs that are moved for the campaign; looked at only with a load. */
  readonly cpuFillMax: number
}

/** Where a host stands in the campaign. */
const STAGE = { apart: 0, old: 1, leaving: 2, away: 3, fresh: 4, kept: 5 } as const

/** A campaign played through in time: migrations at the rate their lanes leave them, patches at the hosts' own times. */
interface Play {
  readonly pool: Pool
  readonly options: CampaignOptions
  readonly sequence: Sequence
  readonly stage: Uint8Array
  /** Hosts that were begun to be left, in that order. */
  readonly begun: number[]
  /** Hosts to begin with. */
  readonly first: readonly number[]
  readonly hostCount: number
  /** Host by host: VMs that are to leave it, the largest first. */
  readonly vmsOn: number[][]
  readonly heldMib: Float64Array
  readonly heldMhz: Float64Array
  readonly sending: Int32Array
  readonly receiving: Int32Array
  /** Ends by time: numbers of `moves`, or -1 - host for a patch. */
  readonly ends: LeastFirst
  readonly moves: { readonly vm: number; readonly source: number; readonly target: number }[]
  nowMs: number
  streams: number
  away: number
  /** Hosts that may be left at once. */
  drainsMax: number
}

/**
 * A rolling maintenance of hosts, all or some of a pool: each is emptied, restarted and filled again with what leaves the
 * next. VMs go to fresh hosts (or hosts that take no part); lanes that have nothing of that kind to do send VMs to hosts
 * whose turn comes late, so that empty hosts come sooner. The small hosts come first, so that one is soon back; then the
 * full ones, so that the end is not one long tail. Played through in time; the steps' own `after` make it safe at any pace.
 */
export function planCampaign(pool: Pool, index: PoolIndex, hosts: readonly number[], options: CampaignOptions): Plan {
  const { limits, load, reason: why } = options
  const play = begin(pool, index, hosts, options)
  for (;;) {
    while (startDrain(play)) continue
    const started = startMoves(play)
    if (started) continue
    if (play.ends.size === 0) {
      if (stepBack(play)) continue
      break
    }
    play.nowMs = play.ends.key
    while (play.ends.size > 0 && play.ends.key === play.nowMs) end(play, play.ends.pop()!)
  }
  const unmet = hosts.filter((host) => play.stage[host] !== STAGE.fresh).map((host) => leftReason(play, host))
  const timed = timedSteps(pool, index, load, play.sequence.steps, limits, 'bySchedule', ['inOrder', 'mostLeft', 'longestChain'])
  const plan: Omit<Plan, 'hash'> = {
    formatVersion: 1, baseRevision: pool.revision, baseHash: null, goal: 'maintenance', reason: why, complete: unmet.length === 0, unmet, notDone: [], objective: { before: hosts.length, after: unmet.length, lowerBound: 0 },
    estimate: timed.estimate, groups: [], steps: load === null ? timed.steps : withFigures(pool, index, load, timed.steps),
  }
  return { ...plan, hash: planHash(plan) }
}

function begin(pool: Pool, index: PoolIndex, hosts: readonly number[], options: CampaignOptions): Play {
  const count = pool.hosts.length
  const stage = new Uint8Array(count).fill(STAGE.apart)
  for (const host of hosts) stage[host] = STAGE.old
  const vmsOn: number[][] = Array.from({ length: count }, () => [])
  const heldMhz = new Float64Array(count)
  for (let vm = 0; vm < pool.vms.length; vm++) {
    const host = pool.vmTarget[vm] === NOWHERE ? pool.vmHost[vm]! : pool.vmTarget[vm]!
    if (pool.vmState[vm] === VM.gone || host === NOWHERE) continue
    vmsOn[host]!.push(vm)
    if (options.load) heldMhz[host]! += options.load.vmShortMhz[vm]!
  }
  const sequence = sequenceOf(pool, index, options.limits, options.prefix)
  for (const list of vmsOn) list.sort((a, b) => pool.vms[b]!.memoryMib - pool.vms[a]!.memoryMib || a - b)
  return {
    pool, options, sequence, stage, begun: [], first: firstHosts(pool, hosts, options.limits), hostCount: hosts.length, vmsOn, heldMib: sequence.draft.hostMemoryMib.slice(), heldMhz, sending: new Int32Array(count), receiving: new Int32Array(count),
    ends: new LeastFirst(), moves: [], nowMs: 0, streams: 0, away: 0, drainsMax: drainsMax(options.limits, hosts.length),
  }
}

/** As many small hosts as are left at once: so the first is soon back. */
function firstHosts({ hostMemoryMib }: Pool, hosts: readonly number[], limits: TransitionLimits): number[] {
  return [...hosts].sort((a, b) => hostMemoryMib[a]! - hostMemoryMib[b]! || a - b).slice(0, drainsMax(limits, hosts.length))
}

/** Hosts that must be left at once to use all lanes of the pool. */
const drainsMax = ({ poolMigrationsMax, hostOutgoingMax }: TransitionLimits, hosts: number): number => Math.min(hosts, poolMigrationsMax === null ? hosts : Math.ceil(poolMigrationsMax / Math.max(1, hostOutgoingMax ?? 1)))

/** Begins to empty the next host, if lanes, room and the hosts away allow it. */
function startDrain(play: Play): boolean {
  const { options, stage } = play
  const host = nextHost(play)
  if (host === null) return false
  const leaving = play.begun.filter((other) => stage[other] === STAGE.leaving && !isStuck(play, other))
  if (leaving.length >= play.drainsMax || (leaving.length > 0 && !hasRoomFor(play, [...leaving, host]))) return false
  if (options.hostsAwayMax !== null && play.away + leaving.length >= options.hostsAwayMax) return false
  play.begun.push(host)
  stage[host] = STAGE.leaving
  leaveIfEmpty(play, host)
  return true
}

/** Whether all that is on these hosts could stand on the others that are on. */
function hasRoomFor({ pool, heldMib, stage }: Play, leaving: readonly number[]): boolean {
  const isLeaving = new Set(leaving)
  const freeMib = pool.hosts.reduce((sum, host, number) => (isLeaving.has(number) || pool.hostPower[number] !== POWER.on || stage[number] === STAGE.away ? sum : sum + Math.max(0, memoryForVmsMib(host) - heldMib[number]!)), 0)
  return leaving.reduce((sum, host) => sum + heldMib[host]!, 0) <= freeMib
}

/**
 * Nothing moves any more: the host whose turn came last takes VMs again until another is back, so that those before it can
 * be emptied; a host that is alone with that is left as it is. False: no host is being left. Each call leaves fewer hosts
 * to empty at once or at all, and only a host that comes back undoes that: it ends.
 */
function stepBack(play: Play): boolean {
  const { stage, begun } = play
  const leaving = begun.filter((host) => stage[host] === STAGE.leaving)
  const last = leaving.at(-1)
  if (last === undefined) return false
  const isAlone = leaving.length === 1 || isStuck(play, last)
  stage[last] = isAlone ? STAGE.kept : STAGE.old
  if (!isAlone) begun.splice(begun.indexOf(last), 1)
  play.drainsMax = Math.max(1, leaving.length - 1)
  return true
}

/** One of the first; then the fullest that is left, so that the last ones are short. */
function nextHost({ stage, first, begun, heldMib }: Play): number | null {
  const early = first.find((host) => stage[host] === STAGE.old)
  if (early !== undefined && begun.length < first.length) return early
  let most: number | null = null
  for (let host = 0; host < stage.length; host++) if (stage[host] === STAGE.old && (most === null || heldMib[host]! > heldMib[most]!)) most = host
  return most
}

/** Whether nothing on the host can move at all. */
const isStuck = ({ pool, vmsOn }: Play, host: number): boolean => vmsOn[host]!.length > 0 && vmsOn[host]!.every((vm) => !canMove(pool, vm))
const canMove = (pool: Pool, vm: number): boolean => pool.vms[vm]!.movable && (pool.vmState[vm] === VM.running || pool.vmState[vm] === VM.migrating)

function isFull(now: number, max: number | null): boolean {
  return max !== null && now >= Math.max(1, max)
}

/** Starts one migration, from the host whose turn came first; whether there was one. */
function startMoves(play: Play): boolean {
  const { options: { limits }, begun, stage, sending, vmsOn, pool } = play
  if (isFull(play.streams, limits.poolMigrationsMax)) return false
  const free = begun.filter((source) => stage[source] === STAGE.leaving && !isFull(sending[source]!, limits.hostOutgoingMax))
  for (const targetsOf of mayUseOld(play) ? [doneTargets, oldTargets] : [doneTargets]) {
    for (const source of free) for (const vm of vmsOn[source]!) if (canMove(pool, vm) && startMove(play, vm, source, targetsOf)) return true
  }
  return false
}

/**
 * Whether VMs may go to hosts that they must leave again. That takes lanes which have nothing better to do, and brings empty
 * hosts sooner; but in the last part of the campaign it only makes the end longer, unless nothing else moves at all.
 */
function mayUseOld({ stage, hostCount, streams, away }: Play): boolean {
  const old = stage.reduce((sum, at) => sum + (at === STAGE.old ? 1 : 0), 0)
  return old > OLD_PART_MIN * hostCount || (streams === 0 && away === 0)
}

/** While more than this part of the hosts is still to be left. */
const OLD_PART_MIN = 0.25

function startMove(play: Play, vm: number, source: number, targetsOf: typeof doneTargets): boolean {
  const { pool, sequence, options } = play
  for (const target of targetsOf(play, vm)) {
    const refusal = append(sequence, {
      kind: 'migrate', vm: pool.vms[vm]!.id, source: pool.hosts[source]!.id, target: pool.hosts[target]!.id, estimateMs: durationMs(play, vm, source, target),
      reason: reason('rollingMaintenance', `${options.reason.text}: ${pool.hosts[source]!.id} is to be emptied${play.stage[target] === STAGE.fresh ? `, ${pool.hosts[target]!.id} is done` : ''}`),
    })
    if (refusal) continue
    play.vmsOn[source]!.splice(play.vmsOn[source]!.indexOf(vm), 1)
    play.heldMib[target]! += pool.vms[vm]!.memoryMib
    if (options.load) play.heldMhz[target]! += options.load.vmShortMhz[vm]!
    play.sending[source]!++
    play.receiving[target]!++
    play.streams++
    play.moves.push({ vm, source, target })
    play.ends.push(play.nowMs + durationMs(play, vm, source, target), play.moves.length - 1)
    return true
  }
  return false
}

/** Fresh hosts, and those that take no part, with room and a lane now: the emptiest first. */
function doneTargets(play: Play, vm: number): number[] {
  const { stage } = play
  return play.pool.hosts.flatMap((_, host) => ((stage[host] === STAGE.fresh || stage[host] === STAGE.apart) && fits(play, vm, host) ? [host] : [])).sort((a, b) => fill(play, a) - fill(play, b) || a - b)
}

/** Hosts whose turn is yet to come: the fullest first, as they are long to leave anyway and the last ones are to be short. */
function oldTargets(play: Play, vm: number): number[] {
  return play.pool.hosts.flatMap((_, host) => (play.stage[host] === STAGE.old && fits(play, vm, host) ? [host] : [])).sort((a, b) => fill(play, b) - fill(play, a) || a - b)
}

const fill = ({ pool, heldMib }: Play, host: number): number => heldMib[host]! / memoryForVmsMib(pool.hosts[host]!)

function fits({ pool, heldMib, heldMhz, receiving, options: { limits, load, cpuFillMax } }: Play, vm: number, host: number): boolean {
  if (pool.hostPower[host] !== POWER.on || isFull(receiving[host]!, limits.hostIncomingMax)) return false
  if (limits.memoryEnforced && heldMib[host]! + pool.vms[vm]!.memoryMib > memoryForVmsMib(pool.hosts[host]!)) return false
  return load === null || heldMhz[host]! + load.vmShortMhz[vm]! <= cpuFillMax * cpuForVmsMhz(pool.hosts[host]!)
}

/** With all lanes of both hosts in use. */
function durationMs({ pool, options: { limits, load } }: Play, vm: number, source: number, target: number): number {
  const { memoryMib, dirtyMibPerS, cpuMhz } = pool.vms[vm]!
  const part = (host: number, lanes: number | null): number => pool.hosts[host]!.migrationLinkMibPerS / Math.max(1, lanes ?? 1)
  const busy = load === null ? 1 : Math.min(1, load.vmShortMhz[vm]! / Math.max(1, cpuMhz))
  const linkMibPerS = Math.min(TIMING.streamMibPerS, part(source, limits.hostOutgoingMax), part(target, limits.hostIncomingMax))
  return Math.ceil(precopy({ memoryMib, dirtyMibPerS: dirtyMibPerS * busy, linkMibPerS, downtimeMaxMs: TIMING.downtimeMaxMs, roundsMax: TIMING.roundsMax }).durationMs)
}

function end(play: Play, number: number): void {
  if (number < 0) {
    play.stage[-1 - number] = STAGE.fresh
    play.drainsMax = drainsMax(play.options.limits, play.hostCount)
    play.away--
    return
  }
  const { vm, source, target } = play.moves[number]!
  const { vmsOn, heldMib, heldMhz, options: { load }, pool } = play
  heldMib[source]! -= pool.vms[vm]!.memoryMib
  if (load) heldMhz[source]! -= load.vmShortMhz[vm]!
  play.sending[source]!--
  play.receiving[target]!--
  play.streams--
  vmsOn[target]!.push(vm)
  vmsOn[target]!.sort((a, b) => pool.vms[b]!.memoryMib - pool.vms[a]!.memoryMib || a - b)
  leaveIfEmpty(play, source)
}

/** An empty host whose turn it is goes off and on again. */
function leaveIfEmpty(play: Play, host: number): void {
  const { pool, stage, vmsOn, sending, receiving, sequence, options } = play
  if (stage[host] !== STAGE.leaving || vmsOn[host]!.length + sending[host]! + receiving[host]! > 0) return
  const { id, power } = pool.hosts[host]!
  const why = reason('rollingMaintenance', `${options.reason.text}: ${id} is empty and restarts`)
  if (append(sequence, { kind: 'powerOff', host: id, estimateMs: power.shutdownMs, reason: why })) return
  append(sequence, { kind: 'powerOn', host: id, estimateMs: power.bootMs, reason: why })
  stage[host] = STAGE.away
  play.away++
  play.ends.push(play.nowMs + patchMs(pool, host), -1 - host)
}

function leftReason({ pool, stage, vmsOn }: Play, host: number): Reason {
  const { id, powerManaged } = pool.hosts[host]!
  const fixed = vmsOn[host]!.filter((vm) => !canMove(pool, vm))
  if (fixed.length > 0) return reason('cannotLeave', `${id}: ${pool.vms[fixed[0]!]!.id} may not be migrated or does not run; stop it, or leave ${id} out`, { vms: fixed.length })
  if (stage[host] === STAGE.kept && vmsOn[host]!.length === 0) return reason('cannotRestart', `${id} is empty, but ${powerManaged ? 'too few hosts would stay on' : 'is not under power management'}`)
  return reason('noRoomToEmpty', `${id} can't be emptied: its ${vmsOn[host]!.length} VMs find no room on hosts that are done or come later; free memory, or take fewer hosts at once`, { vms: vmsOn[host]!.length })
}
