import * as z from 'zod'
import { hostId, vmId } from '../model/ids.ts'
import { DOMAINS, RULE_KINDS, RULE_RESOURCES, type Rule, type RuleKind } from '../model/rules.ts'
import { choice, count, flag, name, strict } from './fields.ts'

const vmNames = z.array(name('A VM.')).max(100_000)
const hostNames = z.array(name('A host.')).max(100_000)

type RuleKey = 'vms' | 'others' | 'hosts' | 'groups' | 'per' | 'max' | 'min' | 'each' | 'resource' | 'failures'

interface KindShape {
  readonly needs: readonly RuleKey[]
  readonly takes?: readonly RuleKey[]
  /** Fewest VMs it names; 0: none needed. */
  readonly vmsMin: number
}

/** What each kind of rule says, beside id and weight. */
const SHAPES: Readonly<Record<RuleKind, KindShape>> = {
  together: { needs: ['vms'], takes: ['per'], vmsMin: 2 },
  apart: { needs: ['vms'], takes: ['per', 'max'], vmsMin: 2 },
  spread: { needs: ['vms', 'per', 'min'], vmsMin: 2 },
  runOn: { needs: ['vms', 'hosts'], vmsMin: 1 },
  keepOff: { needs: ['vms', 'hosts'], vmsMin: 1 },
  oneOf: { needs: ['vms', 'groups'], vmsMin: 1 },
  keepApart: { needs: ['vms', 'others'], takes: ['per'], vmsMin: 1 },
  lonely: { needs: ['vms'], vmsMin: 1 },
  requires: { needs: ['vms', 'others'], takes: ['per'], vmsMin: 1 },
  vmsMax: { needs: ['hosts', 'max'], takes: ['vms', 'each'], vmsMin: 0 },
  resourceMax: { needs: ['hosts', 'resource', 'max'], takes: ['vms'], vmsMin: 0 },
  hostsMax: { needs: ['vms', 'max'], vmsMin: 1 },
  pinned: { needs: ['vms'], vmsMin: 1 },
  quarantine: { needs: ['hosts'], vmsMin: 0 },
  hostsOnMax: { needs: ['hosts', 'max'], vmsMin: 0 },
  failover: { needs: ['failures'], vmsMin: 0 },
  order: { needs: ['vms', 'others'], vmsMin: 1 },
}

/** Rules about changes and power: they hold or are refused, nothing is weighed. */
const ONLY_HARD: ReadonlySet<RuleKind> = new Set(['pinned', 'quarantine', 'hostsOnMax', 'failover', 'order'])

