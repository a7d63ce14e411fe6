import { MODE, NOWHERE } from '../model/pool.ts'
import type { CheckedRule, RuleBook } from './checkRules.ts'
import type { Ledger } from './ledger.ts'

/** Where VMs are before and after a plan. */
export interface WholePlaces {
  readonly before: Int32Array
  readonly after: Int32Array
}

/** Hard rules of whole placements that the plan's end breaks more than its beginning did. */
export function wholeFaults({ all }: RuleBook, ledger: Ledger, { before, after }: WholePlaces): string[] {
  return all.flatMap((checked) => {
    if (checked.rule.kind === 'failover') return takesRoom(ledger, checked.rule.failures, { before, after }) ? [`rule ${checked.rule.id} keeps room for the VMs of ${checked.rule.failures} failed hosts, which VMs that are started here would take`] : []
    const [was, is] = [brokenness(checked, before), brokenness(checked, after)]
    return is > was ? [`rule ${checked.rule.id} (${checked.rule.kind}) is broken further at the end than at the beginning: ${placesText(checked, ledger, after)}`] : []
  })
}

/** How far members are from what a rule of whole placements asks; 0 for every other kind. */
function brokenness({ rule, members, others, domain }: CheckedRule, place: Int32Array): number {
  const placed = (set: ReadonlySet<number>): number[] => [...set].filter((vm) => place[vm] !== NOWHERE).map((vm) => place[vm]!)
  const zones = (hosts: readonly number[]): Set<string> => new Set(hosts.map((host) => domain[host] ?? null).filter((zone) => zone !== null))
  const here = placed(members)
  switch (rule.kind) {
    case 'together':
      return Math.max(0, zones(here).size - 1)
    case 'spread':
      return Math.max(0, Math.min(rule.min, here.length) - zones(here).size)
    case 'hostsMax':
      return Math.max(0, zones(here).size - rule.max)
    case 'requires': {
      const met = zones(placed(others))
      return [...zones(here)].filter((zone) => !met.has(zone)).length
    }
    case 'oneOf':
    case 'apart':
    case 'runOn':
    case 'keepOff':
    case 'keepApart':
    case 'lonely':
    case 'vmsMax':
    case 'resourceMax':
    case 'pinned':
    case 'quarantine':
    case 'hostsOnMax':
    case 'failover':
    case 'order':
      return 0
  }
}

function placesText({ members }: CheckedRule, { pool }: Ledger, place: Int32Array): string {
  return [...members].slice(0, 6).map((vm) => `${pool.vms[vm]!.id} ${place[vm] === NOWHERE ? 'has no place' : `on ${pool.hosts[place[vm]!]!.id}`}`).join(', ')
}

/** What hard rules have against the host going on or off, the ledger being as it is then. */
export function powerFaults(book: RuleBook, ledger: Ledger, host: number, change: 'on' | 'off'): string[] {
  return book.all.flatMap((checked) => {
    const { rule, hosts } = checked
    if (change === 'on' && rule.kind === 'hostsOnMax' && hosts.has(host)) {
      const on = [...hosts].filter((other) => ledger.isOn[other] === 1).length
      return on > rule.max ? [`rule ${rule.id} lets ${rule.max} of its hosts be on, and ${on} would be`] : []
    }
    return change === 'off' && rule.kind === 'failover' && lacksRoom(ledger, rule.failures) ? [`rule ${rule.id} asks for room for the VMs of ${rule.failures} failed hosts, and there would be none`] : []
  })
}

/** Whether VMs come that had no place, and then there is no room for failures. */
const takesRoom = (ledger: Ledger, failures: number, { before, after }: WholePlaces): boolean => before.some((host, vm) => host === NOWHERE && after[vm] !== NOWHERE) && lacksRoom(ledger, failures)

/** Whether the hosts that hold most could fail without room for their VMs elsewhere: by sums, and the largest VM, so that it is certain. */
function lacksRoom({ pool, isOn, place }: Ledger, failures: number): boolean {
  const serving = pool.hosts.flatMap((_, host) => (isOn[host] === 1 && pool.hostMode[host] === MODE.available ? [host] : []))
  const heldMib = new Float64Array(pool.hosts.length)
  const largestMib = new Float64Array(pool.hosts.length)
  place.forEach((host, vm) => {
    if (host === NOWHERE) return
    heldMib[host]! += pool.vms[vm]!.memoryMib
    largestMib[host] = Math.max(largestMib[host]!, pool.vms[vm]!.memoryMib)
  })
  const freeMib = (host: number): number => (pool.hosts[host]!.capacity.memoryMib - pool.hosts[host]!.reserve.memoryMib) * (pool.hosts[host]!.traits?.memoryOvercommit ?? 1) - heldMib[host]!
  const failed = new Set([...serving].sort((a, b) => heldMib[b]! - heldMib[a]! || a - b).slice(0, failures))
  const rest = serving.filter((host) => !failed.has(host)).map(freeMib)
  const lostMib = [...failed].reduce((sum, host) => sum + heldMib[host]!, 0)
  return lostMib > rest.reduce((sum, mib) => sum + Math.max(0, mib), 0) || [...failed].some((host) => largestMib[host]! > Math.max(0, ...rest))
}
