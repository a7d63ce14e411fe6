import { findHostModel } from '../model/hostModels.ts'
import { hostOf as hostOfModel } from '../model/hostModels.ts'
import { hostId } from '../model/ids.ts'
import type { InitialHost } from '../model/scenario.ts'
import { hostOf } from './hostValue.ts'
import type { HostFields } from './hostSchema.ts'
import type { Problems } from './problems.ts'
import type { FieldPath } from './sourceDocument.ts'

const HOSTS_MAX = 100_000
const STUDY_HOSTS = 800

export type GroupFields = HostFields & { readonly id?: string | undefined; readonly count?: number | undefined }

/** Hosts of groups: a group of one has its own name, the others get numbers. Faults go to `problems`. */
export function hostsOfGroups(groups: readonly GroupFields[], path: FieldPath, problems: Problems): InitialHost[] {
  const total = groups.reduce((sum, group) => sum + (group.count ?? 1), 0)
  if (total === 0) problems.add(path, 'has no hosts: a pool needs at least one')
  if (total > HOSTS_MAX) {
    problems.add(path, `are ${total} hosts, at most ${HOSTS_MAX} are simulated`)
    return []
  }
  const seen = new Set<string>()
  return groups.flatMap((group, index) => {
    const hosts = copiesOf(group, [...path, index], problems)
    for (const { host } of hosts) {
      if (seen.has(host.id)) problems.add([...path, index, 'id'], `gives the name ${host.id} to a second host: names must differ`)
      seen.add(host.id)
    }
    return hosts
  })
}

/** The hosts that a group stands for. */
export function copiesOf(group: GroupFields, path: FieldPath, problems: Problems): InitialHost[] {
  const id = group.id ?? 'host'
  const first = hostOf(id, group, path, problems)
  const power = group.state ?? 'on'
  return numbered(id, group.count).map((name) => ({ host: { ...first, id: hostId(name) }, power }))
}

/** `id` itself, or `id-01` ... `id-20` when a number is given. */
export function numbered(id: string, count: number | undefined): string[] {
  if (count === undefined) return [id]
  const digits = Math.max(2, String(count).length)
  return Array.from({ length: count }, (_, index) => `${id}-${String(index + 1).padStart(digits, '0')}`)
}

/** The 800 hosts of the PlanetLab study: G4 and G5 by turns, ids 0 to 799 (section 1 of its specification). */
export function studyHosts(): InitialHost[] {
  const models = [findHostModel('ml110-g4')!, findHostModel('ml110-g5')!]
  return Array.from({ length: STUDY_HOSTS }, (_, index) => ({ host: hostOfModel(models[index % 2]!, hostId(String(index))), power: 'on' }))
}
