import { poolBudgets } from '../../model/poolBudgets.ts'
import { MODE, POWER, type Pool, cpuForVmsMhz, memoryForVmsMib } from '../../model/pool.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/resources.ts'
import { type Reason, reason } from '../../model/result.ts'
import { listNames, percent } from '../../model/text.ts'
import { isServing } from '../../model/transition.ts'
import { inForce } from '../windows.ts'
import type { GoalAnswer, GoalView, Wish } from '../wish.ts'

/** What power save remembers of a host, by index; NaN = never or not. */
export interface PowerMemory {
  readonly lowSinceMs: Float64Array
  readonly upSinceMs: Float64Array
  /** Hosts being emptied, first the one begun first. */
  readonly draining: readonly number[]
  /** Hosts that this goal powered off. */
  readonly poweredOff: readonly number[]
  readonly cycles: readonly { readonly host: number; readonly atMs: number }[]
  readonly wakeFailures: readonly { readonly host: number; readonly count: number; readonly notBeforeMs: number }[]
  /** After a window ended: VMs are still to be spread over the hosts that came back. */
  readonly spreading: boolean
}

export const noPowerMemory = (): PowerMemory => ({ lowSinceMs: new Float64Array(0), upSinceMs: new Float64Array(0), draining: [], poweredOff: [], cycles: [], wakeFailures: [], spreading: false })

/** What the last decision could not reach for want of hosts that are on. */
export interface Shortage {
  readonly unplaced: number
  readonly unrelieved: number
  readonly undrained: number
}

export const NO_SHORTAGE: Shortage = { unplaced: 0, unrelieved: 0, undrained: 0 }

/** A host that failed to wake this often stays out until a person clears it. */
const WAKE_FAILURES_MAX = 3
const WAKE_RETRY_MS = 10 * MINUTE_MS
/** Candidates beyond those wanted, for when the first can't be emptied. */
const FURTHER_CANDIDATES = 8

/**
 * Consolidates when hosts or the whole pool were little used, powers emptied hosts off, and wakes hosts for capacity,
 * for VMs that found no place, or when its window ends; then the VMs are spread again.
 */
export function powerSaveGoal(view: GoalView, before: PowerMemory, shortage: Shortage): GoalAnswer<PowerMemory> {
  const settings = view.policy.powerSave
  const memory = followHosts(view, before)
  if (!settings.enabled && before.poweredOff.length === 0 && !memory.spreading) return { wishes: [], note: reason('powerOff', 'Power save is switched off.'), memory: { ...memory, draining: [] } }
  if (!settings.enabled || !inForce(settings.windows, view.unixMs)) return bringBack(view, memory, shortage)
  const relief = relieveFull(view)
  const wakeUp = wakeForCapacity(view, memory, shortage)
  if (wakeUp) return { wishes: wakeUp.hosts.length > 0 ? [...relief, { goal: 'overload', reason: wakeUp.why, wake: wakeUp.hosts }] : relief, note: wakeUp.why, memory: { ...memory, draining: [], spreading: false } }
  const answer = consolidate(view, { ...memory, spreading: false })
  return { ...answer, wishes: [...relief, ...answer.wishes] }
}

/** Hosts that consolidation left too full as demand rose are relieved, onto those that were woken for it. */
function relieveFull({ pool, load, policy }: GoalView): Wish[] {
  const { utilizationHigh, fillMax } = policy.powerSave
  const full = hostsWhere(pool, (host) => isServing(pool, host) && load.hostKnown[host] === 1 && load.hostMeasured[host]! > utilizationHigh)
  if (full.length === 0) return []
  const why = reason('hostFull', `${listNames(full.map((host) => pool.hosts[host]!.id))} above ${percent(utilizationHigh)} of CPU after consolidation: relieve to ${percent(fillMax)}`, { hosts: full.length, utilizationHigh, fillMax })
  return [{ goal: 'overload', reason: why, relieve: full, relieveTo: fillMax }]
}

