import type { StepId } from '../model/ids.ts'
import type { LoadView } from '../model/loadView.ts'
import type { NotDone, Plan } from '../model/plan.ts'
import type { PoolIndex } from '../model/poolIndex.ts'
import { NOWHERE, VM, type Pool } from '../model/pool.ts'
import { type Reason, reason } from '../model/result.ts'
import type { TransitionLimits } from '../model/transition.ts'
import type { Cause, Packed } from '../optimize/packing.ts'
import { type PlanInput, type PlanOptions, assemblePlan } from './assemble.ts'
import { type CausedStep, groupsFor } from './groups.ts'
import { type Wanted, orderSteps } from './order.ts'
import { TIMING, expectedMigration } from './timing.ts'
import { unmetOf } from './unmet.ts'
import { DEFAULT_PRICES, type Prices, worthDoing } from './worth.ts'

/** A placement that was found, with the way from its numbers to hosts, VMs and reasons, and the power steps wanted beside it. */
export interface Decision {
  readonly packed: Packed
  readonly itemVm: Int32Array
  /** What no placement could reach. */
  readonly unmet: readonly Reason[]
  readonly reasonOf: (cause: Cause) => { readonly goal: string; readonly reason: Reason }
  readonly wake: readonly { readonly host: number; readonly reason: Reason }[]
  readonly stop: readonly { readonly vm: number; readonly how: 'shutdown' | 'suspend'; readonly reason: Reason }[]
  readonly powerOff: readonly { readonly host: number; readonly reason: Reason; readonly after: readonly StepId[] }[]
  readonly goal: string
  readonly reason: Reason
  /** What was considered before and not done. */
  readonly notDone?: readonly NotDone[]
  /** What benefits and costs are worth (absent: DEFAULT_PRICES), and whether optional groups that don't pay are left out. */
  readonly prices?: Prices
  readonly leaveOutUnworthy?: boolean
}

/** Turns a placement into a plan: the difference to what is, ordered, timed and with a reason for every step. */
export function makePlan(pool: Pool, index: PoolIndex, load: LoadView, decision: Decision, limits: TransitionLimits, prefix: string, options: Partial<PlanOptions> = {}): Plan {
  const { packed, goal, reason: why, prices = DEFAULT_PRICES } = decision
  const steps = wantedSteps(pool, load, decision)
  const given: PlanInput = {
    goal, reason: why, wanted: steps.map(({ wanted }) => wanted), groups: groupsFor(pool, index, load, steps, prices), unmet: [...decision.unmet, ...unmetOf(pool, packed, decision.itemVm)],
    notDone: decision.notDone ?? [], objective: { before: packed.objectiveBefore, after: packed.objectiveAfter, lowerBound: packed.lowerBound }, baseHash: null,
  }
  const input = decision.leaveOutUnworthy === true ? worthyPart(pool, index, given, limits) : given
  return assemblePlan(pool, index, input, limits, { prefix, load, order: 'asWanted', ...options })
}

/** Leaves out optional groups that take more than they bring, unless the rest can't do without the room they make. */
export function worthyPart(pool: Pool, index: PoolIndex, input: PlanInput, limits: TransitionLimits): PlanInput {
  const { groups, wanted } = input
  const without = (left: ReadonlySet<number>): { kept: number[]; wanted: Wanted[] } => {
    const gone = new Set([...left].flatMap((number) => groups[number]!.wanted))
    const kept = wanted.map((_, position) => position).filter((position) => !gone.has(position))
    return { kept, wanted: kept.map((position) => wanted[position]!) }
  }
  const unmetBefore = orderSteps(pool, index, wanted, limits, 'w').unmet.length
  const { kept, left } = worthDoing(groups, (out) => orderSteps(pool, index, without(out).wanted, limits, 'w').unmet.length <= unmetBefore)
  if (left.length === 0) return input
  const rest = without(new Set(left))
  const positionNow = new Map(rest.kept.map((before, now) => [before, now] as const))
  return {
    ...input, wanted: rest.wanted, groups: kept.map((number) => ({ ...groups[number]!, wanted: groups[number]!.wanted.map((position) => positionNow.get(position)!) })),
    notDone: [...input.notDone, ...left.map((number) => notWorthIt(wanted, groups[number]!))],
  }
}

