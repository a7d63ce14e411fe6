import type { StepId } from '../model/ids.ts'
import type { LoadView } from '../model/loadView.ts'
import type { Plan } from '../model/plan.ts'
import type { PoolIndex } from '../model/poolIndex.ts'
import { POWER, VM, cpuForVmsMhz, type Pool } from '../model/pool.ts'
import { type Reason, reason } from '../model/result.ts'
import { percent } from '../model/text.ts'
import type { TransitionLimits } from '../model/transition.ts'
import type { Cause, Packed } from '../optimize/packing.ts'
import { planHash } from './hash.ts'
import { type Wanted, orderSteps } from './order.ts'
import { TIMING, migrationMs } from './timing.ts'

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
}

/** Turns a placement into a plan: the difference to what is, ordered, timed and with a reason for every step. */
export function makePlan(pool: Pool, index: PoolIndex, load: LoadView, decision: Decision, limits: TransitionLimits, prefix: string): Plan {
  const wanted: Wanted[] = [
    ...decision.wake.map(({ host, reason }): Wanted => ({ kind: 'powerOn', host: pool.hosts[host]!.id, estimateMs: pool.hosts[host]!.power.bootMs, reason })),
    ...decision.stop.map(({ vm, how, reason }): Wanted => ({ kind: how === 'shutdown' ? 'shutdownVm' : 'suspendVm', vm: pool.vms[vm]!.id, source: pool.hosts[pool.vmHost[vm]!]!.id, estimateMs: TIMING.stopMs, reason })),
    ...placementSteps(pool, load, decision),
    ...decision.powerOff.map(({ host, reason, after }): Wanted => ({ kind: 'powerOff', host: pool.hosts[host]!.id, estimateMs: pool.hosts[host]!.power.shutdownMs, reason, after })),
  ]
  const ordered = orderSteps(pool, index, wanted, limits, prefix)
  const unmet = [...decision.unmet, ...unmetOf(pool, decision), ...ordered.unmet]
  const plan: Omit<Plan, 'hash'> = {
    formatVersion: 1, baseRevision: pool.revision, baseHash: null, goal: decision.goal, reason: decision.reason, complete: unmet.length === 0, unmet, notDone: [],
    objective: { before: decision.packed.objectiveBefore, after: decision.packed.objectiveAfter, lowerBound: decision.packed.lowerBound },
    estimate: { beginMs: [], endMs: [], makespanMs: 0, makespanBoundMs: 0, sentMib: 0, downtimeMs: 0 }, groups: [], steps: ordered.steps,
  }
  return { ...plan, hash: planHash(plan) }
}

/** One step for each item whose place changes from first to last, whatever the solver did between. */
function placementSteps(pool: Pool, load: LoadView, { packed, itemVm, reasonOf }: Decision): Wanted[] {
  const last = new Map<number, { source: number; target: number; cause: Cause }>()
  for (const move of packed.moves) {
    const before = last.get(move.item)
    // What must move and is then moved on for evenness or consolidation still moves because it must.
    const cause = before && (before.cause === 'place' || before.cause === 'drain') ? before.cause : move.cause
    last.set(move.item, { source: before?.source ?? move.source, target: move.target, cause })
  }
  const steps: Wanted[] = []
  for (const [item, { source, target, cause }] of last) {
    if (source === target) continue
    const vm = itemVm[item]!
    const why = moveReason(pool, load, vm, source, target, reasonOf(cause).reason, cause)
    const id = pool.vms[vm]!.id
    const host = pool.hosts[target]!
    if (source < 0) steps.push({ kind: pool.vmState[vm] === VM.suspended ? 'resumeVm' : 'startVm', vm: id, target: host.id, estimateMs: TIMING.startMs, reason: why })
    else {
      const busy = load.vmShortMhz[vm]! / Math.max(1, pool.vms[vm]!.cpuMhz)
      steps.push({ kind: 'migrate', vm: id, source: pool.hosts[source]!.id, target: host.id, estimateMs: migrationMs(pool, vm, pool.hosts[source]!, host, busy), reason: why })
    }
  }
  return steps
}

/** Why this VM goes there: the goal's reason and what the step does to both hosts' CPU. */
function moveReason(pool: Pool, load: LoadView, vm: number, source: number, target: number, why: Reason, cause: Cause): Reason {
  const cpuMhz = load.vmShortMhz[vm]!
  const on = (host: number, change: number): string => {
    const before = load.hostShort[host]!
    return `${pool.hosts[host]!.id} ${percent(before)} to ${percent(Math.max(0, before + change / cpuForVmsMhz(pool.hosts[host]!)))}`
  }
  const effect = source < 0 ? on(target, cpuMhz) : `${on(source, -cpuMhz)}, ${on(target, cpuMhz)}`
  return reason(cause === 'drain' ? 'evacuate' : cause, `${why.text} (${effect} of CPU)`, { cpuMhz, memoryMib: pool.vms[vm]!.memoryMib, targetUtilization: load.hostShort[target]! })
}

function outOfMovesText(cause: Cause, vm: string, host: string): string {
  switch (cause) {
    case 'relieve':
      return `${host} stays loaded`
    case 'preferred':
      return `${vm} can't return to ${host} yet`
    case 'empty':
      return `${host} can't be emptied`
    case 'place':
    case 'drain':
    case 'spread':
      return `${host} stays farther from the others than the policy wants`
  }
}

function unmetOf(pool: Pool, { packed, itemVm }: Decision): Reason[] {
  return packed.unmet.map(({ cause, item, bin, outOfMoves }) => {
    const vm = item < 0 ? '' : pool.vms[itemVm[item]!]!.id
    const host = bin < 0 ? '' : pool.hosts[bin]!.id
    if (outOfMoves) return reason('budgetSpent', `${outOfMovesText(cause, vm, host)}: as many optional migrations as budgets.migrationsPerHourMax allows began within the last hour or are planned now`)
    switch (cause) {
      case 'place': {
        const on = pool.hostPower.subarray(0, pool.hosts.length).filter((state) => state === POWER.on).length
        return reason('noHostFits', `${vm} (${pool.vms[itemVm[item]!]!.memoryMib} MiB) fits no host: ${on} are on; free memory, wake a host or leave maintenance`)
      }
      case 'drain':
        return reason('cannotLeave', `${vm} finds no other host and stays on ${host}`)
      case 'relieve':
        return item < 0
          ? reason('cannotRelieve', `${host} stays loaded: no VM on it may move now, or would fit below the low-water mark even on an empty host`)
          : reason('noRoomToRelieve', `${host} stays loaded: ${vm} fits below the low-water mark on no other host that is on`)
      case 'preferred':
        return reason('homeFull', `${vm} can't return to ${host} yet: no room there below the fill limit`)
      case 'empty':
        return reason('cannotEmpty', `${host} can't be emptied: its VMs don't all fit elsewhere or may not move now`)
      case 'spread':
        return reason('cannotSpread', `no single move brings ${host} nearer to the others`)
    }
  })
}
