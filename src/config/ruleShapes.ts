import type { RuleKind } from '../model/rules.ts'

/** Keys that only some kinds of rules have. */
export type RuleKey = 'others' | 'hosts' | 'groups' | 'per' | 'min' | 'max' | 'each' | 'resource' | 'failures'
const RULE_KEYS: readonly RuleKey[] = ['others', 'hosts', 'groups', 'per', 'min', 'max', 'each', 'resource', 'failures']

/** What a kind of rule must and may say. `vms`: how many it must name; null: it names none. */
interface RuleShape {
  readonly vms: number | null
  readonly needs: readonly RuleKey[]
  readonly may?: readonly RuleKey[]
}

const SHAPES: Readonly<Record<RuleKind, RuleShape>> = {
  together: { vms: 2, needs: [], may: ['per'] },
  apart: { vms: 2, needs: [], may: ['per', 'max'] },
  spread: { vms: 2, needs: ['per', 'min'] },
  runOn: { vms: 1, needs: ['hosts'] },
  keepOff: { vms: 1, needs: ['hosts'] },
  oneOf: { vms: 1, needs: ['groups'] },
  keepApart: { vms: 1, needs: ['others'], may: ['per'] },
  lonely: { vms: 1, needs: [] },
  requires: { vms: 1, needs: ['others'], may: ['per'] },
  vmsMax: { vms: 0, needs: ['hosts', 'max'], may: ['each'] },
  resourceMax: { vms: 0, needs: ['hosts', 'resource', 'max'] },
  hostsMax: { vms: 1, needs: ['max'] },
  pinned: { vms: 1, needs: [] },
  quarantine: { vms: null, needs: ['hosts'] },
  hostsOnMax: { vms: null, needs: ['hosts', 'max'] },
  failover: { vms: null, needs: ['failures'] },
  order: { vms: 1, needs: ['others'] },
}

/** Kinds that can only be obeyed, not weighed: nothing counts how far they are broken. */
const HARD_ONLY: readonly RuleKind[] = ['failover', 'order', 'hostsOnMax']
/** Kinds of which a limit of 0 has a meaning: nothing at all. */
const MAY_BE_ZERO: readonly RuleKind[] = ['vmsMax', 'resourceMax', 'hostsOnMax']

interface Written extends Partial<Record<RuleKey, unknown>> {
  readonly kind: RuleKind
  readonly vms?: readonly string[] | undefined
  readonly weight?: number | undefined
}

interface Fault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** What a rule says too little or too much of for its kind, apart from the rest of the pool. */
export function ruleShapes(rule: Written): Fault[] {
  const shape = SHAPES[rule.kind]
  const faults = [...vmFaults(rule, shape), ...listFaults(rule, shape)]
  for (const key of RULE_KEYS) {
    const isList = key === 'hosts' || key === 'others'
    if (!isList && shape.needs.includes(key) && rule[key] === undefined) faults.push({ path: [key], message: `is missing: ${rule.kind} needs it` })
    if (rule[key] !== undefined && !shape.needs.includes(key) && !(shape.may ?? []).includes(key)) faults.push({ path: [key], message: `has no meaning for ${rule.kind}${key === 'hosts' ? ', which names no hosts' : ''}: take it out` })
  }
  const { max } = rule
  if (typeof max === 'number' && rule.kind !== 'resourceMax' && !Number.isInteger(max)) faults.push({ path: ['max'], message: `is ${max}, expected a whole number` })
  if (max === 0 && !MAY_BE_ZERO.includes(rule.kind)) faults.push({ path: ['max'], message: `is 0: ${rule.kind} would leave its VMs no place; give at least 1` })
  if (rule.weight !== undefined && HARD_ONLY.includes(rule.kind)) faults.push({ path: ['weight'], message: `has no meaning for ${rule.kind}, which is always hard: take it out` })
  return faults
}

function vmFaults({ kind, vms = [] }: Written, shape: RuleShape): Fault[] {
  if (shape.vms === null) return vms.length === 0 ? [] : [{ path: ['vms'], message: `has no meaning for ${kind}, which is about hosts: take it out` }]
  return [...(vms.length < shape.vms ? [{ path: ['vms'], message: `names ${vms.length} VMs, ${kind} needs at least ${shape.vms}: name them or take the rule out` }] : []), ...twice('vms', 'VM', vms)]
}

function listFaults(rule: Written, { needs }: RuleShape): Fault[] {
  const others = (rule.others ?? []) as readonly string[]
  const groups = (rule.groups ?? []) as readonly (readonly string[])[]
  const none = (key: 'hosts' | 'others'): Fault[] => (needs.includes(key) && ((rule[key] ?? []) as readonly string[]).length === 0 ? [{ path: [key], message: `names no ${key === 'hosts' ? 'hosts' : 'VMs'}, ${rule.kind} needs at least one` }] : [])
  const both = rule.kind === 'requires' ? undefined : others.find((vm) => rule.vms?.includes(vm))
  return [
    ...none('hosts'), ...none('others'), ...twice('hosts', 'host', (rule.hosts ?? []) as readonly string[]), ...twice('others', 'VM', others), ...twice('groups', 'host', groups.flat()),
    ...(both === undefined ? [] : [{ path: ['others'], message: `names ${both}, which is among vms too: take it out of one of them` }]),
  ]
}

const twice = (key: string, what: string, names: readonly string[]): Fault[] => (new Set(names).size < names.length ? [{ path: [key], message: `names a ${what} twice: take one out` }] : [])
