import type { HostFields } from '../../../src/config/hostSchema.ts'
import { hostOf as hostValue } from '../../../src/config/hostValue.ts'
import type { Inventory, InventoryHost } from '../../../src/config/inventory.ts'
import { problemsOf } from '../../../src/config/problems.ts'
import { ASSUMED_CORE_MHZ } from '../../../src/model/hostModels.ts'
import { hostId } from '../../../src/model/ids.ts'
import type { Host, PowerState } from '../../../src/model/pool.ts'
import type { IssueList } from '../reading/issueList.ts'
import { byteOrder, nameFault } from '../reading/names.ts'
import type { RecordedRange, Stretch } from './fold.ts'
import type { Stay } from './places.ts'
import { coveredMs, cycleOf, gapsIn, silenceKind, union, type Silence } from './power.ts'
import { stretchesOf, type SeriesIndex, type Subject } from './series.ts'

const MIB_BYTES = 2 ** 20
/** Speed of a core when neither inventory nor metrics say it. It cancels out of every ratio on pools of equal hosts. */

/** The pool's hosts by name: the inventory's, filled up from metrics, or those that the metrics name. */
export function hostsOf(inventory: Inventory, index: SeriesIndex, issues: IssueList, notes: string[]): Map<string, Host> {
  const described = inventory.hosts ?? [...index.hosts.keys()].sort(byteOrder).map((name): InventoryHost => ({ name: hostId(name), instances: [name], fields: {}, path: `metrics of host ${name}` }))
  const assumed = { coreMhz: 0, power: 0, cores: 0 }
  const hosts = new Map<string, Host>()
  for (const one of described) {
    const fault = nameFault(one.name)
    if (fault !== null) issues.add('metrics', null, () => `label "${inventory.hostLabel}": ${fault}; or name the host in an inventory`)
    const host = describedHost(one, index.hosts.get(one.name), assumed, issues)
    if (host !== null) hosts.set(host.id, host)
  }
  if (assumed.cores > 0) notes.push(`${assumed.cores} hosts: cores are the processors that node-exporter shows, where hardware threads count as cores: give cores in an inventory`)
  if (assumed.coreMhz > 0) notes.push(`${assumed.coreMhz} hosts: core speed is not known and taken as ${ASSUMED_CORE_MHZ} MHz: give coreMhz in an inventory if hosts differ`)
  if (assumed.power > 0) notes.push(`${assumed.power} hosts: power is assumed from the cores: give power or a model in an inventory for energy figures that count`)
  return hosts
}

interface Assumed {
  coreMhz: number
  power: number
  cores: number
}

/** A host from what its owner says, then what it shows, then assumptions, which are counted. */
function describedHost({ name, fields, path }: InventoryHost, seen: Subject | undefined, assumed: Assumed, issues: IssueList): Host | null {
  const problems = problemsOf({ placeOf: () => path })
  const filled = fields.model === undefined ? { ...fields, ...seenSize(fields, seen, assumed) } : fields
  if (filled.cores === undefined && filled.model === undefined) problems.add([], 'its cores are neither in an inventory nor in node_cpu_seconds_total{mode="idle"}: give cores, or a model')
  if (filled.memoryMib === undefined && filled.model === undefined) problems.add([], 'its memory is neither in an inventory nor in node_memory_MemTotal_bytes: give memoryMib, or a model')
  const host = problems.issues.length > 0 ? null : hostValue(name, filled, [], problems)
  for (const issue of problems.issues) issues.add(issue.path, null, () => issue.message)
  return problems.issues.length > 0 ? null : host
}

function seenSize(fields: HostFields, seen: Subject | undefined, assumed: Assumed): HostFields {
  const processors = seen?.parts.get('hostCpuS')?.size
  const memoryMib = seen?.largest.get('hostMemory')
  if (fields.cores === undefined) assumed.cores++
  if (fields.power === undefined) assumed.power++
  const coreMhz = fields.coreMhz ?? seenCoreMhz(seen) ?? (assumed.coreMhz++, ASSUMED_CORE_MHZ)
  return {
    coreMhz,
    // Processors are hardware threads: what these add is in their number already.
    ...(fields.cores === undefined ? { ...(processors === undefined ? {} : { cores: processors }), smtYield: fields.smtYield ?? 1 } : {}),
    ...(fields.memoryMib === undefined && memoryMib !== undefined ? { memoryMib: Math.floor(memoryMib / MIB_BYTES) } : {}),
  }
}

function seenCoreMhz(seen: Subject | undefined): number | null {
  const hertz = seen?.largest.get('hostCoreHz') ?? 0
  return hertz >= 1e8 && hertz <= 1e10 ? Math.round(hertz / 1e6) : null
}

/** When hosts reported: anything at all, and what libvirt runs on them. Stretches are joined. */
export interface Hearing {
  readonly any: ReadonlyMap<string, readonly Stretch[]>
  readonly libvirt: ReadonlyMap<string, readonly Stretch[]>
  /** No host at all reported: Prometheus itself was down. */
  readonly blind: readonly Stretch[]
}

