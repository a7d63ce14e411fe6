import { NOWHERE, cpuForVmsMhz } from '../../../model/pool.ts'
import { reason } from '../../../model/result.ts'
import { listNames, percent } from '../../../model/text.ts'
import { isServing } from '../../../model/transition.ts'
import { expectedVmMhz } from '../../expectedDemand.ts'
import { endsWithin, inForce } from '../../windows.ts'
import type { GoalAnswer, GoalView, Wish } from '../../wish.ts'
import { consolidate } from './consolidate.ts'
import { wakeDrilled } from './drills.ts'
import { hostsWhere } from './hosts.ts'
import { type PowerMemory, type Shortage, followHosts } from './memory.ts'
import { wakeForCapacity } from './wake.ts'
import { bringBack, returnMs } from './windowEnd.ts'

/**
 * Consolidates when hosts or the whole pool were little used, powers emptied hosts off, and wakes hosts for capacity,
 * for VMs that found no place, or when its window ends; then the VMs are spread again.
 */
export function powerSaveGoal(view: GoalView, before: PowerMemory, shortage: Shortage): GoalAnswer<PowerMemory> {
  const settings = view.policy.powerSave
  const memory = followHosts(view, before)
  if (!settings.enabled && before.poweredOff.length === 0 && !memory.spreading) return { wishes: [], note: reason('powerOff', 'Power save is switched off.'), memory: { ...memory, draining: [] } }
  if (!settings.enabled || !inForce(settings.windows, view.unixMs)) return bringBack(view, { ...memory, returning: false }, shortage)
  if (memory.returning || (settings.wakeBeforeWindowEnd && endsWithin(settings.windows, view.unixMs, returnMs(view, memory)))) return bringBack(view, { ...memory, returning: true }, shortage)
  const relief = relieveFull(view)
  const wakeUp = wakeForCapacity(view, memory, shortage)
  if (wakeUp) return { wishes: wakeUp.hosts.length > 0 ? [...relief, { goal: 'overload', reason: wakeUp.why, wake: wakeUp.hosts }] : relief, note: wakeUp.why, memory: { ...memory, draining: [], spreading: false } }
  const answer = consolidate(view, { ...memory, spreading: false })
  return { ...answer, wishes: [...relief, ...wakeDrilled(view, memory), ...answer.wishes] }
}

/** Hosts that consolidation left too full as demand rose are relieved, onto those that were woken for it. */
function relieveFull(view: GoalView): Wish[] {
  const { pool, load, policy, risk } = view
  const { utilizationHigh } = policy.powerSave
  // By risk, what is likely is looked after by the limit: relief only takes away what is too much.
  const fillMax = risk === null ? policy.powerSave.fillMax : utilizationHigh
  const ahead = expectedUtilization(view)
  const full = hostsWhere(pool, (host) => isServing(pool, host) && load.hostKnown[host] === 1 && (load.hostMeasured[host]! > utilizationHigh || ahead[host]! > utilizationHigh))
  if (full.length === 0) return []
  const why = reason('hostFull', `${listNames(full.map((host) => pool.hosts[host]!.id))} ${full.every((host) => load.hostMeasured[host]! <= utilizationHigh) ? 'expected ' : ''}above ${percent(utilizationHigh)} of CPU after consolidation: relieve to ${percent(fillMax)}`, { hosts: full.length, utilizationHigh, fillMax })
  return [{ goal: 'overload', reason: why, relieve: full, relieveTo: fillMax }]
}

/** What hosts will be used to when the pool's demand is highest before a host woken now is up; zeros where nothing is foretold. */
function expectedUtilization({ pool, outlook }: GoalView): Float64Array {
  const used = new Float64Array(pool.hosts.length)
  const ahead = outlook?.wake ?? null
  if (ahead === null) return used
  expectedVmMhz(ahead).forEach((mhz, vm) => {
    const host = pool.vmTarget[vm] === NOWHERE ? pool.vmHost[vm]! : pool.vmTarget[vm]!
    if (host !== NOWHERE) used[host]! += mhz
  })
  for (let host = 0; host < used.length; host++) used[host]! /= cpuForVmsMhz(pool.hosts[host]!)
  return used
}