/** Hold times and lists kept in step with what the pool shows. */
function followHosts({ pool, load, policy, atMs }: GoalView, before: PowerMemory): PowerMemory {
  const lowSinceMs = new Float64Array(pool.hosts.length).fill(NaN)
  const upSinceMs = new Float64Array(pool.hosts.length).fill(NaN)
  const coveredMs = Math.min(policy.powerSave.onWindowMs, load.historyMs)
  for (let host = 0; host < pool.hosts.length; host++) {
    const low = isServing(pool, host) && load.hostKnown[host] === 1 && load.hostShort[host]! < policy.powerSave.utilizationLow
    const oldLow = before.lowSinceMs[host] ?? NaN
    if (low) lowSinceMs[host] = Number.isNaN(oldLow) ? atMs - coveredMs : oldLow
    const oldUp = before.upSinceMs[host] ?? NaN
    // A host that was on when the run began counts as up for ever.
    if (pool.hostPower[host] === POWER.on) upSinceMs[host] = Number.isNaN(oldUp) ? (before.upSinceMs.length === 0 ? -Infinity : atMs) : oldUp
  }
  return {
    ...before, lowSinceMs, upSinceMs,
    draining: before.draining.filter((host) => isServing(pool, host)),
    poweredOff: before.poweredOff.filter((host) => pool.hostPower[host] !== POWER.on),
    cycles: before.cycles.filter((cycle) => atMs - cycle.atMs < DAY_MS),
  }
}

interface WakeUp {
  readonly hosts: readonly number[]
  readonly why: Reason
}

/** Hosts to wake now, or null when there is capacity enough. An empty list with a reason: capacity is short, but nothing (more) can be woken. */
function wakeForCapacity(view: GoalView, memory: PowerMemory, shortage: Shortage): WakeUp | null {
  const { pool, policy } = view
  const cause = wakeCause(view, shortage)
  if (!cause) return null
  const booting = hostsWhere(pool, (host) => pool.hostPower[host] === POWER.poweringOn)
  const candidates = wakeable(view, memory)
  const { bootsAtOnceMax } = poolBudgets(policy, pool.hosts.length)
  let missingMhz = cause.missingMhz - sum(booting, (host) => cpuForVmsMhz(pool.hosts[host]!))
  let missingHosts = cause.missingHosts - booting.length
  const hosts: number[] = []
  for (const host of candidates) {
    if (booting.length + hosts.length >= bootsAtOnceMax || (missingMhz <= 0 && missingHosts <= 0)) break
    hosts.push(host)
    missingMhz -= cpuForVmsMhz(pool.hosts[host]!)
    missingHosts--
  }
  const rest = hosts.length > 0 ? '' : booting.length > 0 ? '; hosts are booting' : '; no host is left to wake'
  return { hosts, why: reason(cause.code, `${cause.text}${rest}`, cause.numbers) }
}

interface WakeCause {
  readonly code: string
  readonly text: string
  readonly numbers: Readonly<Record<string, number>>
  readonly missingMhz: number
  readonly missingHosts: number
}

function wakeCause(view: GoalView, shortage: Shortage): WakeCause | null {
  const { pool, policy } = view
  const settings = policy.powerSave
  const serving = hostsWhere(pool, (host) => isServing(pool, host))
  const demandMhz = sum(serving, (host) => view.load.hostShort[host]! * cpuForVmsMhz(pool.hosts[host]!))
  const usableMhz = usable(pool, serving, settings.reserveHosts, cpuForHost)
  if (shortage.unplaced > 0) return { code: 'wakeForPlacement', text: `${shortage.unplaced} VMs found no place on the hosts that are on`, numbers: { unplaced: shortage.unplaced }, missingMhz: 0, missingHosts: 1 }
  if (shortage.undrained > 0) return { code: 'wakeForMaintenance', text: `${shortage.undrained} VMs can't leave a host that enters maintenance`, numbers: { undrained: shortage.undrained }, missingMhz: 0, missingHosts: 1 }
  if (serving.length < settings.hostsOnMin) return { code: 'wakeForMinimum', text: `${serving.length} hosts serve, ${settings.hostsOnMin} must`, numbers: { serving: serving.length, hostsOnMin: settings.hostsOnMin }, missingMhz: 0, missingHosts: settings.hostsOnMin - serving.length }
  if (shortage.unrelieved > 0) return { code: 'wakeForRelief', text: `${shortage.unrelieved} loaded hosts can't be relieved by the hosts that are on`, numbers: { unrelieved: shortage.unrelieved }, missingMhz: 0, missingHosts: 1 }
  if (demandMhz <= settings.utilizationHigh * usableMhz) return null
  return {
    code: 'wakeForDemand', text: `demand is ${percent(demandMhz / Math.max(usableMhz, 1))} of the CPU that is on without ${settings.reserveHosts} reserve hosts, above ${percent(settings.utilizationHigh)}`,
    numbers: { demandMhz, usableMhz, utilizationHigh: settings.utilizationHigh }, missingMhz: demandMhz / settings.fillMax - usableMhz, missingHosts: 0,
  }
}

