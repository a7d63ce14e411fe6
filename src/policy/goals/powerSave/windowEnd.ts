import { poolBudgets } from '../../../model/poolBudgets.ts'
import { POWER } from '../../../model/pool.ts'
import { reason } from '../../../model/result.ts'
import { isServing } from '../../../model/transition.ts'
import { inForce } from '../../windows.ts'
import type { GoalAnswer, GoalView, Wish } from '../../wish.ts'
import { hostsWhere } from './hosts.ts'
import type { PowerMemory, Shortage } from './memory.ts'
import { wakeForCapacity, wakeable } from './wake.ts'

/** How long it takes until all hosts that were powered off are up, if waking begins now: in batches, each as long as its slowest boot. */
export function returnMs(view: GoalView, { poweredOff }: PowerMemory): number {
  const { pool, policy } = view
  const away = hostsWhere(pool, (host) => pool.hostPower[host] === POWER.poweringOn || poweredOff.includes(host))
  if (away.length === 0) return 0
  const bootMs = Math.max(...away.map((host) => pool.hosts[host]!.power.bootMs))
  return Math.ceil(away.length / poolBudgets(policy, pool.hosts.length).bootsAtOnceMax) * (bootMs + policy.decisionIntervalMs) + policy.decisionIntervalMs
}

/** The window ended, is about to, (or the goal was switched off): all hosts it powered off come back, a few at a time, then the VMs are spread. */
export function bringBack(view: GoalView, memory: PowerMemory, shortage: Shortage): GoalAnswer<PowerMemory> {
  const { pool, policy } = view
  const booting = hostsWhere(pool, (host) => pool.hostPower[host] === POWER.poweringOn)
  const back = wakeable(view, memory).filter((host) => memory.poweredOff.includes(host))
  const wake = back.slice(0, Math.max(0, poolBudgets(policy, pool.hosts.length).bootsAtOnceMax - booting.length))
  const needed = shortage.unplaced > 0 || shortage.undrained > 0 ? wakeForCapacity(view, memory, shortage) : null
  // Hosts in maintenance or out of service don't hold up the others.
  const returning = back.length > 0 || booting.some((host) => memory.poweredOff.includes(host))
  const gap = policy.evenDistribution.spreadMax
  const ended = !policy.powerSave.enabled || !inForce(policy.powerSave.windows, view.unixMs)
  const why = returning
    ? reason('windowEnded', `power save's window ${ended ? 'ended' : 'is about to end'}: ${back.length + booting.length} hosts come back`, { hosts: back.length + booting.length })
    : reason('powerOutsideWindow', ended ? 'Outside the windows of power save.' : 'The window of power save is about to end.')
  const wishes: Wish[] = []
  const hosts = [...new Set([...wake, ...(needed?.hosts ?? [])])]
  if (hosts.length > 0) wishes.push({ goal: 'schedule', reason: needed && wake.length === 0 ? needed.why : why, wake: hosts })
  const spreading = returning || (memory.spreading && !isSpread(view, gap))
  if (!returning && spreading) wishes.push({ goal: 'schedule', reason: reason('spreadAgain', 'hosts came back after power save: the VMs are spread again', { spreadMax: gap }), spreadMax: gap })
  return { wishes, note: wishes[0]?.reason ?? why, memory: { ...memory, draining: [], spreading } }
}

function isSpread({ pool, load }: GoalView, gapMax: number): boolean {
  const used = hostsWhere(pool, (host) => isServing(pool, host)).map((host) => load.hostShort[host]!)
  return used.length < 2 || Math.max(...used) - Math.min(...used) <= gapMax
}
