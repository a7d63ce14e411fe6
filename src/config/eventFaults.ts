import { hostId, vmId, type HostId, type VmId } from '../model/ids.ts'
import type { Host, Vm } from '../model/pool.ts'
import { eventTimeMs } from './eventTime.ts'
import { unknownWord } from './nearest.ts'
import type { Problems } from './problems.ts'
import type { TimedFields } from './scenario.ts'
import { copiesOf, numbered } from './scenarioHosts.ts'
import type { FieldPath } from './sourceDocument.ts'
import { largestOf, sizeFault } from './vmFaults.ts'
import { vmOf } from './vmSchema.ts'

/** What events are checked against; null: not known yet, so nothing is said about it. */
export interface EventGround {
  readonly startUnixMs: number | null
  readonly durationMs: number | null
  readonly hosts: readonly Host[] | null
  readonly vms: readonly Vm[] | null
}

interface Walk {
  readonly hosts: Map<HostId, Host> | null
  readonly vms: Set<VmId> | null
  readonly classes: Set<string> | null
  /** Names that were there once: an event after the leave is told apart from a misspelt one. */
  readonly goneHosts: Map<HostId, number>
  readonly durationMs: number | null
  readonly problems: Problems
}

/** Reports events outside the run, and events about hosts and VMs that are not there at their time. */
export function eventFaults(events: readonly TimedFields[], ground: EventGround, problems: Problems): void {
  for (const event of events) timeFault(event, ground, problems)
  const walk: Walk = {
    hosts: ground.hosts && new Map(ground.hosts.map((host) => [host.id, host])), vms: ground.vms && new Set(ground.vms.map((vm) => vm.id)),
    classes: ground.vms && new Set(ground.vms.map((vm) => vm.class)), goneHosts: new Map(), durationMs: ground.durationMs, problems,
  }
  const timed = events.flatMap((event) => {
    const atMs = eventTimeMs(event.fields, ground.startUnixMs)
    return atMs === null ? [] : [{ event, atMs }]
  })
  for (const { event, atMs } of timed.sort((a, b) => a.atMs - b.atMs)) subjectFaults(event, atMs, walk)
}

function timeFault({ fields, path }: TimedFields, { startUnixMs, durationMs }: EventGround, problems: Problems): void {
  if (fields.atMs !== undefined && fields.at !== undefined) problems.add([...path, 'at'], 'is given beside atMs: keep one')
  else if (fields.atMs === undefined && fields.at === undefined && fields.kind !== 'growth') problems.add([...path, 'atMs'], 'is missing: say when, such as "2 d 9 h" after the start, or give an instant as `at`')
  const atMs = eventTimeMs(fields, startUnixMs)
  const key = fields.at === undefined ? 'atMs' : 'at'
  if (atMs !== null && atMs < 0) problems.add([...path, key], 'is before the run’s start')
  if (atMs !== null && durationMs !== null && atMs >= durationMs) problems.add([...path, key], `is ${atMs} ms after the start, but the run ends at ${durationMs} ms: it would never happen`)
}

function subjectFaults({ fields, path }: TimedFields, atMs: number, walk: Walk): void {
  const host = (key: string, name: string): void => needHost(name, [...path, key], walk)
  const vm = (name: string): void => needVm(name, [...path, 'vm'], walk)
  switch (fields.kind) {
    case 'maintenancePlan':
      planFaults(fields, path, atMs, walk)
      return
    case 'maintenanceRoll':
      fields.hosts?.forEach((name, at) => needHost(name, [...path, 'hosts', at], walk))
      return
    case 'maintenanceEnter':
    case 'maintenanceUnplan':
    case 'maintenanceLeave':
    case 'hostFail':
    case 'hostRepair':
    case 'powerOn':
    case 'powerOff':
    case 'wakeBreak':
    case 'wakeMend':
      host('host', fields.host)
      return
    case 'hostRemove':
      needHost(fields.host, [...path, 'host'], walk)
      removeHost(fields.host, atMs, path, walk)
      return
    case 'hostAdd':
      addHosts(fields, path, walk)
      return
    case 'hostReplace':
      host('host', fields.host)
      addHosts(fields.by, [...path, 'by'], walk)
      removeHost(fields.host, atMs, path, walk)
      return
    case 'vmAdd':
      addVms(fields, path, walk)
      return
    case 'clone':
      cloneFaults(fields, path, walk)
      return
    case 'vmRemove':
      vm(fields.vm)
      return void walk.vms?.delete(vmId(fields.vm))
    case 'vmResize':
      vm(fields.vm)
      if (fields.vcpus === undefined && fields.cpuMhz === undefined && fields.memoryMib === undefined) walk.problems.add(path, 'changes nothing: give vcpus, cpuMhz or memoryMib')
      tooLarge({ id: fields.vm, vcpus: fields.vcpus ?? 0, memoryMib: fields.memoryMib ?? 0 }, path, walk)
      return
    case 'vmLock':
    case 'vmUnlock':
      vm(fields.vm)
      return
    case 'migrate':
    case 'foreignMigrate':
      vm(fields.vm)
      host('target', fields.target)
      return
    case 'demandScale':
    case 'demandCycle':
    case 'growth':
      if (fields.class !== undefined && walk.classes && !walk.classes.has(fields.class)) walk.problems.add([...path, 'class'], unknownWord('class', fields.class, [...walk.classes]))
      return
    case 'sensorFault':
      sensorFaults(fields, path, walk)
      return
    case 'maintenanceRollStop':
    case 'runNow':
    case 'policy':
      return
  }
}