export function hearingOf(index: SeriesIndex, range: Stretch): Hearing {
  const ofVms = new Map<string, Stretch[]>()
  for (const byHost of index.vms.values()) {
    for (const [host, subject] of byHost) {
      const list = ofVms.get(host) ?? []
      ofVms.set(host, list)
      for (const stretch of [...stretchesOf(subject, 'cpuS'), ...stretchesOf(subject, 'state')]) list.push(stretch)
    }
  }
  const libvirt = new Map<string, Stretch[]>()
  const any = new Map<string, Stretch[]>()
  for (const [host, subject] of index.hosts) {
    libvirt.set(host, union([...(ofVms.get(host) ?? []), ...stretchesOf(subject, 'exporterUp')]))
    any.set(host, union([...libvirt.get(host)!, ...stretchesOf(subject, 'hostBooted')]))
  }
  return { any, libvirt, blind: gapsIn(union([...any.values()].flat()), range) }
}

/** A host's power as the range begins, and the commands in it. Times are Unix ms. */
export interface HostHistory {
  readonly power: PowerState
  readonly commands: readonly { readonly atMs: number; readonly kind: 'powerOn' | 'powerOff' }[]
}

/** Reads a host's power states from its silences: see `silenceKind`. What is left unclear goes to `notes`. */
export function historyOf(host: Host, seen: Subject | undefined, hearing: Hearing, stays: readonly Stay[], range: RecordedRange, notes: string[]): HostHistory {
  const endMs = range.fromMs + range.stepCount * range.stepMs
  const commands: { atMs: number; kind: 'powerOn' | 'powerOff' }[] = []
  let power: PowerState = 'on'
  for (const silence of silencesOf(hearing.any.get(host.id) ?? [], { startMs: range.fromMs, endMs })) {
    const lengthMs = silence.endMs - silence.startMs
    if (lengthMs - coveredMs(hearing.blind, silence.startMs, silence.endMs) <= range.gapMaxMs) continue
    const vms = vmsAt(host.id, silence, stays, range.gapMaxMs)
    const kind = silenceKind(silence, { bootedMs: silence.ends === 'heard' ? bootedBefore(seen, silence.endMs, range.gapMaxMs) : null, heldVms: vms.held > 0 })
    const cycle = kind === 'off' ? cycleOf(silence, vms.leftMs, host.power.shutdownMs, host.power.bootMs) : null
    const about = `${host.id} was silent for ${Math.round(lengthMs / 60_000)} min from ${Math.round((silence.startMs - range.fromMs) / 60_000)} min on`
    if (kind === 'off' && silence.begins === 'range' && silence.ends === 'range') notes.push(`${host.id} never reported and counts as off: check its instance in the inventory`)
    if (kind === 'unknown') notes.push(`${about} to the end and held ${vms.held} VMs: it counts as on, their load as a gap`)
    if (kind === 'unreachable') notes.push(`${about} without having been off: the load of its VMs is a gap there`)
    if (kind === 'off' && cycle === null) notes.push(`${about}: a restart, too short for the shutdown and boot times of its power model; it counts as on`)
    if (cycle === null) continue
    if (cycle.offMs === null) power = 'off'
    else commands.push({ atMs: cycle.offMs, kind: 'powerOff' })
    if (cycle.onMs !== null) commands.push({ atMs: cycle.onMs, kind: 'powerOn' })
  }
  return { power, commands }
}

function silencesOf(heard: readonly Stretch[], range: Stretch): Silence[] {
  return gapsIn(heard, range).map(({ startMs, endMs }) => ({ startMs, endMs, begins: startMs === range.startMs ? 'range' : 'heard', ends: endMs === range.endMs ? 'range' : 'heard' }))
}

/** The boot time that the host stated within `slackMs` after `atMs`, Unix ms; null when it stated none. */
function bootedBefore(seen: Subject | undefined, atMs: number, slackMs: number): number | null {
  if (seen === undefined || !stretchesOf(seen, 'hostBooted').some(({ startMs, endMs }) => startMs <= atMs + slackMs && endMs >= atMs)) return null
  const stated = (seen.changes.get('hostBooted') ?? []).filter((change) => change.atMs <= atMs + slackMs).sort((left, right) => left.atMs - right.atMs).at(-1)
  return stated === undefined ? null : stated.value * 1000
}

/** How many VMs a host held when it fell silent, and when the last of those that turned up elsewhere did. */
function vmsAt(host: string, silence: Silence, stays: readonly Stay[], gapMaxMs: number): { readonly held: number; readonly leftMs: number } {
  let held = 0
  let leftMs = silence.startMs
  for (const { segments, departMs } of stays) {
    for (const [index, segment] of segments.entries()) {
      if (segment.host !== host || segment.endMs < silence.startMs - gapMaxMs || segment.startMs > silence.startMs) continue
      const next = segments[index + 1]
      if (next === undefined ? departMs === null : next.host === host) held++
      else if (next !== undefined) leftMs = Math.max(leftMs, next.startMs)
    }
  }
  return { held, leftMs }
}
