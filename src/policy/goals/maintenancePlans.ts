import { POWER, type Pool, memoryForVmsMib } from '../../model/pool.ts'
import { type Reason, reason } from '../../model/result.ts'
import { duration, listNames } from '../../model/text.ts'
import { isServing } from '../../model/transition.ts'
import type { GoalView } from '../wish.ts'
import { type MaintenanceEntry, type MaintenanceMemory, type ModeChange, type PlannedMaintenance, methodFor, requestMaintenance } from './maintenance.ts'
import { type Blocker, maintenanceBlockers } from './maintenanceBlockers.ts'

/** What became due of maintenance that was asked for in advance, and of a rolling one. */
export interface Followed {
  readonly memory: MaintenanceMemory
  readonly modes: readonly ModeChange[]
  /** What people are told, each time. */
  readonly said: readonly Reason[]
}

/** Lets hosts enter and leave at their times, and a rolling maintenance go on to its next hosts. */
export function followPlans(view: GoalView, memory: MaintenanceMemory): Followed {
  return [leaveInTime, enterInTime, settleRolling, beginNext].reduce<Followed>((so, follow) => {
    const next = follow(view, so.memory)
    return next === null ? so : { memory: next.memory, modes: [...so.modes, ...next.modes], said: [...so.said, ...next.said] }
  }, { memory, modes: [], said: [] })
}

const nameOf = ({ pool }: GoalView, host: number): string => pool.hosts[host]!.id

/** A host that does not answer, or failed, is not back: it stays in maintenance until it does. */
const answers = ({ hostReachable, hostPower }: Pool, host: number): boolean => hostReachable[host] === 1 && hostPower[host] !== POWER.failed

function leaveInTime(view: GoalView, memory: MaintenanceMemory): Followed | null {
  const due = memory.entries.filter((entry) => entry.phase !== 'leaving' && isOver(entry, view.atMs) && answers(view.pool, entry.host))
  return due.length === 0 ? null : due.reduce<Followed>((so, { host, phase }) => {
    const left = requestMaintenance(view.pool, so.memory, host, 'leave', null, view.atMs)
    const why = phase === 'in' ? left.reason : reason('maintenanceMissed', `${nameOf(view, host)} was not empty when its maintenance was to end: it is given back, its VMs return`)
    return { memory: left.memory, modes: [...so.modes, ...left.modes], said: [...so.said, why] }
  }, { memory, modes: [], said: [] })
}

const isOver = ({ leaveAtMs, stayMs, inSinceMs }: MaintenanceEntry, atMs: number): boolean =>
  (leaveAtMs !== null && atMs >= leaveAtMs) || (stayMs !== null && inSinceMs !== null && atMs - inSinceMs >= stayMs)

function enterInTime(view: GoalView, memory: MaintenanceMemory): Followed | null {
  const { warnAheadMs } = view.policy.maintenance
  const due = memory.planned.filter(({ atMs }) => view.atMs >= atMs)
  const soon = memory.planned.filter(({ atMs, warned }) => !warned && view.atMs < atMs && view.atMs >= atMs - warnAheadMs)
  if (due.length + soon.length === 0) return null
  const planned = memory.planned.filter((plan) => !due.includes(plan)).map((plan) => (soon.includes(plan) ? { ...plan, warned: true } : plan))
  return due.reduce<Followed>((so, plan) => entered(view, so, plan), { memory: { ...memory, planned }, modes: [], said: soon.map((plan) => warning(view, plan)) })
}

function entered(view: GoalView, so: Followed, { host, atMs, durationMs, method }: PlannedMaintenance): Followed {
  const leaveAtMs = durationMs === null ? null : atMs + durationMs
  if (leaveAtMs !== null && view.atMs >= leaveAtMs) return { ...so, said: [...so.said, reason('maintenanceMissed', `${nameOf(view, host)} was to be in maintenance until ${duration(view.atMs - leaveAtMs)} ago, when nobody looked: it stays in service; plan it anew`)] }
  const request = requestMaintenance(view.pool, so.memory, host, 'enter', method, view.atMs)
  const entries = request.memory.entries.map((entry) => (entry.host === host ? { ...entry, leaveAtMs } : entry))
  return { memory: { ...request.memory, entries }, modes: [...so.modes, ...request.modes], said: [...so.said, request.reason] }
}

function warning(view: GoalView, { host, atMs, method }: PlannedMaintenance): Reason {
  const blockers = lasting(view, host, method)
  const begin = `${nameOf(view, host)} enters maintenance in ${duration(atMs - view.atMs)}`
  if (blockers.length === 0) return reason('maintenanceSoon', `${begin}; nothing is known that keeps it`, { inMs: atMs - view.atMs })
  return reason('maintenanceSoon', `${begin}, but can't be emptied: ${toldOf(blockers)}`, { inMs: atMs - view.atMs, blockers: blockers.length })
}

/** What keeps a host and does not pass by itself. */
export function lasting(view: GoalView, host: number, method: MaintenanceEntry['method']): Blocker[] {
  const entry: MaintenanceEntry = { host, method, phase: 'entering', sinceMs: view.atMs, inSinceMs: null, leaveAtMs: null, stayMs: null }
  return maintenanceBlockers(view.pool, host, (vm) => methodFor(view, entry, vm)).filter(({ code }) => code !== 'vmBusy' && code !== 'noOtherHost')
}

const toldOf = (blockers: readonly Blocker[]): string => `${blockers.slice(0, 3).map(({ text, fix }) => `${text} (${fix})`).join('; ')}${blockers.length > 3 ? `; and ${blockers.length - 3} more` : ''}`

