import type { HostId, VmId } from '../../src/model/ids.ts'
import { DAY_MS } from '../../src/model/resources.ts'
import type { ScenarioEvent, WorkloadVm } from '../../src/model/scenario.ts'
import type { WhatIfQuestion } from '../../src/model/whatif.ts'

/** A twelfth of 365 days. */
export const MONTH_MS = (365 * DAY_MS) / 12

/** Something that makes the pool another one, or (`look`) only ends a stretch. */
export type Change = { readonly atMs: number } & (
  | { readonly kind: 'depart'; readonly vm: VmId }
  | { readonly kind: 'event'; readonly event: ScenarioEvent }
  | { readonly kind: 'arrive'; readonly vm: WorkloadVm }
  | { readonly kind: 'growth'; readonly factor: number }
  | { readonly kind: 'look' }
)

/** At one instant, places are freed before they are asked for. */
const ORDER = { depart: 0, event: 1, arrive: 2, growth: 3, look: 4 } as const

/** All changes in [0, horizonMs), in order of time; at one time departures, events as listed, arrivals, growth. */
export function changesOf({ scenario, settings }: WhatIfQuestion): Change[] {
  const changes: Change[] = []
  for (const vm of scenario.workload.vms) changes.push(...stayOf(vm, vm.arriveMs))
  for (const event of scenario.events) {
    changes.push({ atMs: event.atMs, kind: 'event', event })
    if (event.kind === 'vmAdd' && event.vm.departMs !== null) changes.push({ atMs: event.vm.departMs, kind: 'depart', vm: event.vm.vm.id })
  }
  const factor = 1 + settings.growthPerMonthRatio
  if (factor !== 1) for (let atMs = MONTH_MS; atMs < settings.horizonMs; atMs += MONTH_MS) changes.push({ atMs, kind: 'growth', factor })
  if (settings.stepMs !== null) for (let atMs = settings.stepMs; atMs < settings.horizonMs; atMs += settings.stepMs) changes.push({ atMs, kind: 'look' })
  return changes.filter(({ atMs }) => atMs < settings.horizonMs).sort((a, b) => a.atMs - b.atMs || ORDER[a.kind] - ORDER[b.kind])
}

function stayOf(vm: WorkloadVm, arriveMs: number): Change[] {
  const arrival: Change = { atMs: Math.max(0, arriveMs), kind: 'arrive', vm }
  return vm.departMs === null ? [arrival] : vm.departMs <= 0 ? [] : [arrival, { atMs: vm.departMs, kind: 'depart', vm: vm.vm.id }]
}

/** Changes at one instant, and how long things then stay as they are. */
export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
  readonly changes: readonly Change[]
}

/** The horizon cut where something changes; the first stretch begins at 0. */
export function stretchesOf(changes: readonly Change[], horizonMs: number): Stretch[] {
  const starts = [0, ...new Set(changes.map(({ atMs }) => atMs).filter((atMs) => atMs > 0))]
  let next = 0
  return starts.map((fromMs, index) => {
    const here: Change[] = []
    for (; next < changes.length && changes[next]!.atMs <= fromMs; next++) here.push(changes[next]!)
    return { fromMs, toMs: starts[index + 1] ?? horizonMs, changes: here }
  })
}

/** A few words on a change for people, or null for one that needs none. */
export function nameChange(change: Change): string | null {
  switch (change.kind) {
    case 'depart':
      return `${change.vm} leaves`
    case 'arrive':
      return `${change.vm.vm.id} arrives`
    case 'growth':
      return `demand x ${rounded(change.factor)}`
    case 'look':
      return null
    case 'event':
      return nameEvent(change.event)
  }
}

function nameEvent(event: ScenarioEvent): string {
  const onHost: Readonly<Record<'maintenanceEnter' | 'maintenanceLeave' | 'hostFail' | 'hostRepair' | 'hostRemove' | 'powerOn' | 'powerOff', (host: HostId) => string>> = {
    maintenanceEnter: (host) => `${host} into maintenance`, maintenanceLeave: (host) => `${host} out of maintenance`, hostFail: (host) => `${host} fails`,
    hostRepair: (host) => `${host} repaired`, hostRemove: (host) => `${host} removed`, powerOn: (host) => `${host} powered on`, powerOff: (host) => `${host} powered off`,
  }
  switch (event.kind) {
    case 'maintenanceEnter':
    case 'maintenanceLeave':
    case 'hostFail':
    case 'hostRepair':
    case 'hostRemove':
    case 'powerOn':
    case 'powerOff':
      return onHost[event.kind](event.host)
    case 'maintenancePlan':
      return `maintenance of ${event.host} planned`
    case 'maintenanceUnplan':
      return `maintenance of ${event.host} no longer planned`
    case 'maintenanceRoll':
      return 'rolling maintenance begins'
    case 'maintenanceRollStop':
      return 'rolling maintenance stops'
    case 'runNow':
      return `${event.goal} runs now`
    case 'hostAdd':
      return `${event.host.host.id} added`
    case 'vmAdd':
      return `${event.vm.vm.id} added`
    case 'vmRemove':
      return `${event.vm} removed`
    case 'vmResize':
      return `${event.vm} resized`
    case 'foreignMigrate':
    case 'migrate':
      return `${event.vm} to ${event.target}`
    case 'demandScale':
      return `demand${event.class === null ? '' : ` of ${event.class}`} x ${rounded(event.factor)}`
    case 'vmLock':
      return `${event.vm} locked`
    case 'vmUnlock':
      return `${event.vm} unlocked`
    case 'wakeBreak':
      return `${event.host} does not wake`
    case 'wakeMend':
      return `${event.host} wakes again`
    case 'sensorFault':
      return `sensors of ${event.host ?? event.vm ?? 'all'} read ${event.reads}`
    case 'policy':
      return `policy ${event.policy.name}`
  }
}

const rounded = (value: number): string => String(Math.round(value * 1e6) / 1e6)
