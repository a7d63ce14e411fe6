import { NOWHERE, VM, type Pool } from '../model/pool.ts'
import { DAY_MS } from '../model/resources.ts'
import type { PolicySettings } from '../model/policy.ts'
import { type Reason, reason } from '../model/result.ts'
import type { ControllerState } from './state.ts'

/** What is known of others who work on the pool: HA managers, administrators, another balancer. */
export interface OthersMemory {
  /** Where each VM ran last, by slot, and when it took the slot. */
  readonly places: Int32Array
  readonly sinceMs: Float64Array
  readonly lookedMs: number
  /** Migrations of the last day that nobody here asked for, oldest first. */
  readonly moves: readonly { readonly vm: number; readonly vmSinceMs: number; readonly atMs: number }[]
  /** Since when somebody else is seen at work; null: nobody is. */
  readonly busySinceMs: number | null
}

export const NO_OTHERS: OthersMemory = { places: new Int32Array(0), sinceMs: new Float64Array(0), lookedMs: -Infinity, moves: [], busySinceMs: null }

/** Foreign migrations within the back-off time that mean another balancer. */
const BALANCER_MOVES = 3

/** Compares where VMs run with where they ran at the last look: what moved without a step of ours, others moved. O(VMs). */
export function followOthers({ others, movedAtMs, progress, policy }: Pick<ControllerState, 'others' | 'movedAtMs' | 'progress' | 'policy'>, pool: Pool, atMs: number): OthersMemory {
  const own = new Set<string>(progress.running.flatMap(({ step }) => ('vm' in step ? [step.vm] : [])))
  const size = pool.vms.length
  const places = new Int32Array(size).fill(NOWHERE)
  const sinceMs = pool.vmSinceMs.slice(0, size)
  const moves = others.moves.filter((move) => atMs - move.atMs < DAY_MS && pool.vmSinceMs[move.vm] === move.vmSinceMs)
  for (let vm = 0; vm < size; vm++) {
    const before = others.sinceMs[vm] === sinceMs[vm] ? (others.places[vm] ?? NOWHERE) : NOWHERE
    const isRunning = pool.vmState[vm] === VM.running
    places[vm] = isRunning ? pool.vmHost[vm]! : before
    if (!isRunning || before === NOWHERE || before === places[vm] || own.has(pool.vms[vm]!.id)) continue
    if (!(movedAtMs[vm]! >= others.lookedMs) && policy.availability.foreignBackOffMs > 0 && !wasLost(pool, before)) moves.push({ vm, vmSinceMs: sinceMs[vm]!, atMs })
  }
  return { places, sinceMs, lookedMs: atMs, moves, busySinceMs: isBusy(pool, own) ? (others.busySinceMs ?? atMs) : null }
}

/** What ran on a host that is gone was restarted, not migrated. */
const wasLost = ({ hostPower }: Pool, host: number): boolean => hostPower[host] !== 0

/** Whether a host does not answer, so that the HA manager is at work, or a migration runs that is not ours. */
function isBusy(pool: Pool, own: ReadonlySet<string>): boolean {
  if (pool.hostReachable.subarray(0, pool.hosts.length).includes(0)) return true
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmState[vm] === VM.migrating && pool.vmTarget[vm] !== NOWHERE && !own.has(pool.vms[vm]!.id)) return true
  return false
}

/** VMs that ran before and wait for a place: those of a failed host, which are restarted whatever room is kept for failures. */
export function restarting(pool: Pool, { places, sinceMs }: OthersMemory): number[] {
  const vms: number[] = []
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmState[vm] === VM.pending && sinceMs[vm] === pool.vmSinceMs[vm] && (places[vm] ?? NOWHERE) !== NOWHERE) vms.push(vm)
  return vms
}

/**
 * VMs, by slot, that somebody else has moved and that are left to them for now: for the back-off time, doubled with each
 * further such move of the same VM within a day, at most for a day. Whoever pulls a VM back again and again wins.
 */
export function leftToOthers({ moves }: OthersMemory, pool: Pool, { availability }: PolicySettings, atMs: number): number[] {
  const last = new Map<number, { count: number; movedMs: number }>()
  for (const { vm, vmSinceMs, atMs: movedMs } of moves) if (pool.vmSinceMs[vm] === vmSinceMs) last.set(vm, { count: (last.get(vm)?.count ?? 0) + 1, movedMs })
  return [...last].filter(([, { count, movedMs }]) => atMs - movedMs < Math.min(DAY_MS, availability.foreignBackOffMs * 2 ** (count - 1))).map(([vm]) => vm)
}

/** Why optional moves wait for others, or null. */
export function standsAside({ moves: all, busySinceMs }: OthersMemory, { availability }: PolicySettings, atMs: number): Reason | null {
  const moves = all.filter((move) => atMs - move.atMs < availability.foreignBackOffMs)
  if (busySinceMs !== null && atMs - busySinceMs < availability.standAsideMaxMs) return reason('standsAside', 'a host does not answer or somebody else migrates a VM: relief, consolidation and balance wait', { sinceMs: busySinceMs })
  if (moves.length >= BALANCER_MOVES) return reason('otherBalancer', `${moves.length} VMs were migrated by somebody else lately: relief, consolidation and balance wait; let only one balancer work on the pool`, { moves: moves.length })
  return null
}
