import { nameFrom, type Entry } from '../imported.ts'
import type { Instance } from './instances.ts'
import type { Node } from './nodes.ts'
import type { Row } from './sections.ts'

const EXCLUSION = 'htools:iextags:'
const MIGRATION = 'htools:migration:'

/** What a cluster's tags, groups and mirrored disks ask of a placement. */
export interface GanetiRules {
  readonly rules: readonly Entry[]
  readonly notes: readonly string[]
}

/**
 * Instances that share an exclusion tag are kept apart; those of a node group, or of a migration domain in it (nodes
 * with the same migration tags), stay in it; one with mirrored disks runs on its node or their mirror.
 */
export function rulesOf(nodes: readonly Node[], instances: readonly Instance[], clusterTags: readonly Row[]): GanetiRules {
  const taken = new Set<string>()
  const running = instances.filter(({ isDown }) => !isDown)
  const apart = exclusionRules(nodes, running, prefixes(clusterTags, EXCLUSION), taken)
  return { rules: [...apart.rules, ...domainRules(nodes, running, prefixes(clusterTags, MIGRATION), taken), ...mirrorRules(running, taken)], notes: apart.notes }
}

const prefixes = (clusterTags: readonly Row[], kind: string): string[] => clusterTags.map(({ cells }) => cells.join('|')).filter((tag) => tag.startsWith(kind)).map((tag) => tag.slice(kind.length))

function exclusionRules(nodes: readonly Node[], instances: readonly Instance[], exclusive: readonly string[], taken: Set<string>): GanetiRules {
  const notes: string[] = []
  const rules = [...membersByTag(instances, exclusive)].filter(([, members]) => members.length > 1).flatMap(([tag, members]) => {
    if (members.length <= nodes.length) return [{ place: members[0]!.row.place, fields: { id: nameFrom(`apart-${tag}`, taken), kind: 'apart', vms: members.map(({ name }) => name) } }]
    notes.push(`Exclusion tag ${tag}: ${members.length} instances have it, more than there are nodes, so that no placement keeps them apart: there is no rule for it.`)
    return []
  })
  return { rules, notes }
}

function membersByTag(instances: readonly Instance[], exclusive: readonly string[]): Map<string, Instance[]> {
  const members = new Map<string, Instance[]>()
  if (exclusive.length === 0) return members
  for (const instance of instances) {
    for (const tag of new Set(instance.tags)) {
      if (exclusive.some((prefix) => tag.startsWith(`${prefix}:`))) members.set(tag, [...(members.get(tag) ?? []), instance])
    }
  }
  return members
}

function domainRules(nodes: readonly Node[], instances: readonly Instance[], migration: readonly string[], taken: Set<string>): Entry[] {
  const domainOf = new Map(nodes.map((node) => [node.name, [node.group, ...node.tags.filter((tag) => migration.some((prefix) => tag.startsWith(prefix))).sort()].join(' ')] as const))
  const domains = [...new Set(domainOf.values())]
  if (domains.length < 2) return []
  return domains.flatMap((domain) => {
    const vms = instances.filter(({ node }) => domainOf.get(node) === domain)
    const hosts = nodes.filter(({ name }) => domainOf.get(name) === domain)
    return vms.length === 0 ? [] : [{ place: vms[0]!.row.place, fields: { id: nameFrom(`within-${domain}`, taken), kind: 'runOn', vms: vms.map(({ name }) => name), hosts: hosts.map(({ name }) => name) } }]
  })
}

/** One rule for all instances that have the same two nodes. */
function mirrorRules(instances: readonly Instance[], taken: Set<string>): Entry[] {
  const pairs = new Map<string, Instance[]>()
  for (const instance of instances) {
    if (instance.secondary === null) continue
    const pair = [instance.node, instance.secondary].sort().join(' ')
    pairs.set(pair, [...(pairs.get(pair) ?? []), instance])
  }
  return [...pairs].map(([pair, members]) => ({
    place: members[0]!.row.place, fields: { id: nameFrom(`mirror-${pair.replace(' ', '-')}`, taken), kind: 'runOn', vms: members.map(({ name }) => name), hosts: pair.split(' ') },
  }))
}
