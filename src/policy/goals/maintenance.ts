import { followPlans } from './maintenancePlans.ts'
import { MODE, NOWHERE, POWER, VM, type MaintenanceMethod, type Pool } from '../../model/pool.ts'
import { type Reason, reason } from '../../model/result.ts'
import { listNames } from '../../model/text.ts'
import type { GoalAnswer, GoalView, Wish } from '../wish.ts'

/** A host's way through maintenance: a durable wish of the operator. */
export interface MaintenanceEntry {
  readonly host: number
  readonly method: MaintenanceMethod | null
  readonly phase: 'entering' | 'in' | 'leaving'
  readonly sinceMs: number
  /** When the host was empty; null: it is not yet. */
  readonly inSinceMs: number | null
  /** When it comes back by itself: at an instant, or so long after it was empty. Both null: when somebody says so. */
  readonly leaveAtMs: number | null
  readonly stayMs: number | null
}

/** A VM that maintenance took from its home. */
export interface Displaced {
  readonly vm: number
  /** When the VM took its slot: tells it from a later VM in the same slot. */
  readonly vmSinceMs: number
  readonly home: number
  readonly how: 'migrated' | 'shutdown' | 'suspended'
}

/** Maintenance that was asked for in advance. */
export interface PlannedMaintenance {
  readonly host: number
  readonly atMs: number
  /** Null: it stays until somebody says that it leaves. */
  readonly durationMs: number | null
  readonly method: MaintenanceMethod | null
  /** Whether it was told what is to come, and what stands in its way. */
  readonly warned: boolean
}

/** Hosts that go through maintenance a few at a time: the next when one before is back with its VMs. */
export interface RollingMaintenance {
  readonly waiting: readonly number[]
  readonly away: readonly number[]
  readonly finished: readonly number[]
  readonly method: MaintenanceMethod | null
  /** How long each stays; null: until somebody, such as a hook that has patched it, says that it leaves. */
  readonly stayMs: number | null
  /** Why no further host begins; null: they do. */
  readonly stopped: Reason | null
}

export interface MaintenanceMemory {
  readonly entries: readonly MaintenanceEntry[]
  readonly displaced: readonly Displaced[]
  readonly planned: readonly PlannedMaintenance[]
  readonly rolling: RollingMaintenance | null
}

export const noMaintenance: MaintenanceMemory = { entries: [], displaced: [], planned: [], rolling: null }

/** Changes of a host's mode that the goal asks for. */
export interface ModeChange {
  readonly host: number
  readonly mode: 'available' | 'entering' | 'maintenance'
}

/**
 * Takes hosts out of all automation as their operators wish, and brings their VMs back afterwards. Each VM is migrated,
 * shut down, suspended or left as it or the request says; a VM that can't be migrated stays and keeps the host in
 * `entering`: a failed evacuation never stops a VM.
 */
export function maintenanceGoal(view: GoalView, before: MaintenanceMemory): GoalAnswer<MaintenanceMemory> & { readonly modes: readonly ModeChange[]; readonly dropped: readonly Reason[] } {
  const { memory, modes: planned, said } = followPlans(view, before)
  const modes: ModeChange[] = [...planned]
  const entries = memory.entries.map((entry) => {
    // A host that begins just now is asked for its VMs from the next decision on, when it takes no new ones any more.
    if (entry.phase !== 'entering' || planned.some(({ host }) => host === entry.host) || !isEvacuated(view, entry)) return entry
    modes.push({ host: entry.host, mode: 'maintenance' })
    return { ...entry, phase: 'in' as const, inSinceMs: view.atMs }
  })
  const { kept, dropped } = stillDisplaced(view, entries, memory.displaced)
  const remaining = entries.filter((entry) => entry.phase !== 'leaving' || kept.some(({ home }) => home === entry.host) || isBeingLeft(view.pool, entry.host))
  const wishes = [evacuationWish(view, remaining), returnWish(view, remaining, kept)].filter((wish) => wish !== null)
  return { wishes, note: wishes[0]?.reason ?? reason('noMaintenance', 'No host is entering or leaving maintenance.'), memory: { ...memory, entries: remaining, displaced: kept }, modes, dropped: [...said, ...dropped] }
}

/** The way a VM leaves this host. */
export function methodFor({ pool, policy }: GoalView, entry: MaintenanceEntry, vm: number): MaintenanceMethod {
  return pool.vms[vm]!.onMaintenance ?? entry.method ?? policy.maintenance.method
}

/** Nothing runs, arrives or leaves there any more but what is to be left there. */
function isEvacuated(view: GoalView, entry: MaintenanceEntry): boolean {
  const { pool } = view
  if (pool.hostPower[entry.host] === POWER.off) return true
  if (pool.hostIncoming[entry.host]! > 0) return false
  return residents(pool, entry.host).every((vm) => pool.vmState[vm] === VM.running && methodFor(view, entry, vm) === 'leave')
}

/** Whether a VM is on its way out still, as when the host came back in the middle of its evacuation: it will have to return. */
const isBeingLeft = (pool: Pool, host: number): boolean => residents(pool, host).some((vm) => pool.vmState[vm] === VM.stopping || pool.vmState[vm] === VM.migrating)

