import type { VmId } from '../model/ids.ts'
import type { Step } from '../model/plan.ts'
import { indexPool } from '../model/poolIndex.ts'
import { type Host, MODE, type HostMode, NOWHERE, POWER, type Pool, type PowerState, VM, VM_STATES, type Vm, type VmState, addHost, addVm, copyPool, emptyPool, holdsMemory } from '../model/pool.ts'
import type { Rule } from '../model/rules.ts'
import { type TransitionLimits, begin } from '../model/transition.ts'

/** How a look shows a VM: `incoming` is the copy that a migration fills, `unsure` a state that is known to be told wrongly. */
export type VmShown = 'running' | 'paused' | 'incoming' | 'shutOff' | 'saved' | 'crashed' | 'unsure'

export interface ShownVm {
  readonly vm: Vm
  readonly state: VmShown
}

/** One host as it was just looked at. One that does not answer says nothing about its VMs: what was known of them stays. */
export interface ShownHost {
  readonly host: Host
  readonly power: PowerState
  readonly reachable: boolean
  readonly mode: HostMode
  readonly vms: readonly ShownVm[]
}

/**
 * The pool after a look. Hosts and VMs keep their slots, so that memories by index stay right; VMs that are nowhere any
 * more free theirs. A VM is where it runs; a second host on which it is incoming is its target. A VM that runs on two
 * hosts stays where it was known and can't be moved: the two are told.
 */
export function keepPool(before: Pool | null, hosts: readonly ShownHost[], rules: readonly Rule[], atMs: number): { readonly pool: Pool; readonly doubled: readonly VmId[] } {
  const pool = before === null ? emptyPool(rules) : copyPool(before)
  pool.rules = rules
  const slots = hosts.map((shown) => hostSlot(pool, shown))
  const sightings = sightingsOf(pool, hosts, slots)
  const doubled = [...sightings.values()].filter(({ homes }) => homes.length > 1).map(({ vm }) => vm.id)
  const index = indexPool(pool)
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmState[vm] !== VM.gone && !sightings.has(pool.vms[vm]!.id)) vanish(pool, vm)
  for (const sighting of sightings.values()) settle(pool, index.vms.get(sighting.vm.id) ?? NOWHERE, sighting, atMs)
  recount(pool)
  if (before === null || differs(before, pool)) pool.revision = (before?.revision ?? 0) + 1
  else pool.revision = before.revision
  return { pool, doubled }
}

function hostSlot(pool: Pool, { host, power, reachable, mode }: ShownHost): number {
  const known = pool.hosts.findIndex(({ id }) => id === host.id)
  const slot = known === -1 ? addHost(pool, host, power) : known
  pool.hosts[slot] = host
  pool.hostPower[slot] = POWER[power]
  pool.hostReachable[slot] = reachable ? 1 : 0
  pool.hostMode[slot] = MODE[mode]
  return slot
}

interface Sighting {
  readonly vm: Vm
  readonly state: VmState
  /** Hosts where it is active, or defined when it is active nowhere. */
  readonly homes: readonly number[]
  readonly target: number
}

/** Every VM that is somewhere, by id; those of hosts that don't answer as they were. */
function sightingsOf(pool: Pool, hosts: readonly ShownHost[], slots: readonly number[]): Map<VmId, Sighting> {
  const shown = new Map<VmId, { vm: Vm; active: { host: number; state: VmShown }[]; incoming: number[]; idle: { host: number; state: VmShown }[] }>()
  hosts.forEach(({ vms, reachable }, at) => {
    for (const { vm, state } of reachable ? vms : []) {
      const entry = shown.get(vm.id) ?? { vm, active: [], incoming: [], idle: [] }
      shown.set(vm.id, entry)
      if (state === 'incoming') entry.incoming.push(slots[at]!)
      else if (state === 'shutOff' || state === 'saved' || state === 'crashed') entry.idle.push({ host: slots[at]!, state })
      else entry.active.push({ host: slots[at]!, state })
    }
  })
  const sightings = new Map<VmId, Sighting>()
  for (let vm = 0; vm < pool.vms.length; vm++) {
    const host = pool.vmHost[vm]!
    if (pool.vmState[vm] === VM.gone || host === NOWHERE || pool.hostReachable[host] === 1) continue
    sightings.set(pool.vms[vm]!.id, { vm: pool.vms[vm]!, state: VM_STATES[pool.vmState[vm]!]!, homes: [host], target: pool.vmTarget[vm]! })
  }
  for (const { vm, active, incoming, idle } of shown.values()) {
    // A host that does not answer may still run it: seen elsewhere only as a copy or a definition, it stays there.
    if (active.length === 0 && sightings.has(vm.id)) continue
    if (active.length > 0) sightings.set(vm.id, { vm, state: incoming.length > 0 ? 'migrating' : active[0]!.state === 'paused' ? 'suspended' : 'running', homes: active.map(({ host }) => host), target: incoming[0] ?? NOWHERE })
    else if (idle.length > 0) sightings.set(vm.id, { vm, state: idle[0]!.state === 'saved' ? 'suspended' : 'stopped', homes: [idle[0]!.host], target: NOWHERE })
  }
  return sightings
}

