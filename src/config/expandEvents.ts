import { hostId, vmId } from '../model/ids.ts'
import { DAY_MS } from '../model/resources.ts'
import type { InitialHost, ScenarioEvent, Workload, WorkloadVm } from '../model/scenario.ts'
import { withConstantColumns } from './constantLoad.ts'
import type { EventFields } from './eventSchema.ts'
import { eventTimeMs } from './eventTime.ts'
import type { Problems } from './problems.ts'
import type { TimedFields } from './scenario.ts'
import { copiesOf, numbered } from './scenarioHosts.ts'
import { vmOf } from './vmSchema.ts'

const MONTH_MS = (365 / 12) * DAY_MS
const EVENTS_MAX = 1_000_000

export interface EventContext {
  readonly startUnixMs: number
  readonly durationMs: number
  readonly hosts: readonly InitialHost[]
  readonly workload: Workload
  readonly problems: Problems
}

export interface ExpandedEvents {
  readonly events: readonly ScenarioEvent[]
  /** The load with what added VMs need. */
  readonly workload: Workload
}

/** The events that the written ones stand for, in order of time; equal times keep the order of the file. */
export function expandEvents(written: readonly TimedFields[], context: EventContext): ExpandedEvents {
  const utilizations = [...new Set(written.flatMap(({ fields }) => (fields.kind === 'vmAdd' && fields.utilization !== undefined ? [fields.utilization] : [])))]
  const added = utilizations.length === 0 ? null : withConstantColumns(context.workload.cpu, utilizations, utilizations.map((value) => `constant ${value}`), context.durationMs)
  const columnOf = (utilization: number | undefined): number | null => (added === null || utilization === undefined ? null : added.first + utilizations.indexOf(utilization))
  const events: ScenarioEvent[] = []
  const vms = new Map<string, WorkloadVm>(context.workload.vms.map((entry) => [entry.vm.id, entry]))
  const inOrder = written.map((event) => ({ event, atMs: eventTimeMs(event.fields, context.startUnixMs) ?? 0 })).sort((a, b) => a.atMs - b.atMs)
  for (const { event, atMs } of inOrder) {
    for (const one of expand(event, atMs, context, vms, columnOf)) events.push(one)
    if (events.length > EVENTS_MAX) {
      context.problems.add(event.path, `and those before it stand for more than ${EVENTS_MAX} events: use longer steps`)
      break
    }
  }
  return { events: events.sort((a, b) => a.atMs - b.atMs), workload: added === null ? context.workload : { ...context.workload, cpu: added.series } }
}

type ColumnOf = (utilization: number | undefined) => number | null

function expand(event: TimedFields, atMs: number, context: EventContext, vms: Map<string, WorkloadVm>, columnOf: ColumnOf): ScenarioEvent[] {
  const { fields } = event
  switch (fields.kind) {
    case 'maintenanceEnter':
      return [{ atMs, kind: fields.kind, host: hostId(fields.host), method: fields.method ?? null }]
    case 'maintenancePlan':
      return [{ atMs, kind: fields.kind, host: hostId(fields.host), atUnixMs: context.startUnixMs + fields.enterAtMs, durationMs: fields.forMs ?? null, method: fields.method ?? null }]
    case 'maintenanceRoll':
      return [{ atMs, kind: fields.kind, hosts: fields.hosts?.map(hostId) ?? null, stayMs: fields.stayMs ?? null, method: fields.method ?? null }]
    case 'maintenanceRollStop':
      return [{ atMs, kind: fields.kind }]
    case 'runNow':
      return [{ atMs, kind: fields.kind, goal: fields.goal, forMs: fields.forMs ?? null }]
    case 'maintenanceUnplan':
    case 'maintenanceLeave':
    case 'hostFail':
    case 'hostRepair':
    case 'hostRemove':
    case 'powerOn':
    case 'powerOff':
      return [{ atMs, kind: fields.kind, host: hostId(fields.host) }]
    case 'hostAdd':
      return copiesOf(fields, event.path, context.problems).map((host) => ({ atMs, kind: 'hostAdd', host }))
    case 'hostReplace':
      return [
        ...copiesOf(fields.by, [...event.path, 'by'], context.problems).map((host): ScenarioEvent => ({ atMs, kind: 'hostAdd', host })),
        { atMs, kind: 'hostRemove', host: hostId(fields.host) },
      ]
    case 'vmAdd':
      return addedVms(fields, atMs, context, vms, columnOf)
    case 'clone':
      return clones(fields, atMs, vms)
    case 'vmRemove':
      return [{ atMs, kind: 'vmRemove', vm: vmId(fields.vm) }]
    case 'vmResize':
      return [{ atMs, kind: 'vmResize', vm: vmId(fields.vm), vcpus: fields.vcpus ?? null, cpuMhz: fields.cpuMhz ?? null, memoryMib: fields.memoryMib ?? null }]
    case 'migrate':
      return [{ atMs, kind: 'migrate', vm: vmId(fields.vm), target: hostId(fields.target) }]
    case 'demandScale':
      return [{ atMs, kind: 'demandScale', factor: fields.factor, class: fields.class ?? null }]
    case 'growth':
      return growthSteps(fields, atMs, context.durationMs)
    case 'foreignMigrate':
      return timesOf(atMs, fields.everyMs ?? null, fields.untilMs ?? context.durationMs).map((at): ScenarioEvent => ({ atMs: at, kind: 'foreignMigrate', vm: vmId(fields.vm), target: hostId(fields.target) }))
    case 'vmLock':
      return [{ atMs, kind: 'vmLock', vm: vmId(fields.vm) }, ...(fields.forMs === undefined ? [] : [{ atMs: atMs + fields.forMs, kind: 'vmUnlock' as const, vm: vmId(fields.vm) }])]
    case 'vmUnlock':
      return [{ atMs, kind: 'vmUnlock', vm: vmId(fields.vm) }]
    case 'wakeBreak':
    case 'wakeMend':
      return [{ atMs, kind: fields.kind, host: hostId(fields.host) }]
    case 'sensorFault':
      return [{ atMs, kind: 'sensorFault', host: fields.host === undefined ? null : hostId(fields.host), vm: fields.vm === undefined ? null : vmId(fields.vm), reads: fields.reads, untilMs: atMs + fields.forMs }]
    case 'demandCycle':
      return cycle(fields, atMs, context.durationMs)
    case 'policy':
      return event.policy === null ? [] : [{ atMs, kind: 'policy', policy: event.policy.settingsAt(context.startUnixMs) }]
  }
}

