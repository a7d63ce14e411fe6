import { POWER } from '../../../model/pool.ts'
import { DAY_MS, MINUTE_MS } from '../../../model/resources.ts'
import type { PowerSaveSettings } from '../../../model/policy.ts'
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
  /** Failures in a row, and when the host is tried again at the earliest; Infinity: not before a person clears it. */
  readonly wakeFailures: readonly { readonly host: number; readonly count: number; readonly notBeforeMs: number }[]
  /** Before a window ends: its hosts come back, and no other is emptied until it is shut. */
  readonly returning: boolean
  /** After a window ended: VMs are still to be spread over the hosts that came back. */
  readonly spreading: boolean
}

export const noPowerMemory = (): PowerMemory => ({ lowSinceMs: new Float64Array(0), upSinceMs: new Float64Array(0), draining: [], poweredOff: [], cycles: [], wakeFailures: [], returning: false, spreading: false })

/** What the last decision could not reach for want of hosts that are on. */
export interface Shortage {
  readonly unplaced: number
  readonly unrelieved: number
  readonly undrained: number
}

export const NO_SHORTAGE: Shortage = { unplaced: 0, unrelieved: 0, undrained: 0 }

const WAKE_RETRY_MS = 10 * MINUTE_MS

/** Hold times and lists kept in step with what the pool shows. */
export function followHosts({ pool, load, policy, atMs }: GoalView, before: PowerMemory): PowerMemory {
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

/** What the end of a power step changes. */
export function afterPowerStep(memory: PowerMemory, { wakeFailuresMax, quarantineMs }: PowerSaveSettings, host: number, kind: 'powerOn' | 'powerOff', ok: boolean, atMs: number): PowerMemory {
  const others = memory.wakeFailures.filter((entry) => entry.host !== host)
  if (kind === 'powerOff') return ok ? { ...memory, draining: memory.draining.filter((other) => other !== host), poweredOff: [...memory.poweredOff, host], cycles: [...memory.cycles, { host, atMs }] } : memory
  if (ok) return { ...memory, wakeFailures: others }
  const count = (memory.wakeFailures.find((entry) => entry.host === host)?.count ?? 0) + 1
  const waitMs = count < wakeFailuresMax ? WAKE_RETRY_MS * 2 ** (count - 1) : (quarantineMs ?? Infinity)
  return { ...memory, wakeFailures: [...others, { host, count, notBeforeMs: atMs + waitMs }] }
}

/** A person looked at the host: that it failed to wake is forgotten. */
export const clearWakeFailures = (memory: PowerMemory, host: number): PowerMemory => ({ ...memory, wakeFailures: memory.wakeFailures.filter((entry) => entry.host !== host) })
