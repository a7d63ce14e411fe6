import { type StepId, stepId } from '../model/ids.ts'
import type { Step } from '../model/plan.ts'
import { VM, type Pool } from '../model/pool.ts'
import { type Reason, reason } from '../model/result.ts'
import type { Baseline, BaselineMove } from '../policy/baseline/baseline.ts'
import type { Input, Output } from './messages.ts'
import { startEvent } from './startEvent.ts'
import type { ControllerState } from './state.ts'

/** What a baseline's controller remembers beside samples: in which order VMs came to where they are. */
export interface BaselineMemory {
  /** VM slots as of the last decision. */
  readonly arrivalOrder: Int32Array
  /** Arrivals since then, the last one first. */
  readonly arrived: Arrival | null
  /** VM slots of migrations that were named and may not have ended yet, by step. */
  readonly migrating: ReadonlyMap<StepId, number>
}

interface Arrival {
  readonly vm: number
  readonly before: Arrival | null
}

export const NO_BASELINE_MEMORY: BaselineMemory = { arrivalOrder: new Int32Array(0), arrived: null, migrating: new Map() }

const NO_STEPS: readonly StepId[] = []
const NO_OUTPUTS: readonly Output[] = []

interface Decided {
  readonly state: ControllerState
  readonly outputs: readonly Output[]
}

const REASONS: Record<BaselineMove['cause'], Reason> = {
  relieve: reason('relieve', 'off an overloaded host'),
  empty: reason('empty', 'empties an underloaded host'),
}

/** A baseline's migrations start at once, as its study defines: no arbitration, ordering or benefit filter. */
export function decideBaseline(baseline: Baseline, before: ControllerState, pool: Pool, atMs: number): Decided {
  const arrivalOrder = orderedArrivals(before.baseline, pool)
  const migrating = new Map([...before.baseline.migrating].filter(([, vm]) => pool.vmState[vm] === VM.migrating))
  const state = { ...before, baseline: { arrivalOrder, arrived: null, migrating } }
  const moves = baseline.decide({ pool, frames: state.history, arrivalOrder, atMs })
  if (moves.length === 0) return { state, outputs: [] }
  const plan = `p${state.planCount}`
  const outputs = [planned(plan, baseline, moves, atMs)]
  for (const { vm, target, cause } of moves) {
    const id = stepId(`${plan}.${outputs.length >> 1}`)
    const step: Step = { id, after: NO_STEPS, estimateMs: 0, reason: REASONS[cause], kind: 'migrate', vm: pool.vms[vm]!.id, source: pool.hosts[pool.vmHost[vm]!]!.id, target: pool.hosts[target]!.id }
    migrating.set(id, vm)
    outputs.push({ kind: 'record', event: startEvent(step, atMs) }, { kind: 'start', step })
  }
  return { state: { ...state, planCount: state.planCount + 1 }, outputs }
}

function planned(plan: string, { name }: Baseline, moves: readonly BaselineMove[], atMs: number): Output {
  const relieving = moves.filter(({ cause }) => cause === 'relieve').length
  const why = reason('baseline', `${name} names ${relieving} migrations off overloaded hosts and ${moves.length - relieving} that empty hosts`, { relieving, emptying: moves.length - relieving })
  return { kind: 'record', event: { atMs, kind: 'plan', plan, goal: 'baseline', steps: moves.length, reason: why, unmet: [] } }
}

/** Keeps the order in which VMs arrive; nothing else is learned from how a baseline's steps end. Null: the step is not one of them. */
export function baselineStepEnded(state: ControllerState, { step, outcome }: Input & { kind: 'stepEnded' }): Decided | null {
  const vm = state.baseline.migrating.get(step)
  if (vm === undefined) return null
  if (outcome !== 'done') return { state, outputs: NO_OUTPUTS }
  const { arrivalOrder, arrived, migrating } = state.baseline
  return { state: { ...state, baseline: { arrivalOrder, arrived: { vm, before: arrived }, migrating } }, outputs: NO_OUTPUTS }
}

/** Those that stayed in their old order, then arrivals in theirs (the last one of a VM counts), then VMs that are new by slot. */
function orderedArrivals({ arrivalOrder, arrived }: BaselineMemory, pool: Pool): Int32Array {
  const isDue = new Uint8Array(pool.vms.length)
  for (let vm = 0; vm < isDue.length; vm++) isDue[vm] = pool.vmState[vm] === VM.gone ? 0 : 1
  const order = new Int32Array(pool.vms.length)
  // From the end to the beginning, so that the last arrival of a VM is met first.
  const came: number[] = []
  for (let arrival = arrived; arrival; arrival = arrival.before) if (take(isDue, arrival.vm)) came.push(arrival.vm)
  let size = 0
  for (const vm of arrivalOrder) if (take(isDue, vm)) order[size++] = vm
  for (const vm of came.reverse()) order[size++] = vm
  for (let vm = 0; vm < isDue.length; vm++) if (take(isDue, vm)) order[size++] = vm
  return order.subarray(0, size)
}

function take(isDue: Uint8Array, vm: number): boolean {
  if (isDue[vm] !== 1) return false
  isDue[vm] = 0
  return true
}