type Kind<Name extends EventFields['kind']> = Extract<EventFields, { kind: Name }>

function addedVms(fields: Kind<'vmAdd'>, atMs: number, { hosts }: EventContext, vms: Map<string, WorkloadVm>, columnOf: ColumnOf): ScenarioEvent[] {
  const first = hosts[0]?.host
  const coreMhz = first === undefined ? 1 : first.coreMhz * first.performanceFactor
  return numbered(fields.id, fields.count).map((id) => {
    const host = fields.host === undefined ? null : hostId(fields.host)
    const vm: WorkloadVm = { vm: vmOf(id, fields, coreMhz), arriveMs: atMs, departMs: null, host, cpuColumn: columnOf(fields.utilization), memoryColumn: null, networkColumn: null, diskColumn: null }
    vms.set(id, vm)
    return { atMs, kind: 'vmAdd', vm }
  })
}

/** Copies carry the original's load at the same times, so that they rise together with it. */
function clones(fields: Kind<'clone'>, atMs: number, vms: Map<string, WorkloadVm>): ScenarioEvent[] {
  const originals = [...vms.values()].filter(({ vm, departMs }) => (fields.vm === undefined ? vm.class === fields.class : vm.id === fields.vm) && (departMs === null || departMs > atMs))
  return originals.flatMap((original) =>
    Array.from({ length: fields.count ?? 1 }, (): ScenarioEvent => {
      const vm: WorkloadVm = { ...original, vm: { ...original.vm, id: vmId(freeName(original.vm.id, vms)) }, arriveMs: atMs, host: null }
      vms.set(vm.vm.id, vm)
      return { atMs, kind: 'vmAdd', vm }
    }),
  )
}

function freeName(base: string, vms: ReadonlyMap<string, WorkloadVm>): string {
  for (let number = 1; ; number++) if (!vms.has(`${base}-copy-${number}`)) return `${base}-copy-${number}`
}

/** Instants from `fromMs` on, so often, before the end; once without `everyMs`. */
function timesOf(fromMs: number, everyMs: number | null, endMs: number): number[] {
  const times = [fromMs]
  for (let atMs = fromMs + (everyMs ?? Infinity); atMs < endMs && times.length <= EVENTS_MAX; atMs += everyMs!) times.push(atMs)
  return times
}

/** Up by the factor and down again, cycle after cycle; a cycle that the end cuts short is left out. */
function cycle(fields: Kind<'demandCycle'>, fromMs: number, durationMs: number): ScenarioEvent[] {
  const upMs = Math.round(fields.periodMs * (fields.dutyRatio ?? 0.5))
  const starts = timesOf(fromMs, fields.periodMs, Math.min(fields.untilMs ?? durationMs, durationMs) - upMs)
  const scale = (atMs: number, factor: number): ScenarioEvent => ({ atMs, kind: 'demandScale', factor, class: fields.class ?? null })
  return starts.flatMap((atMs) => [scale(atMs, fields.factor), scale(atMs + upMs, 1 / fields.factor)])
}

/** Each step multiplies demand by the growth of one step, so that a month's steps make a month's growth. */
function growthSteps(fields: Kind<'growth'>, fromMs: number, durationMs: number): ScenarioEvent[] {
  const everyMs = fields.everyMs ?? DAY_MS
  const factor = (1 + fields.perMonth) ** (everyMs / MONTH_MS)
  const steps: ScenarioEvent[] = []
  const endMs = Math.min(fields.untilMs ?? durationMs, durationMs)
  for (let atMs = fromMs + everyMs; atMs < endMs && steps.length <= EVENTS_MAX; atMs += everyMs) steps.push({ atMs, kind: 'demandScale', factor, class: fields.class ?? null })
  return steps
}
