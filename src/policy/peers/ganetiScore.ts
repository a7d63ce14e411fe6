import { memoryForVmsMib } from '../../model/pool.ts'
import { bestMove } from './bestMove.ts'
import { type Draft, deviation, fits, freeMemoryMib, isAllowed, memoryRatio, moveTo } from './draft.ts'
import type { PeerAction } from './peer.ts'

const SCORE_MIN = 1e-9
const GAIN_MIN = 0.01
/** Below this score a step must gain at least `GAIN_MIN`. */
const GAIN_LIMIT = 0.1
const STEPS_MAX = 1000

/**
 * The score of Ganeti's htools without measured loads (no -U): standard deviations over online nodes of free memory, of
 * virtual CPUs a core and of the number of instances (each counts as a load of 1), and the nodes that could not take the
 * instances of one that fails. CPU use is not in it.
 */
export function ganetiScore(draft: Draft, hosts: readonly number[]): number {
  const { pool } = draft
  const vcpus = new Float64Array(pool.hosts.length)
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmHost[vm]! >= 0) vcpus[pool.vmHost[vm]!]! += pool.vms[vm]!.vcpus
  const free = hosts.map((host) => 1 - memoryRatio(draft, host))
  const ratios = hosts.map((host) => vcpus[host]! / pool.hosts[host]!.cores)
  const counts = hosts.map((host) => pool.hostVmCount[host]!)
  return deviation(free) + deviation(ratios) + deviation(counts) + failuresUnmet(draft, hosts)
}

/** Nodes whose instances the others would have no memory for. */
function failuresUnmet(draft: Draft, hosts: readonly number[]): number {
  const freeMib = hosts.reduce((sum, host) => sum + freeMemoryMib(draft, host), 0)
  return hosts.filter((host) => draft.pool.hostMemoryMib[host]! > freeMib - (memoryForVmsMib(draft.pool.hosts[host]!) - draft.pool.hostMemoryMib[host]!)).length
}

/** Steps of hbal's descent between these hosts, made on the draft: the best one each time, as long as it gains enough. */
export function descend(draft: Draft, hosts: readonly number[]): PeerAction[] {
  const actions: PeerAction[] = []
  const score = (): number => ganetiScore(draft, hosts)
  for (let now = score(); now > SCORE_MIN && actions.length < STEPS_MAX; now = score()) {
    const move = bestMove(draft, hosts, (vm, host) => fits(draft, vm, host) && isAllowed(draft, vm, host), score)
    if (move === null || now - move.after <= (now <= GAIN_LIMIT ? GAIN_MIN : 1e-9)) break
    moveTo(draft, move.vm, move.target)
    actions.push({ kind: 'migrate', vm: move.vm, target: move.target, why: `lowers the score from ${now.toFixed(3)} to ${move.after.toFixed(3)}` })
  }
  return lastMoves(actions)
}

/** A VM that the descent moved on is migrated once, to where it ends up. */
function lastMoves(actions: readonly PeerAction[]): PeerAction[] {
  const last = new Map<number, PeerAction>()
  for (const action of actions) if (action.kind === 'migrate') last.set(action.vm, action)
  return [...last.values()]
}