/** Hosts that may be woken: off, under power management, not out of service; most work per watt first. */
function wakeable({ pool, atMs }: GoalView, memory: PowerMemory): number[] {
  const ready = (host: number): boolean => {
    const failure = memory.wakeFailures.find((entry) => entry.host === host)
    const broken = pool.hostPower[host] === POWER.failed && !failure
    return !broken && (!failure || (failure.count < WAKE_FAILURES_MAX && atMs >= failure.notBeforeMs))
  }
  const off = hostsWhere(pool, (host) => (pool.hostPower[host] === POWER.off || pool.hostPower[host] === POWER.failed) && pool.hostMode[host] === MODE.available && pool.hosts[host]!.powerManaged && ready(host))
  const wattsPerMhz = (host: number): number => pool.hosts[host]!.power.curveW.at(-1)! / pool.hosts[host]!.capacity.cpuMhz
  return off.sort((a, b) => wattsPerMhz(a) - wattsPerMhz(b) || a - b)
}

/** The window ended (or the goal was switched off): all hosts it powered off come back, a few at a time, then the VMs are spread. */
function bringBack(view: GoalView, memory: PowerMemory, shortage: Shortage): GoalAnswer<PowerMemory> {
  const { pool, policy } = view
  const booting = hostsWhere(pool, (host) => pool.hostPower[host] === POWER.poweringOn)
  const back = wakeable(view, memory).filter((host) => memory.poweredOff.includes(host))
  const wake = back.slice(0, Math.max(0, poolBudgets(policy, pool.hosts.length).bootsAtOnceMax - booting.length))
  const needed = shortage.unplaced > 0 || shortage.undrained > 0 ? wakeForCapacity(view, memory, shortage) : null
  // Hosts in maintenance or out of service don't hold up the others.
  const returning = back.length > 0 || booting.some((host) => memory.poweredOff.includes(host))
  const gap = policy.evenDistribution.spreadMax
  const why = returning
    ? reason('windowEnded', `power save's window ended: ${back.length + booting.length} hosts come back`, { hosts: back.length + booting.length })
    : reason('powerOutsideWindow', 'Outside the windows of power save.')
  const wishes: Wish[] = []
  const hosts = [...new Set([...wake, ...(needed?.hosts ?? [])])]
  if (hosts.length > 0) wishes.push({ goal: 'schedule', reason: needed && wake.length === 0 ? needed.why : why, wake: hosts })
  const spreading = returning || (memory.spreading && !isSpread(view, gap))
  if (!returning && spreading) wishes.push({ goal: 'schedule', reason: reason('spreadAgain', 'hosts came back after power save: the VMs are spread again', { spreadMax: gap }), spreadMax: gap })
  return { wishes, note: wishes[0]?.reason ?? why, memory: { ...memory, draining: [], spreading } }
}

function isSpread({ pool, load }: GoalView, gapMax: number): boolean {
  const used = hostsWhere(pool, (host) => isServing(pool, host)).map((host) => load.hostShort[host]!)
  return used.length < 2 || Math.max(...used) - Math.min(...used) <= gapMax
}

