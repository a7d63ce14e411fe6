import { NOWHERE, VM, cpuForVmsMhz, memoryForVmsMib, type Pool } from '../model/pool.ts'
import type { Reason } from '../model/result.ts'
import { isServing } from '../model/transition.ts'
import { type Cause, type Packing, type PackingRisk, UNASSIGNED } from '../optimize/packing.ts'
import { withFailoverRow } from './failoverRow.ts'
import { withFirstPlaces } from './place/firstPlaces.ts'
import { ruleRows } from './ruleFilter.ts'
import { expectedVmMhz } from './expectedDemand.ts'
import { inForce } from './windows.ts'
import { balancedByWeights } from './weightedLoad.ts'
import { GOALS, type GoalName, type GoalView, type Wish } from './wish.ts'

/** What budgets and cooldowns leave for this turn. */
export interface Allowance {
  readonly optionalMovesMax: number
  /** Of these, at most so many for anything but relief. */
  readonly otherMovesMax: number
  /** By VM: 1 = moved lately, only mandatory moves. */
  readonly resting: Uint8Array
  /** By VM: 1 = must not move now (a failed migration is backing off). */
  readonly blocked: Uint8Array
}

/** One problem for the solver with the way back from its numbers to hosts, VMs and reasons. Bins are hosts, by index. */
export interface Arbitrated {
  readonly packing: Packing
  readonly itemVm: Int32Array
  readonly reasons: Readonly<Partial<Record<Cause, { readonly goal: GoalName; readonly reason: Reason }>>>
  readonly wake: readonly { readonly host: number; readonly goal: GoalName; readonly reason: Reason }[]
  readonly stop: NonNullable<Wish['stop']>
  /** Of the hosts that may be emptied, those that are only drilled. */
  readonly drill: readonly number[]
  readonly unmet: NonNullable<Wish['unmet']>
  /** Wishes put off by a blackout window. */
  readonly putOff: readonly Wish[]
}

const CPU = 0
const MEMORY = 1
const DIMENSIONS = 2
/** Goals whose wishes can wait. */
export const OPTIONAL_GOALS: ReadonlySet<GoalName> = new Set(['overload', 'schedule', 'consolidation', 'evenness'])

/**
 * Merges the goals' wishes by priority into one packing problem: a host that must be left takes nothing, one being
 * relieved is not emptied, one being emptied takes nothing; in blackout windows optional wishes wait (waking hosts does not).
 */
export function arbitrate(view: GoalView, wishes: readonly Wish[], allowance: Allowance): Arbitrated {
  const blackout = view.policy.budgets.blackouts.length > 0 && inForce(view.policy.budgets.blackouts, view.unixMs)
  const sorted = [...wishes].sort((a, b) => GOALS.indexOf(a.goal) - GOALS.indexOf(b.goal))
  const putOff = blackout ? sorted.filter((wish) => OPTIONAL_GOALS.has(wish.goal) && !wish.wake && !wish.closed) : []
  const active = sorted.filter((wish) => !putOff.includes(wish))
  const evacuated = new Set(active.flatMap((wish) => wish.evacuate ?? []))
  const relieved = new Set(active.flatMap((wish) => wish.relieve ?? []).filter((host) => !evacuated.has(host)))
  const empty = active.flatMap((wish) => wish.empty ?? []).filter((host) => !evacuated.has(host) && !relieved.has(host))
  const closed = new Set([...evacuated, ...active.flatMap((wish) => wish.closed ?? [])])
  const { items, itemVm } = itemsOf(view, active, allowance)
  const bins = binsOf(view, { evacuated, relieved, closed }, relieveRatio(active))
  const { stays, ...rows } = ruleRows(view.pool, itemVm)
  const packing: Packing = {
    dimensions: DIMENSIONS, itemCount: itemVm.length, binCount: view.pool.hosts.length, loadDimension: CPU, ...items, ...bins,
    preferred: preferredOf(itemVm, active), emptyCandidates: Int32Array.from(empty), emptyMax: Math.max(0, ...active.map((wish) => wish.emptyMax ?? 0)),
    spreadMax: spreadOf(active), fit: packs(view) ? 'pack' : 'spread', optionalMovesMax: allowance.optionalMovesMax, otherMovesMax: allowance.otherMovesMax, ...rows, rules: withFailoverRow(view, itemVm, rows.rules), risk: riskOf(view, itemVm),
    movable: items.movable.map((may, item) => (stays[item] === 1 ? 0 : may)),
  }
  const wake = active.flatMap((wish) => (wish.wake ?? []).map((host) => ({ host, goal: wish.goal, reason: wish.reason })))
  return { packing: balancedByWeights(view, withFirstPlaces(view, packing, itemVm), itemVm), itemVm, reasons: reasonsOf(active), wake, drill: active.flatMap((wish) => wish.drill ?? []), stop: active.flatMap((wish) => wish.stop ?? []), unmet: active.flatMap((wish) => wish.unmet ?? []), putOff }
}

