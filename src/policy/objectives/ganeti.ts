import { GANETI_CPU_MHZ, GANETI_DISK_MIB_PER_S, GANETI_MEMORY_MIB, GANETI_NETWORK_MIB_PER_S, GANETI_VCPUS_PER_CORE_MAX } from '../../model/ganetiUnits.ts'
import { MODE, NOWHERE, POWER, VM, type Pool } from '../../model/pool.ts'
import type { VmUsage } from '../../model/snapshot.ts'
import { type Problem, type ProblemSolver, type Term, UNASSIGNED, problemOf } from '../../optimize/problem.ts'
import { searchWith } from '../../optimize/search/searchSolver.ts'
import { ruleRows } from '../ruleFilter.ts'

/** Dimensions of the problem, in this order: memory in MiB, virtual CPUs, then the four loads in Ganeti's units. */
const DIMENSION = { memory: 0, vcpus: 1, cpuLoad: 2, memoryLoad: 3, diskLoad: 4, networkLoad: 5 } as const
const DIMENSIONS = 6

/** Weight of all VMs on offline hosts, and of those that run there: 4 + 16. */
const OFFLINE_VM_WEIGHT = 20
const FREE_MEMORY_WEIGHT = 1
const VCPU_WEIGHT = 1
const LOAD_WEIGHT = 1

/** Ganeti's balancer takes no step that gains less than 0.01 once the score is 0.1 or less. */
const ENOUGH = { value: 0.1, gainMin: 0.01 } as const

/**
 * The solver for this score: descends by the steps that Ganeti's balancer takes, stops where it would, and then looks for
 * better targets and better VMs without moving more of them. `standardNodes` says what nodes it uses well.
 */
export const ganetiSolver: ProblemSolver = searchWith({ enough: ENOUGH, keepsMoves: true }, 'ganeti')

/** A pool as Ganeti's balancer sees it. Bins are the pool's hosts, by index. */
export interface GanetiProblem {
  readonly problem: Problem
  /** VM of each item, as an index into the pool. */
  readonly itemVm: Int32Array
}

/**
 * The pool with the score of Ganeti's balancer (htools 3.0, shared storage) as its cost: standard deviations over online
 * hosts of the free memory as a ratio, of virtual CPUs a core (and CPU speed), and of the sums of the VMs' CPU, memory,
 * disk and network loads; and 20 for each VM on an offline host. Hard: memory with the host's own, virtual CPUs a core
 * (what the host allows its VMs, else 4 with those it keeps), the pool's rules, and that offline hosts (not on, not available) receive nothing. VMs that
 * hold no place, or can't be moved now, keep what they have. `usageOf` takes an index of the pool; a VM without usage
 * counts as 1 in all four loads, as in Ganeti.
 */
export function ganetiProblem(pool: Pool, usageOf: (vm: number) => VmUsage | null): GanetiProblem {
  const itemVm = Int32Array.from(pool.vms.keys()).filter((vm) => isHeld(pool, vm))
  const online = Uint8Array.from(pool.hosts, (_, host) => (isOnline(pool, host) ? 1 : 0))
  const binCount = pool.hosts.length
  const { stays, rules, ...rows } = ruleRows(pool, itemVm)
  const problem = problemOf({
    itemCount: itemVm.length, binCount, dimensions: DIMENSIONS, demand: demandOf(pool, itemVm, usageOf), ...hostColumns(pool),
    initial: Int32Array.from(itemVm, (vm) => placeOf(pool, vm)), movable: Uint8Array.from(itemVm, (vm, item) => (mayMove(pool, vm) && stays[item] === 0 ? 1 : 0)),
    receives: online.map((flag, host) => (flag === 1 && pool.hostReachable[host] === 1 ? 1 : 0)), terms: scoreTerms(pool, online), ...rows,
    // Virtual CPUs a core are a dimension here.
    rules: rules.filter(({ name }) => name !== 'vcpusPerCoreMax'),
  })
  return { problem, itemVm }
}

/** Where the assignment puts the pool's VMs: VM and host of each item that has a place, by index. */
export function placementOf({ itemVm }: GanetiProblem, assignment: Int32Array): { readonly vm: number; readonly host: number }[] {
  return Array.from(itemVm, (vm, item) => ({ vm, host: assignment[item]! })).filter(({ host }) => host !== UNASSIGNED)
}

const isOnline = (pool: Pool, host: number): boolean => pool.hostPower[host] === POWER.on && pool.hostMode[host] === MODE.available