function sensorFaults({ host, vm }: Extract<TimedFields['fields'], { kind: 'sensorFault' }>, path: FieldPath, walk: Walk): void {
  if (host !== undefined && vm !== undefined) walk.problems.add(path, 'names both host and vm: keep one, or neither for all sensors')
  if (host !== undefined) needHost(host, [...path, 'host'], walk)
  if (vm !== undefined) needVm(vm, [...path, 'vm'], walk)
}

function planFaults({ host, enterAtMs }: Extract<TimedFields['fields'], { kind: 'maintenancePlan' }>, path: FieldPath, atMs: number, walk: Walk): void {
  needHost(host, [...path, 'host'], walk)
  if (walk.durationMs !== null && enterAtMs >= walk.durationMs) walk.problems.add([...path, 'enterAtMs'], `is ${enterAtMs} ms after the start, but the run ends at ${walk.durationMs} ms: it would never happen`)
  if (enterAtMs < atMs) walk.problems.add([...path, 'enterAtMs'], 'is before the event itself: it counts from the run’s start, too')
}

function needHost(name: string, path: FieldPath, { hosts, goneHosts, problems }: Walk): void {
  if (hosts === null || hosts.has(hostId(name))) return
  const goneMs = goneHosts.get(hostId(name))
  problems.add(path, goneMs === undefined ? unknownWord('host', name, [...hosts.keys()]) : `is ${name}, which was removed at ${goneMs} ms`)
}

function needVm(name: string, path: FieldPath, { vms, problems }: Walk): void {
  if (vms !== null && !vms.has(vmId(name))) problems.add(path, unknownWord('VM', name, [...vms]))
}

function addHosts(fields: Parameters<typeof copiesOf>[0], path: FieldPath, { hosts, problems }: Walk): void {
  for (const { host } of copiesOf(fields, path, problems)) {
    if (hosts?.has(host.id)) problems.add([...path, 'id'], `gives the name ${host.id}, which another host has: names must differ`)
    hosts?.set(host.id, host)
  }
}

function removeHost(name: string, atMs: number, path: FieldPath, { hosts, goneHosts, problems }: Walk): void {
  hosts?.delete(hostId(name))
  goneHosts.set(hostId(name), atMs)
  if (hosts?.size === 0) problems.add([...path, 'host'], `is the last host: the pool would be empty`)
}

function addVms(fields: Extract<TimedFields['fields'], { kind: 'vmAdd' }>, path: FieldPath, walk: Walk): void {
  if (fields.host !== undefined) needHost(fields.host, [...path, 'host'], walk)
  for (const name of numbered(fields.id, fields.count)) {
    if (walk.vms?.has(vmId(name))) walk.problems.add([...path, 'id'], `gives the name ${name}, which another VM has: names must differ`)
    walk.vms?.add(vmId(name))
  }
  walk.classes?.add(fields.class ?? 'standard')
  tooLarge(vmOf(fields.id, fields, 1), path, walk)
}

function tooLarge(vm: Parameters<typeof sizeFault>[0], path: FieldPath, { hosts, problems }: Walk): void {
  if (hosts === null || hosts.size === 0) return
  const { memoryMib, threads } = largestOf([...hosts.values()])
  const fault = sizeFault(vm, memoryMib, threads)
  if (fault !== null) problems.add([...path, fault.key], fault.message)
}

function cloneFaults(fields: Extract<TimedFields['fields'], { kind: 'clone' }>, path: FieldPath, walk: Walk): void {
  if ((fields.vm === undefined) === (fields.class === undefined)) walk.problems.add(path, 'needs either vm or class')
  if (fields.vm !== undefined) needVm(fields.vm, [...path, 'vm'], walk)
  if (fields.class !== undefined && walk.classes && !walk.classes.has(fields.class)) walk.problems.add([...path, 'class'], unknownWord('class', fields.class, [...walk.classes]))
}
