import { LIMITS } from '../../model/compat.ts'
import { NOWHERE, VM, copyPool, cpuForVmsMhz, memoryForVmsMib, type Pool } from '../../model/pool.ts'
import type { Rule } from '../../model/rules.ts'
import { type Answer, type Problem, type SolveLimits, UNASSIGNED, isBetter, problemOf } from '../../optimize/problem.ts'
import { AssignmentState, HARD_ROUNDING } from '../../optimize/search/state.ts'
import { ruleRows } from '../ruleFilter.ts'
import { allowedHosts } from './allowedHosts.ts'
import { FILTERS } from './filters.ts'
import { DEFAULT_WEIGHTS } from './scorers.ts'
import { placeView, type PlaceView } from './view.ts'

/** Whoever finds a place for the items of a problem. */
export type Place = (problem: Problem, start: Int32Array, limits: SolveLimits) => Answer

const CPU = 0
const MEMORY = 1
/** Then the limits of model/compat.ts. */
const LIMIT = 2
const DIMENSIONS = LIMIT + LIMITS.length
/** What every new VM looks at alike. */
const HOST_FILTERS = [FILTERS['power']!, FILTERS['mode']!, FILTERS['reachable']!]

/**
 * Hosts for several new VMs at once, by position in `vms`; UNASSIGNED where there is none. VMs that are there stay where
 * they are; as many new ones as possible get a place, and then free CPU and memory are to be as even as they can.
 */
export function placeTogether(view: PlaceView, vms: readonly number[], place: Place, limits: SolveLimits): Int32Array {
  const { problem, start } = problemFor(view, vms)
  let best = place(problem, start, limits)
  if (best.cost.unplaced === 0) return best.assignment.slice(0, vms.length)
  // Large ones first serves most pools; where not all fit, other orders may serve more VMs.
  const inTurn = vms.map((_, item) => item)
  const smallFirst = [...inTurn].sort((a, b) => view.pool.vms[vms[a]!]!.memoryMib - view.pool.vms[vms[b]!]!.memoryMib || a - b)
  for (const order of [inTurn, smallFirst]) {
    const answer = place(problem, oneByOne(problem, start, order), limits)
    if (isBetter(answer.cost, best.cost)) best = answer
  }
  return best.assignment.slice(0, vms.length)
}

/** Items in this order, each in the bin that is best for it then. */
function oneByOne(problem: Problem, start: Int32Array, order: readonly number[]): Int32Array {
  const state = new AssignmentState(problem, start)
  for (const item of order) {
    let best = UNASSIGNED
    let bestValue = Infinity
    for (let bin = 0; bin < problem.binCount; bin++) {
      if (!state.fits(item, bin)) continue
      state.priceMove(item, bin)
      if (state.hardChange > HARD_ROUNDING || state.valueChange >= bestValue) continue
      best = bin
      bestValue = state.valueChange
    }
    if (best !== UNASSIGNED) state.apply(item, best)
  }
  return state.assignment.slice()
}

/** New VMs come first among the items; after them those that a rule relates to them, which don't move. */
export function problemFor(view: PlaceView, vms: readonly number[]): { readonly problem: Problem; readonly start: Int32Array } {
  const { pool, scorers: weights = DEFAULT_WEIGHTS } = view
  const binding = rulesOf(pool, vms)
  const itemVm = Int32Array.from([...vms, ...relatedTo(pool, vms, binding)])
  const compiled = ruleRows({ ...pool, rules: binding }, itemVm)
  // Limits of hosts are dimensions here, which count the VMs that are there.
  const rows = { ...compiled, rules: compiled.rules.filter(({ name }) => !LIMITS.some(({ code }) => code === name)) }
  const start = Int32Array.from(itemVm, (vm, item) => (item < vms.length ? UNASSIGNED : pool.vmHost[vm]!))
  const allowed = allowedHosts(view, vms, rows, (item) => rows.allowedRow[item]!)
  const { base, capacity, size } = columnsOf(view)
  const over = Uint8Array.from(pool.hosts, (_, host) => (HOST_FILTERS.every((filter) => filter(view, vms[0]!, host) === null) ? 1 : 0))
  const spread = (name: string, dimension: number, weight: number): Problem['terms'][number] => ({ kind: 'spread', name, weight, measure: 'variance', dimension, size: size[dimension]!, over })
  const problem = problemOf({
    itemCount: itemVm.length, binCount: pool.hosts.length, dimensions: DIMENSIONS, demand: demandOf(view, itemVm, vms.length), base, capacity, initial: start, rules: rows.rules,
    movable: Uint8Array.from(itemVm, (_, item) => (item < vms.length ? 1 : 0)), allowed, allowedRow: Int32Array.from(itemVm, (_, item) => (item < vms.length ? item : UNASSIGNED)),
    terms: [spread('cpuFree', CPU, weights.cpuFree), spread('memoryFree', MEMORY, weights.memoryFree)],
  })
  return { problem, start }
}

const namesOf = (rule: Rule): readonly string[] => ('others' in rule ? [...rule.vms, ...rule.others] : rule.vms)