/** Whether power save holds now: then VMs are packed rather than spread. */
export const packs = ({ policy, unixMs }: GoalView): boolean => policy.powerSave.enabled && inForce(policy.powerSave.windows, unixMs)

type ItemColumns = Pick<Packing, 'demand' | 'assignment' | 'movable' | 'resting' | 'moveCost'>

/** Every VM that has or wants a place is an item; a migrating one stands at its target and can't be moved. */
function itemsOf(view: GoalView, wishes: readonly Wish[], allowance: Allowance): { items: ItemColumns; itemVm: Int32Array } {
  const { pool, load } = view
  const wanted = new Set(wishes.flatMap((wish) => wish.place ?? []))
  const still = new Set([...wishes.flatMap((wish) => wish.stay ?? []), ...wishes.flatMap((wish) => wish.stop ?? []).map(({ vm }) => vm)])
  const itemVm = Int32Array.from(Array.from({ length: pool.vms.length }, (_, vm) => vm).filter((vm) => wanted.has(vm) || (pool.vmState[vm] !== VM.gone && pool.vmHost[vm] !== NOWHERE)))
  const count = itemVm.length
  const items = { demand: new Float64Array(count * DIMENSIONS), assignment: new Int32Array(count), movable: new Uint8Array(count), resting: new Uint8Array(count), moveCost: new Float64Array(count) }
  // By risk, what varies is in the variance.
  const cautious = packs(view) && view.risk === null
  const longMhz = longDemand(view, wishes)
  for (let item = 0; item < count; item++) {
    const vm = itemVm[item]!
    items.demand[item * DIMENSIONS + CPU] = cautious ? Math.max(load.vmShortMhz[vm]!, longMhz[vm]!) : load.vmShortMhz[vm]!
    items.demand[item * DIMENSIONS + MEMORY] = pool.vms[vm]!.memoryMib
    items.moveCost[item] = pool.vms[vm]!.memoryMib
    items.assignment[item] = pool.vmTarget[vm] !== NOWHERE ? pool.vmTarget[vm]! : pool.vmHost[vm]!
    items.movable[item] = pool.vmState[vm] === VM.running && pool.vms[vm]!.movable && !still.has(vm) && allowance.blocked[vm] !== 1 ? 1 : 0
    items.resting[item] = allowance.resting[vm] ?? 0
  }
  return { items, itemVm }
}

/**
 * What VMs are packed by besides their present demand: to relieve hosts, what is expected until further ones could be up; to empty
 * hosts, what the load's long view says. Relief by the hours to come would wake hosts hours early.
 */
function longDemand({ load, outlook }: GoalView, wishes: readonly Wish[]): Float64Array {
  const ahead = outlook?.wake ?? null
  const relieves = wishes.some(({ relieve }) => (relieve?.length ?? 0) > 0) && !wishes.some(({ empty }) => (empty?.length ?? 0) > 0)
  return relieves && ahead !== null ? expectedVmMhz(ahead) : load.vmLongMhz
}

interface HostSets {
  readonly evacuated: ReadonlySet<number>
  readonly relieved: ReadonlySet<number>
  readonly closed: ReadonlySet<number>
}

type BinColumns = Pick<Packing, 'capacity' | 'fillLimit' | 'size' | 'base' | 'receives' | 'drain' | 'relieve' | 'relieveLimit' | 'binCost'>