function vanish(pool: Pool, vm: number): void {
  pool.vmState[vm] = VM.gone
  pool.vmHost[vm] = NOWHERE
  pool.vmTarget[vm] = NOWHERE
}

function settle(pool: Pool, known: number, { vm, state, homes, target }: Sighting, atMs: number): void {
  const slot = known === NOWHERE ? addVm(pool, vm, atMs, freeSlot(pool)) : known
  const isDoubled = homes.length > 1
  const host = isDoubled && homes.includes(pool.vmHost[slot]!) ? pool.vmHost[slot]! : homes[0]!
  pool.vms[slot] = isDoubled ? { ...vm, movable: false } : vm
  pool.vmState[slot] = VM[target === NOWHERE && state === 'migrating' ? 'running' : state]
  pool.vmHost[slot] = host
  pool.vmTarget[slot] = target
}

const freeSlot = (pool: Pool): number => pool.vms.findIndex((_, vm) => pool.vmState[vm] === VM.gone)

/** What hosts hold, from where their VMs are. */
function recount(pool: Pool): void {
  for (const column of [pool.hostMemoryMib, pool.hostVmCount, pool.hostIncoming, pool.hostOutgoing]) column.fill(0)
  for (let vm = 0; vm < pool.vms.length; vm++) {
    const host = pool.vmHost[vm]!
    if (host === NOWHERE || !holdsMemory(pool.vmState[vm]!)) continue
    pool.hostMemoryMib[host]! += pool.vms[vm]!.memoryMib
    pool.hostVmCount[host]!++
    const target = pool.vmTarget[vm]!
    if (target === NOWHERE) continue
    pool.hostMemoryMib[target]! += pool.vms[vm]!.memoryMib
    pool.hostOutgoing[host]!++
    pool.hostIncoming[target]!++
  }
}

function differs(a: Pool, b: Pool): boolean {
  const same = (one: ArrayLike<number>, other: ArrayLike<number>, count: number): boolean => {
    for (let at = 0; at < count; at++) if (one[at] !== other[at]) return false
    return true
  }
  const hosts = b.hosts.length
  const vms = b.vms.length
  if (a.hosts.length !== hosts || a.vms.length !== vms) return true
  return !(same(a.hostPower, b.hostPower, hosts) && same(a.hostMode, b.hostMode, hosts) && same(a.hostReachable, b.hostReachable, hosts) && same(a.vmState, b.vmState, vms) && same(a.vmHost, b.vmHost, vms) && same(a.vmTarget, b.vmTarget, vms) && a.vms.every(({ id }, vm) => id === b.vms[vm]!.id))
}

const NO_LIMITS: TransitionLimits = { memoryEnforced: false, hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null, poolBootsMax: null, hostsOnMin: 0 }

/**
 * The pool with what steps under way hold, whether or not the hosts show it yet: memory on both ends, a host on its way.
 * A step that shows already, or that no longer can begin, changes nothing.
 */
export function withSteps(pool: Pool, steps: readonly Step[]): Pool {
  if (steps.length === 0) return pool
  const draft = copyPool(pool)
  const index = indexPool(draft)
  for (const step of steps) begin(draft, index, step, NO_LIMITS)
  return draft
}