/** Names hosts to empty when demand was low for long enough, or says what keeps them on. */
function consolidate(view: GoalView, memory: PowerMemory): GoalAnswer<PowerMemory> {
  const { pool, load, policy } = view
  const settings = policy.powerSave
  const stay = (code: string, text: string, numbers: Readonly<Record<string, number>> = {}): GoalAnswer<PowerMemory> => ({ wishes: [], note: reason(code, text, numbers), memory: { ...memory, draining: [] } })
  if (load.historyMs < settings.offWindowMs) return stay('historyShort', `power-off looks at ${settings.offWindowMs / MINUTE_MS} min of demand, ${Math.round(load.historyMs / MINUTE_MS)} min are known`)
  if (pool.hostReachable.subarray(0, pool.hosts.length).includes(0)) return stay('poolUnknown', 'a host does not answer: no host is powered off until all do')
  const serving = hostsWhere(pool, (host) => isServing(pool, host))
  if (serving.length <= Math.max(1, settings.hostsOnMin)) return stay('hostsOnMin', `${serving.length} hosts serve, ${settings.hostsOnMin} must stay on`, { serving: serving.length, hostsOnMin: settings.hostsOnMin })
  const poolLow = poolIsLow(view, serving)
  const candidates = memory.draining.concat(order(view, serving).filter((host) => !memory.draining.includes(host))).filter((host) => mayDrain(view, memory, host, poolLow))
  if (candidates.length === 0) return stay('noHostLow', `no host was below ${percent(settings.utilizationLow)} of CPU for the hold time and free to be switched off`, { utilizationLow: settings.utilizationLow })
  const paying = candidates.filter((host) => netSavingWh(view, host) > 0)
  if (paying.length === 0) return stay('doesNotPay', `emptying ${pool.hosts[candidates[0]!]!.id} and booting it again costs more energy than ${settings.offWindowMs / MINUTE_MS} min off would save`, { netSavingWh: netSavingWh(view, candidates[0]!) })
  const carries = restCarries(view, serving)
  const { hostsDrainedAtOnceMax } = poolBudgets(policy, pool.hosts.length)
  const spare = paying.filter(carries).slice(0, hostsDrainedAtOnceMax + FURTHER_CANDIDATES)
  if (spare.length === 0) return stay('demandTooHigh', `without one more host, demand of the last ${settings.offWindowMs / MINUTE_MS} min would fill the rest beyond ${percent(settings.fillMax)} or its memory`, { poolPeakMhz: load.poolPeakMhz })
  const why = reason('consolidate', `demand of the last ${settings.offWindowMs / MINUTE_MS} min fits fewer hosts, filled to ${percent(settings.fillMax)}`, { serving: serving.length, poolPeakMhz: load.poolPeakMhz, fillMax: settings.fillMax, netSavingWh: netSavingWh(view, spare[0]!) })
  return { wishes: [{ goal: 'consolidation', reason: why, empty: spare, emptyMax: hostsDrainedAtOnceMax }], note: why, memory }
}

/** Least utilized first; among equals the one with least work per watt. */
function order({ pool, load }: GoalView, serving: readonly number[]): number[] {
  const wattsPerMhz = (host: number): number => pool.hosts[host]!.power.curveW.at(-1)! / pool.hosts[host]!.capacity.cpuMhz
  return [...serving].sort((a, b) => load.hostShort[a]! - load.hostShort[b]! || wattsPerMhz(b) - wattsPerMhz(a) || a - b)
}

function poolIsLow({ pool, load, policy }: GoalView, serving: readonly number[]): boolean {
  return load.poolPeakMhz < policy.powerSave.poolUtilizationMin * sum(serving, (host) => cpuForVmsMhz(pool.hosts[host]!))
}

function mayDrain({ pool, load, policy, atMs }: GoalView, memory: PowerMemory, host: number, poolLow: boolean): boolean {
  const settings = policy.powerSave
  const cycles = memory.cycles.filter((cycle) => cycle.host === host).length
  const low = poolLow || atMs - memory.lowSinceMs[host]! >= settings.holdMs
  return (
    low && load.hostKnown[host] === 1 && pool.hosts[host]!.powerManaged && pool.hostIncoming[host] === 0 &&
    cycles < settings.powerCyclesPerHostDayMax && atMs - memory.upSinceMs[host]! >= settings.hostOnMinMs
  )
}