function binsOf(view: GoalView, sets: HostSets, relieveTo: number): BinColumns {
  const { pool, load } = view
  const count = pool.hosts.length
  const column = (): Float64Array => new Float64Array(count * DIMENSIONS)
  const bins = { capacity: column(), fillLimit: column(), size: column(), base: outgoingMemory(pool), receives: new Uint8Array(count), drain: new Uint8Array(count), relieve: new Uint8Array(count), relieveLimit: new Float64Array(count), binCost: new Float64Array(count) }
  const fill = fillRatio(view)
  const saving = packs(view)
  const leavingMhz = outgoingMhz(view)
  for (let host = 0; host < count; host++) {
    const cpuMhz = cpuForVmsMhz(pool.hosts[host]!)
    const memoryMib = memoryForVmsMib(pool.hosts[host]!)
    bins.capacity[host * DIMENSIONS + CPU] = Infinity
    bins.capacity[host * DIMENSIONS + MEMORY] = view.memoryEnforced ? memoryMib : Infinity
    bins.fillLimit[host * DIMENSIONS + CPU] = fill * cpuMhz - leavingMhz[host]!
    bins.fillLimit[host * DIMENSIONS + MEMORY] = view.memoryEnforced ? memoryMib : Infinity
    bins.size[host * DIMENSIONS + CPU] = cpuMhz
    bins.size[host * DIMENSIONS + MEMORY] = memoryMib
    bins.receives[host] = isServing(pool, host) && load.hostKnown[host] === 1 && !sets.closed.has(host) ? 1 : 0
    bins.drain[host] = sets.evacuated.has(host) ? 1 : 0
    bins.relieve[host] = sets.relieved.has(host) ? 1 : 0
    bins.relieveLimit[host] = relieveTo * cpuMhz
    bins.binCost[host] = saving ? pool.hosts[host]!.power.curveW[0]! : 0
  }
  return bins
}

/** Of VMs that are about to leave a host it is not reckoned any more: they stand at their target. */
function riskOf({ pool, risk: ofPowerSave, targets = null, policy, unixMs }: GoalView, itemVm: Int32Array): PackingRisk | null {
  const saves = policy.powerSave.enabled && inForce(policy.powerSave.windows, unixMs)
  const risk = targets ?? (saves ? ofPowerSave : null)
  if (risk === null) return null
  const of = (column: Float64Array): Float64Array => Float64Array.from(itemVm, (vm) => column[vm]!)
  return { mean: of(risk.meanMhz), variance: of(risk.varianceMhz2), deviations: of(risk.deviations), limit: Float64Array.from(pool.hosts, cpuForVmsMhz) }
}

/** Memory that migrating VMs still hold where they leave. */
function outgoingMemory(pool: Pool): Float64Array {
  const base = new Float64Array(pool.hosts.length * DIMENSIONS)
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmTarget[vm] !== NOWHERE) base[pool.vmHost[vm]! * DIMENSIONS + MEMORY]! += pool.vms[vm]!.memoryMib
  return base
}

/** CPU of VMs on their way out of each host: until they have arrived it may have to serve them again, so it is not given away. */
function outgoingMhz({ pool, load }: GoalView): Float64Array {
  const mhz = new Float64Array(pool.hosts.length)
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmTarget[vm] !== NOWHERE) mhz[pool.vmHost[vm]!]! += load.vmShortMhz[vm]!
  return mhz
}

/** How far moves fill a host: the low-water mark, or the consolidation's limit where that is lower. */
function fillRatio(view: GoalView): number {
  const { evenDistribution, powerSave } = view.policy
  return packs(view) ? Math.min(powerSave.fillMax, evenDistribution.enabled ? evenDistribution.utilizationLow : 1) : evenDistribution.utilizationLow
}

const relieveRatio = (wishes: readonly Wish[]): number => Math.min(1, ...wishes.map((wish) => wish.relieveTo ?? 1))

function spreadOf(wishes: readonly Wish[]): number | null {
  const asked = wishes.map((wish) => wish.spreadMax).filter((spread) => spread !== undefined)
  return asked.length === 0 ? null : Math.min(...asked)
}

function preferredOf(itemVm: Int32Array, wishes: readonly Wish[]): Int32Array {
  const homes = new Map(wishes.flatMap((wish) => wish.prefer ?? []).map(({ vm, host }) => [vm, host] as const))
  return Int32Array.from(itemVm, (vm) => homes.get(vm) ?? UNASSIGNED)
}

/** The reason of each kind of move: that of the wish which asks for such moves. */
function reasonsOf(wishes: readonly Wish[]): Arbitrated['reasons'] {
  const of = (asks: (wish: Wish) => boolean): { goal: GoalName; reason: Reason } | undefined => {
    const wish = wishes.find(asks)
    return wish && { goal: wish.goal, reason: wish.reason }
  }
  const found = {
    place: of((wish) => (wish.place?.length ?? 0) > 0), drain: of((wish) => (wish.evacuate?.length ?? 0) > 0), relieve: of((wish) => (wish.relieve?.length ?? 0) > 0),
    preferred: of((wish) => (wish.prefer?.length ?? 0) > 0), empty: of((wish) => (wish.empty?.length ?? 0) > 0), spread: of((wish) => wish.spreadMax !== undefined),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}