export const ruleFields = strict(
  {
    id: name('Name of the rule.'),
    kind: choice(RULE_KINDS, 'What it asks; docs/rules.md has all with examples.'),
    vms: vmNames.optional().meta({ description: 'The VMs it binds.' }),
    others: vmNames.optional().meta({ description: 'The other VMs of `keepApart`, `requires` and `order`.' }),
    hosts: hostNames.optional().meta({ description: 'The hosts it names.' }),
    groups: z.array(hostNames).max(10_000).optional().meta({ description: 'The groups of hosts of `oneOf`; no host is in two.' }),
    per: choice(DOMAINS, 'What VMs are counted by; host without it.').optional(),
    max: z.number().min(0).max(1e12).optional().meta({ description: 'The most that is allowed: VMs, hosts, or an amount of the resource.' }),
    min: count('The fewest domains of `spread`.', 1, 100_000).optional(),
    each: flag('Whether `max` of `vmsMax` is for each host (the default) or for all together.').optional(),
    resource: choice(RULE_RESOURCES, 'What `resourceMax` limits: MHz guaranteed or usable at most, MiB, vCPUs, MiB of disk.').optional(),
    failures: count('Hosts of which any may fail together.', 1, 16).optional(),
    weight: z.number().positive().max(1e9).optional().meta({ description: 'Makes the rule soft: what one violation costs. Without it the rule is hard.' }),
  },
  'A placement rule.',
).superRefine((rule, context) => {
  const { needs, takes = [], vmsMin } = SHAPES[rule.kind]
  const fault = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
  for (const key of RULE_KEYS) {
    const isGiven = rule[key] !== undefined
    if (needs.includes(key) && (!isGiven || (Array.isArray(rule[key]) && rule[key].length === 0 && key !== 'vms'))) fault(key, key === 'hosts' ? `names no hosts, ${rule.kind} needs at least one` : `is missing: ${rule.kind} needs it`)
    if (isGiven && !needs.includes(key) && !takes.includes(key)) fault(key, `has no meaning for ${rule.kind}: take it out`)
  }
  if (needs.includes('vms') && (rule.vms?.length ?? 0) < vmsMin && rule.vms !== undefined) fault('vms', `names ${rule.vms.length} VMs, ${rule.kind} needs at least ${vmsMin}: name them or take the rule out`)
  for (const key of ['vms', 'others'] as const) if (new Set(rule[key]).size < (rule[key]?.length ?? 0)) fault(key, 'names a VM twice: take one out')
  const shared = rule.others?.find((id) => rule.vms?.includes(id))
  if (shared !== undefined) fault('others', `names ${shared}, which is among vms too: take one out`)
  const grouped = (rule.groups ?? []).flat()
  if (new Set(grouped).size < grouped.length) fault('groups', 'names a host twice: groups may not share hosts')
  if (rule.weight !== undefined && ONLY_HARD.has(rule.kind)) fault('weight', `has no meaning for ${rule.kind}, which is always hard: take it out`)
  const isCount = rule.kind !== 'resourceMax'
  if (rule.max !== undefined && isCount && (!Number.isInteger(rule.max) || (rule.max < 1 && rule.kind !== 'vmsMax'))) fault('max', `is ${rule.max}, expected a whole number${rule.kind === 'vmsMax' ? '' : ' of at least 1'}`)
})
export type RuleFields = z.output<typeof ruleFields>

const RULE_KEYS: readonly RuleKey[] = ['vms', 'others', 'hosts', 'groups', 'per', 'max', 'min', 'each', 'resource', 'failures']

/** A rule from its fields, which the schema has checked. */
export function ruleOf(fields: RuleFields): Rule {
  const { id, kind } = fields
  const base = { id, vms: (fields.vms ?? []).map(vmId), ...(fields.weight === undefined ? {} : { weight: fields.weight }) }
  const hosts = (fields.hosts ?? []).map(hostId)
  const others = (fields.others ?? []).map(vmId)
  const per = fields.per === undefined ? {} : { per: fields.per }
  switch (kind) {
    case 'together':
      return { ...base, kind, ...per }
    case 'apart':
      return { ...base, kind, ...per, ...(fields.max === undefined ? {} : { max: fields.max }) }
    case 'spread':
      return { ...base, kind, per: fields.per ?? 'host', min: fields.min ?? 1 }
    case 'runOn':
    case 'keepOff':
    case 'quarantine':
      return { ...base, kind, hosts }
    case 'oneOf':
      return { ...base, kind, groups: (fields.groups ?? []).map((group) => group.map(hostId)) }
    case 'keepApart':
    case 'requires':
      return { ...base, kind, others, ...per }
    case 'lonely':
    case 'pinned':
      return { ...base, kind }
    case 'vmsMax':
      return { ...base, kind, hosts, max: fields.max ?? 0, each: fields.each ?? true }
    case 'resourceMax':
      return { ...base, kind, hosts, resource: fields.resource ?? 'memoryMib', max: fields.max ?? 0 }
    case 'hostsMax':
      return { ...base, kind, max: fields.max ?? 1 }
    case 'hostsOnMax':
      return { ...base, kind, hosts, max: fields.max ?? 1 }
    case 'failover':
      return { ...base, kind, failures: fields.failures ?? 1 }
    case 'order':
      return { ...base, kind, others }
  }
}