/** Whether the VM holds memory and CPUs somewhere, or waits for a place. */
function isHeld(pool: Pool, vm: number): boolean {
  const state = pool.vmState[vm]!
  return state === VM.pending || ((state === VM.starting || state === VM.running || state === VM.migrating || state === VM.stopping) && pool.vmHost[vm] !== NOWHERE)
}

/** A migrating VM counts where it goes. */
function placeOf(pool: Pool, vm: number): number {
  if (pool.vmState[vm] === VM.pending) return UNASSIGNED
  return pool.vmTarget[vm] === NOWHERE ? pool.vmHost[vm]! : pool.vmTarget[vm]!
}

function mayMove(pool: Pool, vm: number): boolean {
  if (pool.vmState[vm] === VM.pending) return true
  return pool.vmState[vm] === VM.running && pool.vms[vm]!.movable && pool.hostReachable[pool.vmHost[vm]!] === 1 && pool.hostPower[pool.vmHost[vm]!] === POWER.on
}

function demandOf(pool: Pool, itemVm: Int32Array, usageOf: (vm: number) => VmUsage | null): Float64Array {
  const demand = new Float64Array(itemVm.length * DIMENSIONS)
  itemVm.forEach((vm, item) => {
    const usage = usageOf(vm)
    const row = item * DIMENSIONS
    demand[row + DIMENSION.memory] = pool.vms[vm]!.memoryMib
    demand[row + DIMENSION.vcpus] = pool.vms[vm]!.vcpus
    demand[row + DIMENSION.cpuLoad] = usage === null ? 1 : usage.cpuMhz / GANETI_CPU_MHZ
    demand[row + DIMENSION.memoryLoad] = usage === null ? 1 : usage.memoryMib / GANETI_MEMORY_MIB
    demand[row + DIMENSION.diskLoad] = usage === null ? 1 : usage.diskMibPerS / GANETI_DISK_MIB_PER_S
    demand[row + DIMENSION.networkLoad] = usage === null ? 1 : usage.networkMibPerS / GANETI_NETWORK_MIB_PER_S
  })
  return demand
}

/** What hosts keep for themselves, and what they hold at most; loads have no limit. */
function hostColumns(pool: Pool): { base: Float64Array; capacity: Float64Array } {
  const base = new Float64Array(pool.hosts.length * DIMENSIONS)
  const capacity = new Float64Array(pool.hosts.length * DIMENSIONS).fill(Infinity)
  pool.hosts.forEach((host, at) => {
    const row = at * DIMENSIONS
    base[row + DIMENSION.memory] = host.reserve.memoryMib
    base[row + DIMENSION.vcpus] = host.reserve.cpuMhz / (host.coreMhz * host.performanceFactor)
    capacity[row + DIMENSION.memory] = host.capacity.memoryMib
    const ratio = host.traits?.vcpusPerCoreMax ?? null
    capacity[row + DIMENSION.vcpus] = ratio === null ? host.cores * GANETI_VCPUS_PER_CORE_MAX : base[row + DIMENSION.vcpus]! + host.cores * ratio
  })
  return { base, capacity }
}

function scoreTerms(pool: Pool, over: Uint8Array): Term[] {
  const spread = (name: string, dimension: number, weight: number, size: Float64Array): Term => ({ kind: 'spread', measure: 'deviation', name, weight, dimension, size, over })
  const alike = new Float64Array(pool.hosts.length).fill(1)
  return [
    spread('free memory', DIMENSION.memory, FREE_MEMORY_WEIGHT, Float64Array.from(pool.hosts, ({ capacity }) => capacity.memoryMib)),
    spread('virtual CPUs', DIMENSION.vcpus, VCPU_WEIGHT, Float64Array.from(pool.hosts, ({ cores, performanceFactor }) => cores * performanceFactor)),
    spread('CPU load', DIMENSION.cpuLoad, LOAD_WEIGHT, alike),
    spread('memory load', DIMENSION.memoryLoad, LOAD_WEIGHT, alike),
    spread('disk load', DIMENSION.diskLoad, LOAD_WEIGHT, alike),
    spread('network load', DIMENSION.networkLoad, LOAD_WEIGHT, alike),
    { kind: 'perItem', name: 'on offline hosts', weight: OFFLINE_VM_WEIGHT, cost: Float64Array.from(over, (flag) => 1 - flag) },
  ]
}
