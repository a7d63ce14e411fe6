import type { Run, RunEvent } from '../src/model/run.ts'
import type { Lane, Mark, PageTimeline } from './pageContent.ts'

const BINS_MAX = 480
const BINS_MIN = 24
const MIGRATION_LANES_MAX = 8

type StartEvent = Extract<RunEvent, { kind: 'start' }>
type EndEvent = Extract<RunEvent, { kind: 'end' }>

/** What a run did, by reason and time: a lane for each reason of migrations (the rarest share one), then powering, then the rest. With a small `actionsMax` the spans get longer. */
export function timelineMarks({ header, events }: Run, actionsMax: number): PageTimeline {
  const ends = new Map<string, EndEvent>()
  for (const event of events) if (event.kind === 'end') ends.set(event.step, event)
  const groups = groupByLane(events.filter((event) => event.kind === 'start'))
  const bins = Math.max(BINS_MIN, Math.min(BINS_MAX, Math.floor(actionsMax / Math.max(1, groups.length))))
  const binMs = Math.max(1, Math.ceil(header.durationMs / bins))
  const markCount = groups.reduce((sum, { starts }) => sum + new Set(starts.map(({ atMs }) => Math.floor(atMs / binMs))).size, 0)
  const actionsPerMark = Math.max(1, Math.min(4, Math.floor(actionsMax / Math.max(1, markCount))))
  const lanes = groups.map(({ label, kind, starts }): Lane => ({ label, kind, count: starts.length, marks: binMarks(starts, ends, binMs, actionsPerMark) }))
  return { binMs, lanes }
}

interface LaneGroup extends Pick<Lane, 'label' | 'kind'> {
  readonly starts: StartEvent[]
}

function groupByLane(starts: readonly StartEvent[]): readonly LaneGroup[] {
  const byKey = new Map<string, LaneGroup>()
  for (const start of starts) {
    const lane = laneOf(start)
    const group = byKey.get(`${lane.kind}/${lane.label}`) ?? { ...lane, starts: [] }
    group.starts.push(start)
    byKey.set(`${lane.kind}/${lane.label}`, group)
  }
  const order = { migration: 0, power: 1, other: 2 } as const
  const groups = [...byKey.values()].sort((a, b) => order[a.kind] - order[b.kind] || (a.kind === 'migration' ? b.starts.length - a.starts.length : 0) || (a.label < b.label ? -1 : 1))
  const migrations = groups.filter(({ kind }) => kind === 'migration')
  if (migrations.length <= MIGRATION_LANES_MAX) return groups
  const rare = migrations.slice(MIGRATION_LANES_MAX - 1)
  const shared: LaneGroup = { label: `${rare.length} rarer reasons`, kind: 'migration', starts: rare.flatMap((group) => group.starts).sort((a, b) => a.atMs - b.atMs) }
  return [...migrations.slice(0, MIGRATION_LANES_MAX - 1), shared, ...groups.filter(({ kind }) => kind !== 'migration')]
}

/** "highCpu" reads as "high CPU". */
export const codeText = (code: string): string => code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase().replaceAll(/\b(cpu|vm|vms|sla|ha)\b/g, (word) => (word === 'vms' ? 'VMs' : word.toUpperCase()))

function laneOf({ action, reason }: StartEvent): Pick<Lane, 'label' | 'kind'> {
  switch (action) {
    case 'migrate': return { label: reason.code === 'preferred' ? 'move back' : codeText(reason.code), kind: 'migration' }
    case 'powerOn': return { label: 'power on', kind: 'power' }
    case 'powerOff': return { label: 'power off', kind: 'power' }
    case 'startVm': return { label: 'start VM', kind: 'other' }
    case 'shutdownVm': return { label: 'shut down VM', kind: 'other' }
    case 'suspendVm': return { label: 'suspend VM', kind: 'other' }
    case 'resumeVm': return { label: 'resume VM', kind: 'other' }
  }
}

function binMarks(starts: readonly StartEvent[], ends: ReadonlyMap<string, EndEvent>, binMs: number, actionsPerMark: number): readonly Mark[] {
  const marks = new Map<number, { bin: number; count: number; failed: number; actions: Mark['actions'][number][] }>()
  for (const start of starts) {
    const bin = Math.floor(start.atMs / binMs)
    const mark = marks.get(bin) ?? { bin, count: 0, failed: 0, actions: [] }
    const end = ends.get(start.step)
    mark.count++
    if (end !== undefined && end.outcome !== 'done') mark.failed++
    if (mark.actions.length < actionsPerMark) mark.actions.push({ atMs: start.atMs, what: whatText(start), why: start.reason.text, how: howText(end) })
    marks.set(bin, mark)
  }
  return [...marks.values()].sort((a, b) => a.bin - b.bin)
}

function whatText({ action, vm, source, target, host }: StartEvent): string {
  if (action === 'migrate') return `${vm ?? 'a VM'}: ${source ?? '?'} → ${target ?? '?'}`
  return [vm, host ?? target ?? source].filter((part) => part !== undefined).join(' on ')
}

function howText(end: EndEvent | undefined): string {
  if (end === undefined) return 'not ended when the run did'
  const parts = [end.outcome === 'done' ? `took ${(end.durationMs / 1000).toFixed(0)} s` : `${codeText(end.outcome)} after ${(end.durationMs / 1000).toFixed(0)} s`]
  if (end.downtimeMs !== undefined) parts.push(`VM paused for ${end.downtimeMs} ms`)
  if (end.sentMib !== undefined) parts.push(`${(end.sentMib / 1024).toFixed(1)} GiB sent`)
  if (end.message !== undefined && end.outcome !== 'done') parts.push(end.message)
  return parts.join(', ')
}