/**
 * Benefit less cost of emptying a host: its idle power saved for one off-window, the least it is expected to stay off,
 * less the boot, the shutdown and one core busy at both ends while its VMs are sent at the link's rate.
 */
function netSavingWh({ pool, policy }: GoalView, host: number): number {
  const { power, cores, migrationLinkMibPerS } = pool.hosts[host]!
  const { offWindowMs } = policy.powerSave
  const idleW = power.curveW[0]!
  const coreW = (power.curveW.at(-1)! - idleW) / cores
  const sendMs = (1000 * pool.hostMemoryMib[host]!) / migrationLinkMibPerS
  const costWms = power.bootW * power.bootMs + power.shutdownW * power.shutdownMs + 2 * coreW * sendMs
  return ((idleW - power.offW) * offWindowMs - costWms) / HOUR_MS
}

/** Whether the other serving hosts, less the reserve, carry the long window's peak and all memory without one host. */
function restCarries({ pool, load, policy, memoryEnforced }: GoalView, serving: readonly number[]): (without: number) => boolean {
  const { fillMax, reserveHosts } = policy.powerSave
  const memoryMib = sum(serving, (host) => pool.hostMemoryMib[host]!)
  const cpuLeftMhz = usableWithout(pool, serving, reserveHosts, cpuForHost)
  const memoryLeftMib = usableWithout(pool, serving, reserveHosts, memoryForVmsMib)
  return (host) => load.poolPeakMhz <= fillMax * cpuLeftMhz(host) && (!memoryEnforced || memoryMib <= memoryLeftMib(host))
}

const cpuForHost = (host: Pool['hosts'][number]): number => cpuForVmsMhz(host)

/** Capacity of hosts without the `reserve` largest of them. */
const usable = (pool: Pool, hosts: readonly number[], reserve: number, capacity: (host: Pool['hosts'][number]) => number): number =>
  hosts.map((host) => capacity(pool.hosts[host]!)).sort((a, b) => a - b).slice(0, Math.max(0, hosts.length - reserve)).reduce((total, size) => total + size, 0)

/** The same with one more host left out, for many such hosts. */
function usableWithout(pool: Pool, hosts: readonly number[], reserve: number, capacity: (host: Pool['hosts'][number]) => number): (without: number) => number {
  const total = sum(hosts, (host) => capacity(pool.hosts[host]!))
  const largest = hosts.map((host) => capacity(pool.hosts[host]!)).sort((a, b) => b - a).slice(0, reserve + 1)
  const reserved = largest.slice(0, reserve).reduce((a, b) => a + b, 0)
  const next = largest[reserve] ?? 0
  return (without) => {
    const own = capacity(pool.hosts[without]!)
    const inReserve = reserve > 0 && own >= largest[Math.min(reserve, largest.length) - 1]!
    return inReserve ? total - reserved - next : total - own - reserved
  }
}

/** What the end of a power step changes. */
export function afterPowerStep(memory: PowerMemory, host: number, kind: 'powerOn' | 'powerOff', ok: boolean, atMs: number): PowerMemory {
  const others = memory.wakeFailures.filter((entry) => entry.host !== host)
  if (kind === 'powerOff') return ok ? { ...memory, draining: memory.draining.filter((other) => other !== host), poweredOff: [...memory.poweredOff, host], cycles: [...memory.cycles, { host, atMs }] } : memory
  if (ok) return { ...memory, wakeFailures: others }
  const count = (memory.wakeFailures.find((entry) => entry.host === host)?.count ?? 0) + 1
  return { ...memory, wakeFailures: [...others, { host, count, notBeforeMs: atMs + WAKE_RETRY_MS * 2 ** (count - 1) }] }
}

function hostsWhere(pool: Pool, claim: (host: number) => boolean): number[] {
  const hosts: number[] = []
  for (let host = 0; host < pool.hosts.length; host++) if (claim(host)) hosts.push(host)
  return hosts
}

const sum = (hosts: readonly number[], amount: (host: number) => number): number => hosts.reduce((total, host) => total + amount(host), 0)
