import { poolBudgets } from '../../../model/poolBudgets.ts'
import { DRILL } from '../../../model/plan.ts'
import { type Pool, POWER } from '../../../model/pool.ts'
import { DAY_MS, HOUR_MS } from '../../../model/resources.ts'
import { type Reason, reason } from '../../../model/result.ts'
import { counted, listNames } from '../../../model/text.ts'
import type { GoalView, Wish } from '../../wish.ts'
import { hostsWhere } from './hosts.ts'
import type { PowerMemory } from './memory.ts'
import { wakeable } from './wake.ts'

/** Hosts that drills may cost the pool, be it all for one cause: a network to management controllers that is down, say. */
const DRILLS_LOST_MAX = 2

/** Hosts that could be emptied, by whether they are known to wake. */
export interface Relied {
  /** Those that may go off, best first, then those that may be drilled. */
  readonly hosts: readonly number[]
  readonly drill: readonly number[]
  /** Why nothing of it is done for want of proof; null: something may be, or there was nothing to do. */
  readonly note: Reason | null
}

/**
 * Leaves out hosts that were not seen to wake for as long as the policy says. With drills on they come last: such a host is
 * emptied and powered off only where the pool could do without it for good, and woken at once.
 */
export function reliedOn(view: GoalView, memory: PowerMemory, candidates: readonly number[]): Relied {
  const { pool, atMs } = view
  const doubted = candidates.filter((host) => unproven(view, memory, host) !== null)
  if (doubted.length === 0) return { hosts: candidates, drill: [], note: null }
  const relied = candidates.filter((host) => !doubted.includes(host))
  const isResting = (host: number): boolean => memory.wakeFailures.some((failure) => failure.host === host && atMs < failure.notBeforeMs)
  const barred = noDrill(view, memory)
  const drill = barred === null ? doubted.filter((host) => !isResting(host)) : []
  const hosts = [...relied, ...drill]
  if (hosts.length > 0) return { hosts, drill, note: null }
  const [first] = doubted
  const { code, text: why } = barred ?? { code: 'wakeNotProven', text: `${pool.hosts[first!]!.id} ${unproven(view, memory, first!)}` }
  return { hosts, drill, note: reason(code, `${counted(doubted.length, 'host', 'hosts')} could be powered off and stay on, for want of proof that they wake: ${why}`, { hosts: doubted.length }) }
}

/** Why no further host is drilled now; null: one may be. */
function noDrill({ pool, policy }: GoalView, { drilling, wakeFailures }: PowerMemory): Pick<Reason, 'code' | 'text'> | null {
  const { wakeDrills, wakeFailuresMax } = policy.powerSave
  if (!wakeDrills) return { code: 'wakeNotProven', text: 'drills are off (powerSave.wakeDrills); plimsoll power drill tries a host' }
  const isLost = (host: number): boolean => wakeFailures.some((failure) => failure.host === host && failure.count >= wakeFailuresMax)
  const named = (hosts: readonly number[]): string => listNames(hosts.map((host) => pool.hosts[host]!.id))
  const lost = drilling.filter(isLost)
  const busy = drilling.filter((host) => !isLost(host))
  if (busy.length > 0) return { code: 'wakeNotProven', text: `${named(busy)} is drilled first` }
  return lost.length >= DRILLS_LOST_MAX ? { code: 'drillsFailed', text: `${named(lost)} did not come back from drills, so no other is tried: look at them` } : null
}

/** The wish to empty hosts, and what is said of it. */
export function emptyHosts(pool: Pool, why: Reason, { drill }: Relied, empty: readonly number[], emptyMax: number): { readonly wishes: readonly Wish[]; readonly note: Reason } {
  const [first] = empty
  return { wishes: [{ goal: 'consolidation', reason: why, empty, emptyMax, drill }], note: first !== undefined && drill.includes(first) ? drillReason(pool, first) : why }
}

/** Why the host is not relied on to wake, in words; null: it was seen to, or the policy does not ask. */
export function unproven({ policy, atMs }: GoalView, { wakes }: PowerMemory, host: number): string | null {
  const { wakeProofAgeMaxMs } = policy.powerSave
  if (wakeProofAgeMaxMs === null) return null
  const seen = wakes.find((wake) => wake.host === host)
  if (seen === undefined) return 'was never seen to wake, or failed to when it was last tried (plimsoll power drill)'
  return atMs - seen.atMs <= wakeProofAgeMaxMs ? null : `was last seen to wake ${age(atMs - seen.atMs)} ago, and ${age(wakeProofAgeMaxMs)} is the most (plimsoll power drill)`
}

const age = (durationMs: number): string => (durationMs < 2 * DAY_MS ? `${Math.floor(durationMs / HOUR_MS)} h` : `${Math.floor(durationMs / DAY_MS)} days`)

/** Why a host goes off though it is not known to wake, and why it is woken. */
export const drillReason = (pool: Pool, host: number): Reason =>
  reason(DRILL, `${pool.hosts[host]!.id} is not needed now: it is powered off and woken at once, to see that it comes back`)

/** Hosts that were powered off to see whether they wake are woken, also after failures, as every host that failed to. */
export function wakeDrilled(view: GoalView, memory: PowerMemory): Wish[] {
  const { pool, policy } = view
  const booting = hostsWhere(pool, (host) => pool.hostPower[host] === POWER.poweringOn).length
  const free = Math.max(0, poolBudgets(policy, pool.hosts.length).bootsAtOnceMax - booting)
  return wakeable(view, memory).filter((host) => memory.drilling.includes(host)).slice(0, free).map((host): Wish => ({ goal: 'consolidation', reason: drillReason(pool, host), wake: [host] }))
}
