import { poolBudgets } from '../../../model/poolBudgets.ts'
import { MODE, POWER, cpuForVmsMhz } from '../../../model/pool.ts'
import { type Reason, reason } from '../../../model/result.ts'
import { MINUTE_MS } from '../../../model/resources.ts'
import { counted, percent } from '../../../model/text.ts'
import { isServing } from '../../../model/transition.ts'
import type { GoalView } from '../../wish.ts'
import { cpuForHost, hostsWhere, sum, usable } from './hosts.ts'
import type { PowerMemory, Shortage } from './memory.ts'
import { byWear, wattsPerMhz } from './order.ts'

interface WakeUp {
  readonly hosts: readonly number[]
  readonly why: Reason
}

/** Hosts to wake now, or null when there is capacity enough. An empty list with a reason: capacity is short, but nothing (more) can be woken. */
export function wakeForCapacity(view: GoalView, memory: PowerMemory, shortage: Shortage): WakeUp | null {
  const { pool, policy } = view
  const cause = wakeCause(view, shortage)
  if (!cause) return null
  const booting = hostsWhere(pool, (host) => pool.hostPower[host] === POWER.poweringOn)
  const candidates = wakeable(view, memory)
  const { bootsAtOnceMax } = poolBudgets(policy, pool.hosts.length)
  let missingMhz = cause.missingMhz - sum(booting, (host) => cpuForVmsMhz(pool.hosts[host]!))
  let missingHosts = cause.missingHosts - booting.length
  const hosts: number[] = []
  for (const host of candidates) {
    if (booting.length + hosts.length >= bootsAtOnceMax || (missingMhz <= 0 && missingHosts <= 0)) break
    hosts.push(host)
    missingMhz -= cpuForVmsMhz(pool.hosts[host]!)
    missingHosts--
  }
  const rest = hosts.length > 0 ? '' : booting.length > 0 ? '; hosts are booting' : '; no host is left to wake'
  return { hosts, why: reason(cause.code, `${cause.text}${rest}`, cause.numbers) }
}

interface WakeCause {
  readonly code: string
  readonly text: string
  readonly numbers: Readonly<Record<string, number>>
  readonly missingMhz: number
  readonly missingHosts: number
}

function wakeCause(view: GoalView, shortage: Shortage): WakeCause | null {
  const { pool, policy } = view
  const settings = policy.powerSave
  const serving = hostsWhere(pool, (host) => isServing(pool, host))
  const demandMhz = sum(serving, (host) => view.load.hostShort[host]! * cpuForVmsMhz(pool.hosts[host]!))
  const usableMhz = usable(pool, serving, settings.reserveHosts, cpuForHost)
  if (shortage.unplaced > 0) return { code: 'wakeForPlacement', text: `${counted(shortage.unplaced, 'VM found', 'VMs found')} no place on the hosts that are on`, numbers: { unplaced: shortage.unplaced }, missingMhz: 0, missingHosts: 1 }
  if (shortage.undrained > 0) return { code: 'wakeForMaintenance', text: `${counted(shortage.undrained, 'VM', 'VMs')} can't leave a host that enters maintenance`, numbers: { undrained: shortage.undrained }, missingMhz: 0, missingHosts: 1 }
  if (serving.length < settings.hostsOnMin) return { code: 'wakeForMinimum', text: `${counted(serving.length, 'host serves', 'hosts serve')}, ${settings.hostsOnMin} must`, numbers: { serving: serving.length, hostsOnMin: settings.hostsOnMin }, missingMhz: 0, missingHosts: settings.hostsOnMin - serving.length }
  if (shortage.unrelieved > 0) return { code: 'wakeForRelief', text: `${counted(shortage.unrelieved, 'loaded host', 'loaded hosts')} can't be relieved by the hosts that are on`, numbers: { unrelieved: shortage.unrelieved }, missingMhz: 0, missingHosts: 1 }
  if (demandMhz <= settings.utilizationHigh * usableMhz) return aheadCause(view, usableMhz)
  return {
    code: 'wakeForDemand', text: `demand is ${percent(demandMhz / Math.max(usableMhz, 1))} of the CPU that is on without ${counted(settings.reserveHosts, 'reserve host', 'reserve hosts')}, above ${percent(settings.utilizationHigh)}`,
    numbers: { demandMhz, usableMhz, utilizationHigh: settings.utilizationHigh }, missingMhz: demandMhz / settings.fillMax - usableMhz, missingHosts: 0,
  }
}

/** Demand is expected to pass the threshold before a host that is woken later would be up. */
function aheadCause({ outlook, policy }: GoalView, usableMhz: number): WakeCause | null {
  const ahead = outlook?.wake ?? null
  const { utilizationHigh, fillMax, reserveHosts } = policy.powerSave
  if (ahead === null || ahead.upperMhz <= utilizationHigh * usableMhz) return null
  const { expectedMhz, upperMhz, inMs, lossRatio } = ahead
  return {
    code: 'wakeForForecast', text: `within ${Math.ceil(inMs / MINUTE_MS)} min demand may rise to ${percent(upperMhz / Math.max(usableMhz, 1))} of the CPU that is on without ${reserveHosts} reserve hosts, above ${percent(utilizationHigh)}`,
    numbers: { expectedMhz, upperMhz, usableMhz, inMs, lossRatio }, missingMhz: upperMhz / Math.max(fillMax, utilizationHigh) - usableMhz, missingHosts: 0,
  }
}

/** Hosts that may be woken: off, under power management, not out of service; most work per watt first, or those that are to be worn next. */
export function wakeable(view: GoalView, memory: PowerMemory): number[] {
  const { pool, atMs } = view
  const ready = (host: number): boolean => {
    const failure = memory.wakeFailures.find((entry) => entry.host === host)
    const broken = pool.hostPower[host] === POWER.failed && !failure
    return !broken && (!failure || atMs >= failure.notBeforeMs)
  }
  const off = hostsWhere(pool, (host) => (pool.hostPower[host] === POWER.off || pool.hostPower[host] === POWER.failed) && pool.hostMode[host] === MODE.available && pool.hosts[host]!.powerManaged && ready(host))
  const watts = wattsPerMhz(view)
  const worn = byWear(view, memory)
  return off.sort((a, b) => worn(a, b) || watts(a) - watts(b) || a - b)
}
