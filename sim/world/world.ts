import type { PoolIndex } from '../../src/model/poolIndex.ts'
import { NOWHERE, VM, addHost, addVm, emptyPool, type Pool } from '../../src/model/pool.ts'
import type { InitialHost, ScenarioRun, WorkloadVm } from '../../src/model/scenario.ts'

/**
 * The simulated pool: what a real one would show (`pool`) and what only the simulator knows (true demand, delivered
 * CPU, running copies). VM columns are by slot, host columns by host; both grow. One owner (run.ts) changes it.
 */
export interface World {
  readonly run: ScenarioRun
  readonly pool: Pool
  readonly index: PoolIndex
  atMs: number
  /** Every VM of the run, present or not: the workload's and those that events add. */
  readonly vms: WorkloadVm[]
  /** Per slot: which of `vms`. */
  slotVm: Int32Array
  readonly freeSlots: number[]
  /** What the VM wants now; what it asks of this host (capped by vCPUs and limit); what it gets. */
  demandMhz: Float64Array
  wantedMhz: Float64Array
  deliveredMhz: Float64Array
  /** 1 during the pause at the end of a migration. */
  paused: Uint8Array
  /** Resident memory demand as a ratio of the VM's size. */
  memoryRatio: Float64Array
  /** When the VM arrived on its host: page sharing is won back from then on. */
  settledSinceMs: Float64Array
  /** VMs on each host in order of arrival; a migrating VM is on both lists. */
  readonly hostVms: number[][]
  /** CPU that migrations cost the host. */
  hostOverheadMhz: Float64Array
  /** CPU used, by VMs and migrations. */
  hostUsedMhz: Float64Array
  hostPressure: Uint8Array
  /** Instant up to which the host's energy and SLA are accounted. */
  hostSettledMs: Float64Array
  /** Factor on all demand, by class; the key '' is for all classes. */
  readonly demandScale: Map<string, number>
}

export function makeWorld(run: ScenarioRun): World {
  const pool = emptyPool(run.rules)
  const world: World = {
    run, pool, index: { hosts: new Map(), vms: new Map() }, atMs: 0, vms: run.workload.vms.slice(), slotVm: new Int32Array(0), freeSlots: [],
    demandMhz: new Float64Array(0), wantedMhz: new Float64Array(0), deliveredMhz: new Float64Array(0), paused: new Uint8Array(0), memoryRatio: new Float64Array(0), settledSinceMs: new Float64Array(0),
    hostVms: [], hostOverheadMhz: new Float64Array(0), hostUsedMhz: new Float64Array(0), hostPressure: new Uint8Array(0), hostSettledMs: new Float64Array(0),
    demandScale: new Map(),
  }
  for (const initial of run.hosts) bringHost(world, initial)
  return world
}

export function bringHost(world: World, { host, power }: InitialHost): number {
  const index = addHost(world.pool, host, power)
  world.index.hosts.set(host.id, index)
  world.hostVms.push([])
  const size = world.pool.hostPower.length
  if (world.hostUsedMhz.length < size) {
    world.hostOverheadMhz = grown(world.hostOverheadMhz, new Float64Array(size))
    world.hostUsedMhz = grown(world.hostUsedMhz, new Float64Array(size))
    world.hostPressure = grown(world.hostPressure, new Uint8Array(size))
    world.hostSettledMs = grown(world.hostSettledMs, new Float64Array(size))
  }
  world.hostSettledMs[index] = world.atMs
  return index
}

/** A VM enters the pool without a place. Returns its slot. */
export function bringVm(world: World, number: number): number {
  const slot = addVm(world.pool, world.vms[number]!.vm, world.atMs, world.freeSlots.pop() ?? NOWHERE)
  world.index.vms.set(world.vms[number]!.vm.id, slot)
  const size = world.pool.vmState.length
  if (world.slotVm.length < size) {
    world.slotVm = grown(world.slotVm, new Int32Array(size))
    world.demandMhz = grown(world.demandMhz, new Float64Array(size))
    world.wantedMhz = grown(world.wantedMhz, new Float64Array(size))
    world.deliveredMhz = grown(world.deliveredMhz, new Float64Array(size))
    world.paused = grown(world.paused, new Uint8Array(size))
    world.memoryRatio = grown(world.memoryRatio, new Float64Array(size).fill(1))
    world.settledSinceMs = grown(world.settledSinceMs, new Float64Array(size))
  }
  world.slotVm[slot] = number
  world.demandMhz[slot] = 0
  world.wantedMhz[slot] = 0
  world.deliveredMhz[slot] = 0
  world.paused[slot] = 0
  world.memoryRatio[slot] = 1
  world.settledSinceMs[slot] = world.atMs
  return slot
}

/** The VM's slot becomes free. It must have left its host's list before. */
export function dropVm(world: World, slot: number): void {
  const { pool } = world
  world.index.vms.delete(pool.vms[slot]!.id)
  pool.vmState[slot] = VM.gone
  pool.vmHost[slot] = NOWHERE
  pool.vmTarget[slot] = NOWHERE
  pool.revision++
  world.freeSlots.push(slot)
}

export function listOn(world: World, host: number, slot: number): void {
  world.hostVms[host]!.push(slot)
}

export function unlist(world: World, host: number, slot: number): void {
  const list = world.hostVms[host]!
  list.splice(list.indexOf(slot), 1)
}

export const isRunning = (state: number): boolean => state === VM.running || state === VM.migrating

function grown<T extends { set(from: ArrayLike<number>): void }>(from: ArrayLike<number>, to: T): T {
  to.set(from)
  return to
}
