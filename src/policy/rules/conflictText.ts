import type { Pool } from '../../model/pool.ts'
import type { Rule } from '../../model/rules.ts'
import { listNames } from '../../model/text.ts'
import type { ConflictPart, HostLimitName } from './relaxed.ts'

const LIMIT_WORDS: Readonly<Record<HostLimitName, string>> = {
  noMemory: 'the memory of the hosts', noReservation: 'the CPU that hosts can guarantee', hugePages: 'the huge pages of the hosts', vcpusPerCoreMax: 'the vCPUs that hosts allow by core', vmsMax: 'the number of VMs that hosts allow', noDisk: 'the room for disks on hosts',
}

/** One sentence that names all parts of a conflict, and what to do; `hostsHelp`: with more hosts all parts could hold. */
export function conflictText(pool: Pool, parts: readonly ConflictPart[], vms: readonly number[], hostsHelp: boolean): string {
  const names = parts.map((part) => partText(pool, part))
  const list = names.length <= 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`
  const who = listNames(vms.map((vm) => pool.vms[vm]!.id))
  if (parts.length === 0) return `${who} can't have ${vms.length === 1 ? 'a place' : 'places'}: there are no hosts`
  return `${list} can't ${parts.length === 1 ? 'hold' : 'all hold'} for ${who}: change ${parts.length === 1 ? 'it' : 'one of them'}${hostsHelp ? ', or add hosts' : '; more hosts would not help'}`
}

function partText(pool: Pool, part: ConflictPart): string {
  switch (part.kind) {
    case 'rule': {
      const rule = pool.rules.find(({ id }) => id === part.rule)!
      return `rule ${rule.id} (${ruleText(rule)})`
    }
    case 'needs':
      return `what ${part.vm} needs of its host (${Object.keys(pool.vms.find(({ id }) => id === part.vm)!.needs ?? {}).join(', ')})`
    case 'stays':
      return `that ${part.vm} can't be moved`
    case 'limit':
      return LIMIT_WORDS[part.limit]
    case 'migrationDomain':
      return 'the migration domains'
    case 'outOfService':
      return `that ${listNames(part.hosts)} ${part.hosts.length === 1 ? 'is' : 'are'} out of service`
  }
}

function within(rule: Rule): string {
  const per = 'per' in rule ? rule.per : 'host'
  return per === 'rack' || per === 'site' ? ` by ${per}` : per === 'powerFeed' ? ' by power feed' : ''
}

function ruleText(rule: Rule): string {
  const size = ` ${rule.vms.length} VM${rule.vms.length === 1 ? '' : 's'}`
  switch (rule.kind) {
    case 'runOn':
    case 'keepOff':
    case 'quarantine':
      return `${rule.kind} ${rule.hosts.length} host${rule.hosts.length === 1 ? '' : 's'}`
    case 'vmsMax':
    case 'resourceMax':
    case 'hostsMax':
    case 'hostsOnMax':
      return `${rule.kind} ${rule.max}`
    case 'spread':
      return `spread over ${rule.min}${within(rule)}`
    case 'failover':
      return `failover of ${rule.failures}`
    case 'together':
    case 'apart':
    case 'oneOf':
    case 'keepApart':
    case 'lonely':
    case 'requires':
    case 'pinned':
    case 'order':
      return `${rule.kind}${size}${within(rule)}`
  }
}
