import * as z from 'zod'
import { hostId, vmId } from '../model/ids.ts'
import type { Rule } from '../model/rules.ts'
import { choice, name, strict } from './fields.ts'

const vmNames = z.array(name('A VM.')).max(100_000)
const hostNames = z.array(name('A host.')).max(100_000)

export const ruleFields = strict(
  {
    id: name('Name of the rule.'),
    kind: choice(['together', 'apart', 'runOn', 'keepOff'], '`together`: on one host; `apart`: on hosts of their own; `runOn`: only on these hosts; `keepOff`: never on these hosts.'),
    vms: vmNames.meta({ description: 'The VMs it binds.' }),
    hosts: hostNames.optional().meta({ description: 'The hosts of `runOn` and `keepOff`.' }),
  },
  'A hard placement rule.',
).superRefine((rule, context) => {
  const relatesHosts = rule.kind === 'runOn' || rule.kind === 'keepOff'
  const needed = relatesHosts ? 1 : 2
  if (rule.vms.length < needed) context.addIssue({ code: 'custom', path: ['vms'], message: `names ${rule.vms.length} VMs, ${rule.kind} needs at least ${needed}: name them or take the rule out` })
  if (new Set(rule.vms).size < rule.vms.length) context.addIssue({ code: 'custom', path: ['vms'], message: 'names a VM twice: take one out' })
  if (relatesHosts && (rule.hosts === undefined || rule.hosts.length === 0)) context.addIssue({ code: 'custom', path: ['hosts'], message: `names no hosts, ${rule.kind} needs at least one` })
  if (!relatesHosts && rule.hosts !== undefined) context.addIssue({ code: 'custom', path: ['hosts'], message: `has no meaning for ${rule.kind}, which relates VMs to each other: take it out` })
})
export type RuleFields = z.output<typeof ruleFields>

export function ruleOf(fields: RuleFields): Rule {
  const vms = fields.vms.map(vmId)
  return fields.kind === 'runOn' || fields.kind === 'keepOff' ? { id: fields.id, kind: fields.kind, vms, hosts: (fields.hosts ?? []).map(hostId) } : { id: fields.id, kind: fields.kind, vms }
}
