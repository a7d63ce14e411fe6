import { GANETI_VCPUS_PER_CORE_MAX } from '../../../model/ganetiUnits.ts'
import { BadInput, type Issue } from '../../../model/result.ts'
import { importedSnapshot, type Imported, type NamedText } from '../imported.ts'
import { INSTANCE_COLUMNS_MAX, INSTANCE_COLUMNS_MIN, instanceOf, loadsOf, vmEntry, type Instance, type Load } from './instances.ts'
import { NODE_COLUMNS_MAX, NODE_COLUMNS_MIN, hostEntry, nodeOf, type Node } from './nodes.ts'
import { rulesOf } from './rules.ts'
import { rowsOf, sectionsOf, type Sections } from './sections.ts'

const GROUP_COLUMNS_MIN = 3
const GROUP_COLUMNS_MAX = 5

/**
 * A cluster of Ganeti as a snapshot: its text file (`gnt-cluster` data as `hbal -t` reads it), and the loads of its
 * instances (`-U`). Throws BadInput with all faults, each with its line. The notes say what is not carried over.
 */
export function importGaneti(data: NamedText, util: NamedText | null): Imported {
  const faults: Issue[] = []
  const sections = sectionsOf(data)
  const groups = new Map(rowsOf(sections.groups, 'a node group', GROUP_COLUMNS_MIN, GROUP_COLUMNS_MAX, faults).map(({ cells }) => [cells[1]!, cells[0]!] as const))
  const nodes = rowsOf(sections.nodes, 'a node', NODE_COLUMNS_MIN, NODE_COLUMNS_MAX, faults).map(nodeOf)
  const instances = rowsOf(sections.instances, 'an instance', INSTANCE_COLUMNS_MIN, INSTANCE_COLUMNS_MAX, faults).map(instanceOf)
  for (const { group, name, row } of nodes) if (!groups.has(group)) faults.push({ path: row.place, message: `${name} is of node group ${group}, which the first section does not have: known are ${[...groups.keys()].join(', ') || 'none'}` })
  const loads = util === null ? new Map<string, Load>() : loadsOf(util, faults)
  const asked = rulesOf(nodes, instances, sections.tags)
  const entries = { hosts: hostsOf(nodes, instances, groups, ratiosOf(sections, groups)), vms: instances.map((instance) => vmEntry(instance, loads.get(instance.name))), rules: asked.rules }
  const notes = [...asked.notes, ...nodeNotes(nodes, sections), ...instanceNotes(instances), ...(util === null ? [] : loadNotes(util, instances, loads))]
  if (nodes.length === 0 && faults.length === 0) throw new BadInput([{ path: data.file, message: 'has no nodes: the second section lists them' }])
  return importedSnapshot(data.file, entries, faults, nodes.length < sections.nodes.length, notes)
}

/** Node groups are racks where there are several. */
function hostsOf(nodes: readonly Node[], instances: readonly Instance[], groups: ReadonlyMap<string, string>, ratioOf: (group: string) => number): ReturnType<typeof hostEntry>[] {
  const runningMib = new Map<string, number>()
  for (const { node, memoryMib, isDown } of instances) if (!isDown) runningMib.set(node, (runningMib.get(node) ?? 0) + memoryMib)
  return nodes.map((node) => hostEntry(node, runningMib.get(node.name) ?? 0, groups.size > 1 ? (groups.get(node.group) ?? node.group) : undefined, ratioOf(node.group)))
}

/** Virtual CPUs a core that the policy of a node group allows, else the cluster's (which has no owner), else Ganeti's default. */
function ratiosOf({ policies }: Sections, groups: ReadonlyMap<string, string>): (group: string) => number {
  const ratios = new Map(policies.flatMap(({ cells }) => (Number(cells[4]) > 0 ? [[cells[0]!, Number(cells[4])] as const] : [])))
  return (group) => ratios.get(groups.get(group) ?? '') ?? ratios.get('') ?? GANETI_VCPUS_PER_CORE_MAX
}

function nodeNotes(nodes: readonly Node[], sections: Sections): string[] {
  const offline = nodes.filter(({ isOffline }) => isOffline).length
  return [
    ...(offline > 0 ? [`${offline} nodes are offline: they enter maintenance here, so that what runs on them leaves. Where a node is really down, its VMs are to be started elsewhere instead of migrated.`] : []),
    ...(sections.groups.some(({ cells }) => cells[2] === 'unallocable' || cells[2] === 'last_resort') ? ['Allocation policies of node groups are not carried over: say with rules where new VMs may not go.'] : []),
    ...(sections.tags.some(({ cells }) => /^htools:(nlocation|desiredlocation|allowmigration|standby)/.test(cells[0]!)) ? ['Tags for locations, standby and further migration domains are not carried over: rules can say the same.'] : []),
  ]
}

function instanceNotes(instances: readonly Instance[]): string[] {
  const count = (claim: (instance: Instance) => boolean): number => instances.filter(claim).length
  const [down, mirrored, local] = [count(({ isDown }) => isDown), count(({ secondary }) => secondary !== null), count(({ hasLocalDisk }) => hasLocalDisk)]
  return [
    ...(down > 0 ? [`${down} instances are down: they hold no memory here.`] : []),
    ...(mirrored > 0 ? [`${mirrored} instances have mirrored disks (DRBD): rules keep each on its node or the mirror's. The mirrors themselves, and the memory kept free for them (N+1), are not carried over.`] : []),
    ...(local > 0 ? [`${local} instances have local disks: they are not movable.`] : []),
  ]
}

function loadNotes({ file }: NamedText, instances: readonly Instance[], loads: ReadonlyMap<string, Load>): string[] {
  const names = new Set(instances.map(({ name }) => name))
  const unknown = [...loads.keys()].filter((name) => !names.has(name)).length
  const missing = instances.filter(({ name }) => !loads.has(name)).length
  return [...(unknown > 0 ? [`${file} has loads of ${unknown} instances that are not in the cluster.`] : []), ...(missing > 0 ? [`${file} has no loads of ${missing} instances.`] : [])]
}