function evacuationWish(view: GoalView, entries: readonly MaintenanceEntry[]): Wish | null {
  const entering = entries.filter(({ phase }) => phase === 'entering')
  if (entering.length === 0) return null
  const stay: number[] = []
  const stop: { vm: number; how: 'shutdown' | 'suspend' }[] = []
  const unmet: Reason[] = []
  for (const entry of entering)
    for (const vm of residents(view.pool, entry.host)) {
      const method = methodFor(view, entry, vm)
      if (method === 'leave') stay.push(vm)
      else if (method !== 'migrate' && view.pool.vmState[vm] === VM.running) stop.push({ vm, how: method })
      else if (method === 'migrate' && !view.pool.vms[vm]!.movable) unmet.push(cannotMigrate(view.pool, vm, entry.host))
    }
  const names = entering.map(({ host }) => view.pool.hosts[host]!.id)
  return {
    goal: 'maintenance', reason: reason('evacuate', `${listNames(names)} enters maintenance`, { hosts: entering.length }),
    evacuate: entering.map(({ host }) => host), stay, stop, unmet,
  }
}

const cannotMigrate = (pool: Pool, vm: number, host: number): Reason =>
  reason('vmNotMovable', `${pool.vms[vm]!.id} may not be migrated and keeps ${pool.hosts[host]!.id} from maintenance: shut it down or suspend it, or let it stay (onMaintenance)`)

/** Home again, but only where it fits below the fill limit: nothing is pushed away for it. */
function returnWish(view: GoalView, entries: readonly MaintenanceEntry[], displaced: readonly Displaced[]): Wish | null {
  const back = displaced.filter(({ home }) => entries.some((entry) => entry.host === home && entry.phase === 'leaving'))
  if (back.length === 0) return null
  const homes = [...new Set(back.map(({ home }) => view.pool.hosts[home]!.id))]
  return {
    goal: 'maintenance', reason: reason('moveBack', `${listNames(homes)} is back from maintenance: its VMs return`, { vms: back.length }),
    prefer: back.map(({ vm, home }) => ({ vm, host: home })),
    place: back.filter(({ vm }) => view.pool.vmState[vm] === VM.stopped || view.pool.vmState[vm] === VM.suspended).map(({ vm }) => vm),
  }
}

/** Drops VMs that are home, left the pool, or could not go home in time (with a reason). */
function stillDisplaced(view: GoalView, entries: readonly MaintenanceEntry[], displaced: readonly Displaced[]): { kept: Displaced[]; dropped: Reason[] } {
  const { pool, policy, atMs } = view
  const dropped: Reason[] = []
  const kept = displaced.filter(({ vm, vmSinceMs, home }) => {
    const gone = pool.vmState[vm] === VM.gone || pool.vmSinceMs[vm] !== vmSinceMs
    const settled = pool.vmState[vm] === VM.running && pool.vmTarget[vm] === NOWHERE
    if (gone || (settled && pool.vmHost[vm] === home)) return false
    const leaving = entries.find((entry) => entry.host === home && entry.phase === 'leaving')
    if (!leaving || !settled) return true
    const name = pool.vms[vm]!.id
    const away = pool.hosts[pool.vmHost[vm]!]!.id
    if (!policy.maintenance.moveBack) {
      dropped.push(reason('moveBackOff', `${name} stays on ${away}: moving back is switched off`))
      return false
    }
    if (atMs - leaving.sinceMs <= policy.maintenance.moveBackWithinMs) return true
    // Not at once: a VM that is just looked at while it moves may seem to be bound for a moment.
    if (!pool.vms[vm]!.movable) {
      dropped.push(reason('vmNotMovable', `${name} stays on ${away}: it may not be migrated home`))
      return false
    }
    dropped.push(reason('awayForGood', `${name} stays on ${away}: ${pool.hosts[home]!.id} had no room for it in time`))
    return false
  })
  return { kept, dropped }
}

/** VMs that have their place on this host, stopped ones not. */
function residents(pool: Pool, host: number): number[] {
  const vms: number[] = []
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmHost[vm] === host && pool.vmState[vm] !== VM.gone) vms.push(vm)
  return vms
}

/** What a request to enter or leave maintenance changes. */
export function requestMaintenance(pool: Pool, memory: MaintenanceMemory, host: number, wish: 'enter' | 'leave', method: MaintenanceMethod | null, atMs: number): { memory: MaintenanceMemory; modes: ModeChange[]; reason: Reason } {
  const name = pool.hosts[host]!.id
  const others = memory.entries.filter((entry) => entry.host !== host)
  const current = memory.entries.find((entry) => entry.host === host)
  if (wish === 'enter') {
    if (current && current.phase !== 'leaving') return { memory, modes: [], reason: reason('alreadyInMaintenance', `${name} is in maintenance or entering it already.`) }
    return { memory: { ...memory, entries: [...others, { host, method, phase: 'entering', sinceMs: atMs, inSinceMs: null, leaveAtMs: null, stayMs: null }] }, modes: [{ host, mode: 'entering' }], reason: reason('maintenanceEnter', `${name} enters maintenance.`) }
  }
  if (!current || current.phase === 'leaving') return { memory, modes: pool.hostMode[host] === MODE.available ? [] : [{ host, mode: 'available' }], reason: reason('notInMaintenance', `${name} is not in maintenance.`) }
  return { memory: { ...memory, entries: [...others, { ...current, phase: 'leaving', sinceMs: atMs }] }, modes: [{ host, mode: 'available' }], reason: reason('maintenanceLeave', `${name} leaves maintenance.`) }
}
