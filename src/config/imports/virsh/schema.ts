import * as z from 'zod'
import { duration, flag, name, strict } from '../../fields.ts'
import { hostShape } from '../../hostSchema.ts'
import { ruleFields } from '../../ruleSchema.ts'
import { vmShape } from '../../vmSchema.ts'

const output = (command: string) => z.union([z.string().min(1), z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()]))]).meta({ description: `What \`virsh ${command}\` prints, as text or as keys.` })

const describedHost = z.object(hostShape).omit({ state: true }).shape

const domainFields = strict({
  name: name('Name of the domain, where `dominfo` is not given or says another.').optional(),
  dominfo: output('dominfo DOMAIN').optional(),
  domstats: z.union([output('domstats DOMAIN'), z.array(output('domstats DOMAIN')).min(1).max(2)]).optional().meta({ description: 'What `virsh domstats DOMAIN` prints; a list of two, the earlier first, tells what the domain uses.' }),
  ...z.object(vmShape).partial().shape,
})

const hostFields = strict({
  name: name('Name of the host.'),
  nodeinfo: output('nodeinfo').optional(),
  freecell: output('freecell').optional(),
  nodememstats: output('nodememstats').optional(),
  ...describedHost,
  reachable: flag('Whether it answered; true without it.').optional(),
  domains: z.array(domainFields).max(10_000).optional(),
})

/** An inventory of hosts and domains as virsh tells them. */
export const virshInventorySchema = strict(
  {
    formatVersion: z.literal(1).optional(),
    takenAt: z.string().optional().meta({ description: 'When, ISO 8601.' }),
    intervalMs: duration('Time between the two `domstats` of each domain.', 1).optional(),
    hosts: z.array(hostFields).min(1).max(10_000),
    rules: z.array(ruleFields).max(100_000).optional(),
  },
  'Hosts and domains as virsh tells them: the source of a pool snapshot.',
)

export type VirshInventoryFields = z.output<typeof virshInventorySchema>
export type VirshHostFields = VirshInventoryFields['hosts'][number]
export type VirshDomainFields = NonNullable<VirshHostFields['domains']>[number]
