import type { Window } from '../../src/model/policy.ts'
import { memoryForVmsMib } from '../../src/model/pool.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/resources.ts'
import type { Run, RunEvent } from '../../src/model/run.ts'
import type { ScenarioRun } from '../../src/model/scenario.ts'

type Start = RunEvent & { kind: 'start' }
const OPTIONAL = new Set(['relieve', 'empty', 'spread'])
const CYCLE_FREE = new Set(['operator'])

/**
 * Promises of a policy that a day broke, as sentences: rest of a VM after a migration, optional migrations by hour and by host
 * and hour, power-offs by host and day, hosts that stay on, room for failures after a power-off, and windows. Told from the
 * run's events alone; of what it checks it shares nothing but the settings.
 */
export function brokenBounds(run: ScenarioRun, { events }: Run): string[] {
  const starts = events.filter((event): event is Start => event.kind === 'start')
  const optional = starts.filter(({ action, reason }) => action === 'migrate' && OPTIONAL.has(reason.code))
  return [...restsBroken(run, events), ...hoursBroken(run, optional), ...cyclesBroken(run, starts), ...windowsBroken(run, starts), ...poolBroken(run, events)]
}

/** A VM that has arrived somewhere stays there for its rest, unless it must leave. */
function restsBroken({ policy }: ScenarioRun, events: readonly RunEvent[]): string[] {
  const arrivedMs = new Map<string, number>()
  const broken: string[] = []
  for (const event of events) {
    if (event.kind === 'end' && event.action === 'migrate' && event.outcome === 'done') arrivedMs.set(event.vm!, event.atMs)
    if (event.kind !== 'start' || event.action !== 'migrate' || !OPTIONAL.has(event.reason.code)) continue
    const restedMs = event.atMs - (arrivedMs.get(event.vm!) ?? -Infinity)
    if (restedMs < policy.budgets.vmCooldownMs) broken.push(`${event.vm} moved after ${restedMs / MINUTE_MS} min of rest`)
  }
  return broken
}

function hoursBroken({ policy }: ScenarioRun, optional: readonly Start[]): string[] {
  const { migrationsPerHourMax, migrationsPerHostHourMax } = policy.budgets
  const most = (starts: readonly Start[]): number => Math.max(0, ...starts.map(({ atMs }) => starts.filter((other) => other.atMs > atMs - HOUR_MS && other.atMs <= atMs).length))
  const broken: string[] = []
  // 120 is what a pool of this size has without a number of its own.
  if (most(optional) > (migrationsPerHourMax ?? 120)) broken.push(`${most(optional)} optional migrations within an hour`)
  if (migrationsPerHostHourMax === null) return broken
  const hosts = new Set(optional.flatMap(({ source, target }) => [source!, target!]))
  for (const host of hosts) {
    const number = most(optional.filter(({ source, target }) => source === host || target === host))
    if (number > migrationsPerHostHourMax) broken.push(`${number} optional migrations of ${host} within an hour`)
  }
  return broken
}

function cyclesBroken({ policy }: ScenarioRun, starts: readonly Start[]): string[] {
  const offs = starts.filter(({ action, reason }) => action === 'powerOff' && !CYCLE_FREE.has(reason.code))
  return [...new Set(offs.map(({ host }) => host!))].flatMap((host) => {
    const number = offs.filter((off) => off.host === host && off.atMs < DAY_MS).length
    return number > policy.powerSave.powerCyclesPerHostDayMax ? [`${host} powered off ${number} times in a day`] : []
  })
}

/** Windows of a day in UTC that begins at midnight. */
const isOpen = (window: Window, atMs: number): boolean => {
  const minute = (atMs % DAY_MS) / MINUTE_MS
  const { fromMinute, toMinute } = window
  return toMinute > fromMinute ? minute >= fromMinute && minute < toMinute : minute < toMinute && atMs >= DAY_MS ? true : minute >= fromMinute
}

function windowsBroken({ policy }: ScenarioRun, starts: readonly Start[]): string[] {
  const { budgets, powerSave, evenDistribution } = policy
  const works = ({ enabled, windows }: { readonly enabled: boolean; readonly windows: readonly Window[] }, atMs: number): boolean => enabled && (windows.length === 0 || windows.some((window) => isOpen(window, atMs)))
  return starts.flatMap(({ atMs, action, reason }) => {
    const waits = (action === 'migrate' && OPTIONAL.has(reason.code)) || action === 'powerOff'
    if (waits && budgets.blackouts.some((window) => isOpen(window, atMs))) return [`${action} in a blackout at ${atMs / MINUTE_MS} min`]
    if ((action === 'powerOff' || reason.code === 'empty') && !works(powerSave, atMs)) return [`${action} outside the window of power save at ${atMs / MINUTE_MS} min`]
    if (reason.code === 'relieve' && !works(powerSave, atMs) && !works(evenDistribution, atMs)) return [`relief outside every window at ${atMs / MINUTE_MS} min`]
    return []
  })
}

/** Hosts that serve, and room for failures, whenever power save has powered a host off. */
function poolBroken(run: ScenarioRun, events: readonly RunEvent[]): string[] {
  const { hostFailures } = run.policy.availability
  const sizeMib = new Map(run.hosts.map(({ host }) => [host.id as string, memoryForVmsMib(host)]))
  const vmMib = new Map(run.workload.vms.map(({ vm }) => [vm.id as string, vm.memoryMib]))
  const on = new Set(sizeMib.keys())
  const away = new Set<string>()
  const placed = new Map<string, number>()
  const broken: string[] = []
  const room = (): number => [...on].filter((host) => !away.has(host)).map((host) => sizeMib.get(host)!).sort((a, b) => b - a).slice(hostFailures).reduce((sum, mib) => sum + mib, 0)
  for (const event of events) {
    if (event.kind === 'vm') {
      if (event.change === 'placed') placed.set(event.vm, vmMib.get(event.vm)!)
      if (event.change === 'departed' || event.change === 'lostHost') placed.delete(event.vm)
    }
    if (event.kind === 'end' && event.outcome === 'done' && event.action === 'shutdownVm') placed.delete(event.vm!)
    if (event.kind !== 'host') {
      if (event.kind !== 'start' || event.action !== 'powerOff') continue
      on.delete(event.host!)
      const serving = [...on].filter((host) => !away.has(host)).length
      if (serving < run.policy.powerSave.hostsOnMin) broken.push(`${event.host} powered off with ${serving} others serving`)
      const held = [...placed.values()].reduce((sum, mib) => sum + mib, 0)
      if (hostFailures > 0 && held > room()) broken.push(`${event.host} powered off without room for ${hostFailures} failures`)
      continue
    }
    if (event.change === 'mode' && event.mode === 'available') away.delete(event.host)
    else if (event.change === 'mode') away.add(event.host)
    if (event.change === 'failed') on.delete(event.host)
    if (event.change === 'repaired' || (event.change === 'power' && event.power === 'on')) on.add(event.host)
    if (event.change === 'power' && event.power !== 'on') on.delete(event.host)
  }
  return broken
}