/** Rules with a new VM in them, and those about all VMs. */
function rulesOf(pool: Pool, vms: readonly number[]): Rule[] {
  const ids = new Set<string>(vms.map((vm) => pool.vms[vm]!.id))
  return pool.rules.filter((rule) => rule.vms.length === 0 || namesOf(rule).some((id) => ids.has(id)))
}

function relatedTo(pool: Pool, vms: readonly number[], rules: readonly Rule[]): number[] {
  const isNew = new Set(vms)
  const isPlaced = (vm: number): boolean => !isNew.has(vm) && pool.vmState[vm] !== VM.gone && pool.vmHost[vm]! >= 0
  // Rules about all VMs count every one of them.
  if (rules.some((rule) => rule.vms.length === 0)) return pool.vms.flatMap((_, vm) => (isPlaced(vm) ? [vm] : []))
  const names = new Set<string>(rules.flatMap((rule) => (rule.kind === 'runOn' || rule.kind === 'keepOff' ? [] : namesOf(rule))))
  return names.size === 0 ? [] : pool.vms.flatMap(({ id }, vm) => (names.has(id) && isPlaced(vm) ? [vm] : []))
}

/** What VMs that are related count for is in the base already. */
function demandOf({ pool, vmCpuMhz }: PlaceView, itemVm: Int32Array, newCount: number): Float64Array {
  const demand = new Float64Array(itemVm.length * DIMENSIONS)
  for (let item = 0; item < newCount; item++) {
    const vm = itemVm[item]!
    demand[item * DIMENSIONS + CPU] = vmCpuMhz[vm]!
    demand[item * DIMENSIONS + MEMORY] = pool.vms[vm]!.memoryMib
    LIMITS.forEach(({ demandOf: demandOfLimit }, number) => (demand[item * DIMENSIONS + LIMIT + number] = demandOfLimit(pool.vms[vm]!)))
  }
  return demand
}

/** A host that holds too much already just takes nothing more. */
function columnsOf({ pool, hostCpuMhz, heldOfLimit }: PlaceView): { readonly base: Float64Array; readonly capacity: Float64Array; readonly size: readonly Float64Array[] } {
  const count = pool.hosts.length
  const base = new Float64Array(count * DIMENSIONS)
  const capacity = new Float64Array(count * DIMENSIONS)
  const size = [new Float64Array(count), new Float64Array(count)]
  pool.hosts.forEach((host, index) => {
    const [cpuMhz, memoryMib] = [cpuForVmsMhz(host), memoryForVmsMib(host)]
    const held = [hostCpuMhz[index]!, pool.hostMemoryMib[index]!, ...heldOfLimit.map((column) => column[index]!)]
    base.set(held, index * DIMENSIONS)
    capacity.set([cpuMhz, memoryMib, ...LIMITS.map(({ limitOf }) => limitOf(host) ?? Infinity)].map((most, d) => Math.max(most, held[d]!)), index * DIMENSIONS)
    size[CPU]![index] = cpuMhz
    size[MEMORY]![index] = memoryMib
  })
  return { base, capacity, size }
}

/** The view with VMs on their hosts, as if they had been started; the given one stays as it is. */
export function withPlaced({ pool, vmCpuMhz, scorers, filtersOff }: PlaceView, vms: readonly number[], hosts: ArrayLike<number>): PlaceView {
  const placed = copyPool(pool)
  vms.forEach((vm, position) => {
    const host = hosts[position]!
    if (host === UNASSIGNED) return
    placed.vmState[vm] = VM.starting
    placed.vmHost[vm] = host
    placed.hostVmCount[host]!++
    placed.hostMemoryMib[host]! += placed.vms[vm]!.memoryMib
  })
  return placeView(placed, vmCpuMhz, { ...(scorers === undefined ? {} : { scorers }), ...(filtersOff === undefined ? {} : { filtersOff }) })
}

/** What `look` says of a view of `withPlaced` while one of its VMs is not there. The view is changed for that time only. */
export function whileWithout<T>(view: PlaceView, vm: number, look: () => T): T {
  const { pool, vmCpuMhz, hostCpuMhz, heldOfLimit } = view
  const host = pool.vmHost[vm]!
  if (host === NOWHERE) return look()
  const before = [pool.hostMemoryMib[host]!, hostCpuMhz[host]!, ...heldOfLimit.map((held) => held[host]!)]
  pool.vmState[vm] = VM.pending
  pool.vmHost[vm] = NOWHERE
  pool.hostVmCount[host]!--
  pool.hostMemoryMib[host]! -= pool.vms[vm]!.memoryMib
  hostCpuMhz[host]! -= vmCpuMhz[vm]!
  LIMITS.forEach(({ demandOf: demandOfLimit }, limit) => (heldOfLimit[limit]![host]! -= demandOfLimit(pool.vms[vm]!)))
  const found = look()
  pool.vmState[vm] = VM.starting
  pool.vmHost[vm] = host
  pool.hostVmCount[host]!++
  // What was there is put back, lest rounding adds up.
  pool.hostMemoryMib[host] = before[0]!
  hostCpuMhz[host] = before[1]!
  heldOfLimit.forEach((held, limit) => (held[host] = before[2 + limit]!))
  return found
}
