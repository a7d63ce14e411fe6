import type { EventFilter, EventMeasure, PlaceMeasure } from '../model/expectation.ts'
import type { RunEvent } from '../model/run.ts'

/** Counts events as a scenario's expectation says. Events are in order of time. */
export function measureEvents(events: readonly RunEvent[], { filter, each, withinMs }: EventMeasure): number {
  const foreign = foreignSteps(events)
  const groups = new Map<string, number[]>()
  for (const event of events) {
    if (!matches(event, filter, foreign)) continue
    const key = each === null ? '' : (textAt(event, each) ?? '')
    groups.set(key, [...(groups.get(key) ?? []), event.atMs])
  }
  return Math.max(0, ...[...groups.values()].map((times) => (withinMs === null ? times.length : busiest(times, withinMs))))
}

/** Most instants in any stretch of this length, its end left out. */
function busiest(times: readonly number[], withinMs: number): number {
  let most = 0
  for (let last = 0, first = 0; last < times.length; last++) {
    while (times[last]! - times[first]! >= withinMs) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}

const foreignSteps = (events: readonly RunEvent[]): ReadonlySet<string> => new Set(events.flatMap((event) => (event.kind === 'start' && event.reason.code === 'foreign' ? [event.step] : [])))

function matches(event: RunEvent, filter: EventFilter, foreign: ReadonlySet<string>): boolean {
  if (event.kind !== filter.kind || event.atMs < filter.fromMs || (filter.toMs !== null && event.atMs >= filter.toMs)) return false
  if ('step' in event && foreign.has(event.step) && !filter.codes.includes('foreign')) return false
  const among = (key: string, wanted: readonly string[]): boolean => wanted.length === 0 || wanted.includes(textAt(event, key) ?? '')
  const code = 'reason' in event ? event.reason.code : ''
  return (
    among('action', filter.actions) && among('vm', filter.vms) && among('source', filter.sources) && among('target', filter.targets) && among('host', filter.hosts) &&
    among('outcome', filter.outcomes) && among('change', filter.changes) && among('goal', filter.goals) && (filter.codes.length === 0 || filter.codes.includes(code))
  )
}

function textAt(event: RunEvent, key: string): string | null {
  const value = (event as unknown as Readonly<Record<string, unknown>>)[key]
  return typeof value === 'string' ? value : null
}

/** How many of the VMs are elsewhere as the run ends. One of whose place no event tells counts as elsewhere: the events of a run don't say where it began. */
export function countElsewhere(events: readonly RunEvent[], { vms, hosts }: PlaceMeasure): number {
  const places = new Map<string, string | null>()
  for (const event of events) {
    if (event.kind === 'vm' && event.change !== 'arrived' && event.change !== 'resized') places.set(event.vm, event.change === 'placed' ? (event.host ?? null) : null)
    if (event.kind !== 'end' || event.outcome !== 'done' || event.vm === undefined) continue
    places.set(event.vm, event.target ?? null)
  }
  return vms.filter((vm) => !hosts.includes(places.get(vm) ?? '')).length
}