/** Enters which hosts of a rolling maintenance are whole again, and ends it where one can't be emptied or does not come back. */
function settleRolling(view: GoalView, memory: MaintenanceMemory): Followed | null {
  const { rolling, entries } = memory
  if (rolling === null || rolling.away.length === 0) return null
  const entryOf = (host: number): MaintenanceEntry | undefined => entries.find((entry) => entry.host === host)
  const back = rolling.away.filter((host) => entryOf(host) === undefined)
  const away = rolling.away.filter((host) => !back.includes(host))
  const settled: MaintenanceMemory = back.length === 0 ? memory : { ...memory, rolling: { ...rolling, away, finished: [...rolling.finished, ...back] } }
  const lost = away.find((host) => entryOf(host)!.phase === 'leaving' && !answers(view.pool, host))
  if (rolling.stopped === null && lost !== undefined) return stopped(view, settled, reason('rollingStopped', `${nameOf(view, lost)} does not answer after its maintenance: no further host begins; look at it, then ask for the rest again`))
  const { enterWithinMs } = view.policy.maintenance
  const stuck = away.find((host) => entryOf(host)!.phase === 'entering' && view.atMs - entryOf(host)!.sinceMs >= enterWithinMs)
  if (rolling.stopped === null && stuck !== undefined) return stopped(view, settled, reason('rollingStopped', `${nameOf(view, stuck)} could not be emptied within ${duration(enterWithinMs)}: it is given back and no further host begins; ${whyNot(view, stuck, rolling.method)}`))
  if (away.length + rolling.waiting.length === 0) return { memory: { ...settled, rolling: null }, modes: [], said: [reason('rollingDone', `The rolling maintenance is over: ${listNames([...rolling.finished, ...back].map((host) => nameOf(view, host)))} went through it.`, { hosts: rolling.finished.length + back.length })] }
  if (away.length === 0 && rolling.stopped !== null) return { memory: { ...settled, rolling: null }, modes: [], said: [] }
  return back.length === 0 ? null : { memory: settled, modes: [], said: back.map((host) => reason('rollingBack', `${nameOf(view, host)} went through the rolling maintenance`)) }
}

function whyNot(view: GoalView, host: number, method: MaintenanceEntry['method']): string {
  const blockers = lasting(view, host, method)
  return blockers.length > 0 ? toldOf(blockers) : 'its VMs found no room elsewhere with the room for failures kept: free memory, wake a host, or keep room for fewer failures'
}

/** Hosts that are being emptied go back into service; those that are empty already stay until they leave as was agreed. */
export function stopped(view: GoalView, memory: MaintenanceMemory, why: Reason): Followed {
  const rolling = memory.rolling!
  const rest = rolling.waiting.length === 0 ? '' : ` (not begun: ${listNames(rolling.waiting.map((host) => nameOf(view, host)))})`
  const given = memory.entries.filter(({ host, phase }) => phase === 'entering' && rolling.away.includes(host))
  const said = reason(why.code, `${why.text}${rest}`, why.numbers)
  return given.reduce<Followed>((so, { host }) => {
    const left = requestMaintenance(view.pool, so.memory, host, 'leave', null, view.atMs)
    return { memory: left.memory, modes: [...so.modes, ...left.modes], said: so.said }
  }, { memory: { ...memory, rolling: { ...rolling, waiting: [], stopped: said } }, modes: [], said: [said] })
}

/** Lets as many further hosts begin as may be away; one whose VMs can't leave ends it before anything is touched. */
function beginNext(view: GoalView, memory: MaintenanceMemory): Followed | null {
  const { rolling } = memory
  if (rolling === null || rolling.stopped !== null || rolling.waiting.length === 0) return null
  const host = rolling.waiting[0]!
  if (rolling.away.length > 0 && !mayGoToo(view, [...rolling.away, host])) return null
  const name = nameOf(view, host)
  const already = memory.entries.find((entry) => entry.host === host)
  if (already?.phase === 'leaving') return null
  if (already !== undefined) return { memory: { ...memory, rolling: { ...rolling, waiting: rolling.waiting.slice(1) } }, modes: [], said: [reason('rollingSkips', `${name} is left out of the rolling maintenance: it was taken out meanwhile`)] }
  const blockers = lasting(view, host, rolling.method)
  if (blockers.length > 0) return stopped(view, memory, reason('rollingStopped', `${name} can't be emptied: ${toldOf(blockers)}`))
  const request = requestMaintenance(view.pool, memory, host, 'enter', rolling.method, view.atMs)
  const entries = request.memory.entries.map((entry) => (entry.host === host ? { ...entry, stayMs: rolling.stayMs } : entry))
  const begun: Followed = { memory: { ...request.memory, entries, rolling: { ...rolling, waiting: rolling.waiting.slice(1), away: [...rolling.away, host] } }, modes: request.modes, said: [reason('rollingNext', `${name} is next in the rolling maintenance: ${rolling.finished.length} hosts are through, ${rolling.waiting.length - 1} wait`)] }
  const more = beginNext(view, begun.memory)
  return more === null ? begun : { memory: more.memory, modes: [...begun.modes, ...more.modes], said: [...begun.said, ...more.said] }
}

/** Whether these hosts may be away together: no more than the policy says, and room for all VMs after so many failures of others. */
function mayGoToo({ pool, policy }: GoalView, away: readonly number[]): boolean {
  const { hostFailures } = policy.availability
  if (away.length > policy.maintenance.hostsAtOnceMax) return false
  const sizes = pool.hosts.flatMap((other, at) => (!away.includes(at) && isServing(pool, at) ? [memoryForVmsMib(other)] : [])).sort((a, b) => b - a)
  const heldMib = pool.hosts.reduce((sum, _, at) => sum + pool.hostMemoryMib[at]!, 0)
  return sizes.slice(hostFailures).reduce((sum, mib) => sum + mib, 0) >= heldMib
}
