import * as z from 'zod'
import { hostId, type HostId, type VmId } from '../model/ids.ts'
import type { Host } from '../model/pool.ts'
import { SNAPSHOT_VM_STATES, type Snapshot, type SnapshotHost, type SnapshotVm } from '../model/snapshot.ts'
import { choice, flag, frequency, memory, name, rate, strict } from './fields.ts'
import { hostShape } from './hostSchema.ts'
import { hostOf } from './hostValue.ts'
import { parseInstant } from './instant.ts'
import { unknownWord } from './nearest.ts'
import { fileOrigin } from './origin.ts'
import { fit, problemsOf, refuseIssues, type Fitted, type Origin, type Problems } from './problems.ts'
import { ruleFaults } from './ruleFaults.ts'
import { ruleFields, ruleOf } from './ruleSchema.ts'
import type { SourceDocument } from './sourceDocument.ts'
import { vmFaults } from './vmFaults.ts'
import { vmOf, vmShape } from './vmSchema.ts'

const usageFields = strict(
  { cpuMhz: frequency('CPU used.'), memoryMib: memory('Memory in use.').optional(), networkMibPerS: rate('Network.').optional(), diskMibPerS: rate('Disk.').optional() },
  'What the VM used at that instant.',
)

export const snapshotSchema = strict(
  {
    formatVersion: z.literal(1).meta({ description: 'Version of the snapshot format.' }),
    takenAt: z.string().refine((written) => parseInstant(written) !== null, { error: 'is no instant: write ISO 8601 such as "2026-03-02T08:00:00Z"' }).nullable().optional().meta({ description: 'When, ISO 8601.' }),
    hosts: z.array(strict({
      id: name('Name of the host.'), ...hostShape,
      mode: choice(['available', 'entering', 'maintenance'], 'Operator’s wish; available without it.').optional(),
      reachable: flag('Whether it answered; true without it.').optional(),
    })).min(1).max(100_000),
    vms: z.array(strict({
      id: name('Name of the VM.'), ...vmShape,
      state: choice(SNAPSHOT_VM_STATES, 'Without it: running when it has a host, else pending.').optional(),
      host: name('The host it is on.').nullable().optional(),
      usage: usageFields.nullable().optional(),
    })).max(1_000_000).optional(),
    rules: z.array(ruleFields).max(100_000).optional(),
  },
  'A pool at one instant: hosts, VMs and rules.',
)
type SnapshotFields = z.output<typeof snapshotSchema>

/** Reads a pool snapshot. Throws BadInput with everything that is wrong, also between hosts, VMs and rules. */
export const parseSnapshot = (document: SourceDocument): Snapshot => snapshotFrom(document.value, fileOrigin(document))

/** The same for a value that was not written as a snapshot: `origin` leads back to where each field came from. */
export function snapshotFrom(value: unknown, origin: Origin): Snapshot {
  const problems = problemsOf(origin)
  const fitted = fit(snapshotSchema, value, [], problems)
  const snapshot = fitted && snapshotOf(fitted)
  refuseIssues(problems.issues)
  return snapshot ?? { formatVersion: 1, takenAtMs: null, hosts: [], vms: [], rules: [] }
}

function snapshotOf({ value, isLost, problems }: Fitted<SnapshotFields>): Snapshot {
  const hosts = value.hosts.map((fields, index): SnapshotHost => ({
    host: hostOf(fields.id, fields, ['hosts', index], problems), power: fields.state ?? 'on', mode: fields.mode ?? 'available', reachable: fields.reachable ?? true,
  }))
  const hostsById = byId(hosts, problems)
  const vms = (value.vms ?? []).map((fields) => vmIn(fields, hostsById, hosts[0]?.host))
  const rules = (value.rules ?? []).map(ruleOf)
  // Nothing can be said of VMs and rules when a host is missing only because its own entry is faulty.
  if (!isLost(['hosts'])) {
    placeFaults(vms, hostsById, problems)
    vmFaults(vms.map(({ vm }) => vm), hosts.map(({ host }) => host), ['vms'], problems)
    const vmMemoryMib = isLost(['vms']) ? null : new Map<VmId, number>(vms.map(({ vm }) => [vm.id, vm.memoryMib]))
    ruleFaults(rules, { hosts: new Map([...hostsById].map(([id, { host }]) => [id, host])), vmMemoryMib }, (path, message) => problems.add(['rules', ...path], message))
  }
  return { formatVersion: 1, takenAtMs: value.takenAt ? parseInstant(value.takenAt) : null, hosts, vms, rules }
}

function vmIn(fields: NonNullable<SnapshotFields['vms']>[number], hosts: ReadonlyMap<HostId, SnapshotHost>, first: Host | undefined): SnapshotVm {
  const host = fields.host === undefined || fields.host === null ? null : hostId(fields.host)
  const on = host === null ? first : (hosts.get(host)?.host ?? first)
  const vm = vmOf(fields.id, fields, on === undefined ? 1 : on.coreMhz * on.performanceFactor)
  const usage = fields.usage ? { cpuMhz: fields.usage.cpuMhz, memoryMib: fields.usage.memoryMib ?? vm.memoryMib, networkMibPerS: fields.usage.networkMibPerS ?? 0, diskMibPerS: fields.usage.diskMibPerS ?? 0 } : null
  return { vm, state: fields.state ?? (host === null ? 'pending' : 'running'), host, usage }
}

function byId(hosts: readonly SnapshotHost[], problems: Problems): Map<HostId, SnapshotHost> {
  const found = new Map<HostId, SnapshotHost>()
  for (const [index, host] of hosts.entries()) {
    if (found.has(host.host.id)) problems.add(['hosts', index, 'id'], `is ${host.host.id}, as that of another host: ids must differ`)
    else found.set(host.host.id, host)
  }
  return found
}

/** Where VMs can't be. */
function placeFaults(vms: readonly SnapshotVm[], hosts: ReadonlyMap<HostId, SnapshotHost>, problems: Problems): void {
  for (const [index, { vm, state, host }] of vms.entries()) {
    if (host === null) {
      if (state === 'running') problems.add(['vms', index, 'host'], `is missing, but ${vm.id} is running: name its host or say pending`)
      continue
    }
    const on = hosts.get(host)
    if (on === undefined) problems.add(['vms', index, 'host'], unknownWord('host', host, [...hosts.keys()]))
    else if (state === 'running' && on.power !== 'on') problems.add(['vms', index, 'host'], `is ${host}, which is ${on.power}, but ${vm.id} is running`)
    else if (state === 'pending') problems.add(['vms', index, 'state'], `is pending, but ${vm.id} has a host: take one of them out`)
  }
}
