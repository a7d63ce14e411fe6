import { NOWHERE, VM, type Pool } from './pool.ts'
import type { Rule } from './rules.ts'

/** The sentence of the first hard rule that keeps this VM off this host at this instant, or null. `together` is judged on whole placements only (see brokenRules): members move one after another. */
export function ruleAgainst(pool: Pool, vm: number, host: number): string | null {
  if (pool.rules.length === 0) return null
  const vmId = pool.vms[vm]!.id
  const hostId = pool.hosts[host]!.id
  for (const rule of pool.rules) {
    if (!rule.vms.includes(vmId)) continue
    if (rule.kind === 'runOn' && !rule.hosts.includes(hostId)) return `rule ${rule.id}: ${vmId} runs on ${rule.hosts.join(', ')} only, not on ${hostId}`
    if (rule.kind === 'keepOff' && rule.hosts.includes(hostId)) return `rule ${rule.id}: ${vmId} is kept off ${hostId}`
    if (rule.kind === 'apart') {
      const other = pool.vms.find((candidate, index) => index !== vm && holds(pool, index, host) && rule.vms.includes(candidate.id))
      if (other) return `rule ${rule.id}: ${vmId} is kept apart from ${other.id}, which is on ${hostId}`
    }
  }
  return null
}

/** All rules that a placement breaks, as sentences. Every VM that has a place counts, a migrating one at both ends. */
export function brokenRules(pool: Pool): string[] {
  return pool.rules.flatMap((rule) => brokenBy(pool, rule))
}

function brokenBy(pool: Pool, rule: Rule): string[] {
  const members = rule.vms.flatMap((id) => {
    const vm = pool.vms.findIndex((candidate, index) => candidate.id === id && pool.vmState[index] !== VM.gone)
    return vm === NOWHERE || pool.vmHost[vm] === NOWHERE ? [] : [{ id, hosts: [pool.vmHost[vm]!, pool.vmTarget[vm]!].filter((host) => host !== NOWHERE) }]
  })
  switch (rule.kind) {
    case 'runOn':
    case 'keepOff':
      return members.flatMap(({ id, hosts }) =>
        hosts.filter((host) => rule.hosts.includes(pool.hosts[host]!.id) === (rule.kind === 'keepOff')).map((host) => `rule ${rule.id}: ${id} is on ${pool.hosts[host]!.id}`))
    case 'together': {
      const places = new Set(members.map(({ hosts }) => hosts[0]!))
      return places.size > 1 ? [`rule ${rule.id}: ${members.map(({ id }) => id).join(', ')} are on ${places.size} hosts`] : []
    }
    case 'apart':
      return members.flatMap(({ id, hosts }, position) =>
        members.slice(position + 1).filter((other) => other.hosts.some((host) => hosts.includes(host))).map((other) => `rule ${rule.id}: ${id} and ${other.id} share a host`))
  }
}

const holds = (pool: Pool, vm: number, host: number): boolean => pool.vmState[vm] !== VM.gone && (pool.vmHost[vm] === host || pool.vmTarget[vm] === host)
