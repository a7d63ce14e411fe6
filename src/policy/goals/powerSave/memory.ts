import { DRILL, type PowerStep } from '../../../model/plan.ts'
import { POWER } from '../../../model/pool.ts'
import { DAY_MS, MINUTE_MS } from '../../../model/resources.ts'
import type { PowerSaveSettings } from '../../../model/policy.ts'
import { type DemandDays, NO_DEMAND_DAYS, rememberDemand } from './offTime.ts'
import { isServing } from '../../../model/transition.ts'
import type { GoalView } from '../../wish.ts'

/** What power save remembers of a host, by index; NaN = never or not. */
export interface PowerMemory {
  readonly lowSinceMs: Float64Array
  readonly upSinceMs: Float64Array
  /** Hosts being emptied, first the one begun first. */
  readonly draining: readonly number[]
  /** Hosts that this goal powered off. */
  readonly poweredOff: readonly number[]
  readonly cycles: readonly { readonly host: number; readonly atMs: number }[]
  /** Times each host was powered off and when that was last, since the run began. */
  readonly wear: readonly { readonly host: number; readonly times: number; readonly lastMs: number }[]
  /** When each host was last seen to wake, whoever asked for it; none: never, or it failed to when it was last tried. */
  readonly wakes: readonly { readonly host: number; readonly atMs: number }[]
  /** Hosts that were powered off only to see whether they wake, until they are on. */
  readonly drilling: readonly number[]
  /** Empty unless the policy learns from it. */
  readonly demandDays: DemandDays
  /** Failures in a row, and when the host is tried again at the earliest; Infinity: not before a person clears it. */
  readonly wakeFailures: readonly { readonly host: number; readonly count: number; readonly notBeforeMs: number }[]
  /** Before a window ends: its hosts come back, and no other is emptied until it is shut. */
  readonly returning: boolean
  /** After a window ended: VMs are still to be spread over the hosts that came back. */
  readonly spreading: boolean
}

export const noPowerMemory = (): PowerMemory => ({ lowSinceMs: new Float64Array(0), upSinceMs: new Float64Array(0), draining: [], poweredOff: [], cycles: [], wear: [], wakes: [], drilling: [], demandDays: NO_DEMAND_DAYS, wakeFailures: [], returning: false, spreading: false })

/** What the last decision could not reach for want of hosts that are on. */
export interface Shortage {
  readonly unplaced: number
  readonly unrelieved: number
  readonly undrained: number
}

export const NO_SHORTAGE: Shortage = { unplaced: 0, unrelieved: 0, undrained: 0 }

const WAKE_RETRY_MS = 10 * MINUTE_MS

/** Hold times and lists kept in step with what the pool shows. */
export function followHosts({ pool, load, policy, atMs, unixMs }: GoalView, before: PowerMemory): PowerMemory {
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
    drilling: before.drilling.filter((host) => pool.hostPower[host] !== POWER.on),
    cycles: before.cycles.filter((cycle) => atMs - cycle.atMs < DAY_MS),
    demandDays: policy.powerSave.offLearned ? rememberDemand(before.demandDays, unixMs, load.vmShortMhz.reduce((sum, mhz) => sum + mhz, 0)) : NO_DEMAND_DAYS,
  }
}

/** What the end of a power step of this goal changes. */
export function afterPowerStep(memory: PowerMemory, settings: PowerSaveSettings, host: number, { kind, reason: { code } }: PowerStep, ok: boolean, atMs: number): PowerMemory {
  const isDrill = code === DRILL
  if (kind === 'powerOff') return ok ? afterPowerOff(isDrill ? { ...memory, drilling: [...memory.drilling, host] } : memory, host, atMs) : memory
  const others = memory.wakeFailures.filter((entry) => entry.host !== host)
  if (!ok) return { ...memory, wakeFailures: [...others, failedAgain(memory, settings, host, atMs)] }
  // It came up for no demand: what keeps hosts on after that, lest they go up and down with it, does not hold here.
  return { ...memory, wakeFailures: others, ...(isDrill ? { upSinceMs: memory.upSinceMs.map((sinceMs, other) => (other === host ? -Infinity : sinceMs)) } : {}) }
}

function afterPowerOff(memory: PowerMemory, host: number, atMs: number): PowerMemory {
  const worn = memory.wear.find((entry) => entry.host === host)?.times ?? 0
  return {
    ...memory, draining: memory.draining.filter((other) => other !== host), poweredOff: [...memory.poweredOff, host], cycles: [...memory.cycles, { host, atMs }],
    wear: [...memory.wear.filter((entry) => entry.host !== host), { host, times: worn + 1, lastMs: atMs }],
  }
}

/** A host that this goal powered off before the run began is brought back as others are; one of a drill at once. */
export function foundOff(memory: PowerMemory, host: number, code: string): PowerMemory {
  if (memory.poweredOff.includes(host)) return memory
  return { ...memory, poweredOff: [...memory.poweredOff, host], drilling: code === DRILL ? [...memory.drilling, host] : memory.drilling }
}

function failedAgain(memory: PowerMemory, { wakeFailuresMax, quarantineMs }: PowerSaveSettings, host: number, atMs: number): PowerMemory['wakeFailures'][number] {
  const count = (memory.wakeFailures.find((entry) => entry.host === host)?.count ?? 0) + 1
  const waitMs = count < wakeFailuresMax ? WAKE_RETRY_MS * 2 ** (count - 1) : (quarantineMs ?? Infinity)
  return { host, count, notBeforeMs: atMs + waitMs }
}

/** A host came up when it was woken, whoever asked for it, or did not: what that proves of it. */
export function afterWake(memory: PowerMemory, host: number, ok: boolean, atMs: number): PowerMemory {
  const others = memory.wakes.filter((wake) => wake.host !== host)
  return { ...memory, wakes: ok ? [...others, { host, atMs }] : others }
}

/** A person looked at the host: that it failed to wake is forgotten. */
export const clearWakeFailures = (memory: PowerMemory, host: number): PowerMemory => ({ ...memory, wakeFailures: memory.wakeFailures.filter((entry) => entry.host !== host) })