function notWorthIt(wanted: readonly Wanted[], { name, wanted: positions, benefit, cost }: PlanInput['groups'][number]): NotDone {
  const steps = positions.map((position) => wanted[position]!)
  return {
    reason: reason('notWorthIt', `${name}: it would bring ${benefit.totalWh.toFixed(1)} Wh and take ${cost.totalWh.toFixed(1)} Wh`, { benefitWh: benefit.totalWh, costWh: cost.totalWh, migrations: steps.filter(({ kind }) => kind === 'migrate').length }),
    vms: steps.flatMap((step) => ('vm' in step ? [step.vm] : [])), hosts: [...new Set(steps.flatMap((step) => ('host' in step ? [step.host] : 'source' in step ? [step.source] : [])))],
  }
}

/** All steps that the decision asks for, with what caused them. */
function wantedSteps(pool: Pool, load: LoadView, decision: Decision): CausedStep[] {
  const { wake, stop, powerOff } = decision
  return [
    ...wake.map(({ host, reason }): CausedStep => ({ cause: 'wake', wanted: { kind: 'powerOn', host: pool.hosts[host]!.id, estimateMs: pool.hosts[host]!.power.bootMs, reason } })),
    ...stop.map(({ vm, how, reason }): CausedStep => ({ cause: 'stop', wanted: { kind: how === 'shutdown' ? 'shutdownVm' : 'suspendVm', vm: pool.vms[vm]!.id, source: pool.hosts[pool.vmHost[vm]!]!.id, estimateMs: TIMING.stopMs, reason } })),
    ...placementSteps(pool, load, decision),
    ...powerOff.map(({ host, reason, after }): CausedStep => ({ cause: 'empty', wanted: { kind: 'powerOff', host: pool.hosts[host]!.id, estimateMs: pool.hosts[host]!.power.shutdownMs, reason, after } })),
  ]
}

/** One step for each item whose place changes from first to last, whatever the solver did between. */
function placementSteps(pool: Pool, load: LoadView, { packed, itemVm, reasonOf }: Decision): CausedStep[] {
  const last = new Map<number, { source: number; target: number; cause: Cause }>()
  for (const move of packed.moves) {
    const before = last.get(move.item)
    // What must move and is then moved on for evenness or consolidation still moves because it must.
    const cause = before && (before.cause === 'place' || before.cause === 'drain') ? before.cause : move.cause
    last.set(move.item, { source: before?.source ?? move.source, target: move.target, cause })
  }
  const steps: CausedStep[] = []
  for (const [item, { source, target, cause }] of last) {
    if (source === target) continue
    const why = reason(cause === 'drain' ? 'evacuate' : cause, reasonOf(cause).reason.text)
    steps.push({ cause, wanted: placementStep(pool, load, itemVm[item]!, source, target, why) })
  }
  return steps
}

/** The step that brings a VM from where it is (`source` below 0: nowhere) to a host. */
export function placementStep(pool: Pool, load: LoadView | null, vm: number, source: number, target: number, why: Reason): Wanted {
  const { id } = pool.vms[vm]!
  const host = pool.hosts[target]!
  if (source < 0) return { kind: pool.vmState[vm] === VM.suspended ? 'resumeVm' : 'startVm', vm: id, target: host.id, estimateMs: TIMING.startMs, reason: why }
  const learned = load?.migrations
  return { kind: 'migrate', vm: id, source: pool.hosts[source]!.id, target: host.id, estimateMs: Math.ceil(expectedMigration(pool, vm, pool.hosts[source]!, host, load).durationMs), reason: learned === undefined ? why : reason(why.code, why.text, { ...why.numbers, learnedMigrations: learned.vms.get(id)?.count ?? 0 }) }
}

/** One step for every VM whose place is to change. `hostOfVm`: where each VM is to be, NOWHERE where it has no place or keeps none. */
export function differenceSteps(pool: Pool, load: LoadView | null, hostOfVm: Int32Array, why: (vm: number) => Reason): Wanted[] {
  const steps: Wanted[] = []
  for (let vm = 0; vm < pool.vms.length; vm++) {
    const target = hostOfVm[vm]!
    if (target !== NOWHERE && target !== pool.vmHost[vm] && pool.vmState[vm] !== VM.gone) steps.push(placementStep(pool, load, vm, pool.vmHost[vm]!, target, why(vm)))
  }
  return steps
}
