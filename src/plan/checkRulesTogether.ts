import type { Step } from '../model/plan.ts'
import { NOWHERE } from '../model/pool.ts'
import { type CheckedRule, type RuleBook, countsFor } from './checkRules.ts'
import type { Ledger } from './ledger.ts'
import { type Comer, worstGain } from './worstLoad.ts'

/** A VM's time in a domain: from the beginning of one step (null: from the first) to the end of another (null: to the last). */
interface Visit {
  readonly vm: number
  readonly zone: string
  readonly arrives: number | null
  leaves: number | null
}

/** A fault of a step, or of none in particular (null). */
export interface RuleFault {
  readonly step: number | null
  readonly message: string
}

interface Beside {
  readonly ledger: Ledger
  readonly steps: readonly Step[]
  /** Whether the second step has ended whenever the first begins. */
  readonly ended: (step: number, before: number) => boolean
  readonly found: RuleFault[]
}

/**
 * Hard rules in every state that steps beside each other can reach: VMs that may not meet have no visits to one domain that
 * could overlap; counts and sums by domain stay within their limits in the worst state; steps that a rule orders wait for
 * each other. `ledger` is that of the pool before the plan.
 */
export function ruleFaultsTogether(book: RuleBook, ledger: Ledger, steps: readonly Step[], ended: Beside['ended']): RuleFault[] {
  const beside: Beside = { ledger, steps, ended, found: [] }
  for (const checked of book.all) {
    const { rule } = checked
    if (rule.kind === 'order') checkOrder(beside, checked)
    else if (rule.kind === 'keepApart' || rule.kind === 'lonely' || (rule.kind === 'apart' && (rule.max ?? 1) === 1)) checkMeetings(beside, checked)
    else if (rule.kind === 'apart' || rule.kind === 'vmsMax' || rule.kind === 'resourceMax') checkSums(beside, checked)
  }
  return beside.found
}

const HOST = 'host '

/** The domain in which the rule counts a VM on this host; null: it does not. */
function zoneOf({ rule, hosts, domain }: CheckedRule, { pool }: Ledger, host: number): string | null {
  if (rule.kind !== 'vmsMax' && rule.kind !== 'resourceMax') return domain[host] ?? null
  if (!hosts.has(host)) return null
  return rule.kind === 'vmsMax' && rule.each ? `${HOST}${pool.hosts[host]!.id}` : 'its hosts'
}

/** Visits to domains of VMs that have steps; hosts of one domain in turn are one visit. */
function visitsOf(beside: Beside, checked: CheckedRule): Visit[] {
  const { ledger, steps } = beside
  const visits: Visit[] = []
  const now = new Map<number, Visit | null>()
  const enter = (vm: number, host: number, arrives: number | null): void => {
    const zone = zoneOf(checked, ledger, host)
    const before = now.get(vm)
    if (before?.zone === zone) return
    if (before) before.leaves = arrives
    const visit = zone === null ? null : { vm, zone, arrives, leaves: null }
    if (visit) visits.push(visit)
    now.set(vm, visit)
  }
  steps.forEach((step, number) => {
    const vm = 'vm' in step ? ledger.vmOf.get(step.vm) : undefined
    if (vm === undefined || !('vm' in step)) return
    if (!now.has(vm) && ledger.place[vm] !== NOWHERE) enter(vm, ledger.place[vm]!, null)
    if ('target' in step) enter(vm, ledger.hostOf.get(step.target)!, number)
    else {
      const before = now.get(vm)
      if (before) before.leaves = number
      now.set(vm, null)
    }
  })
  return visits
}

const byZone = (visits: readonly Visit[]): Map<string, Visit[]> => {
  const zones = new Map<string, Visit[]>()
  for (const visit of visits) zones.set(visit.zone, [...(zones.get(visit.zone) ?? []), visit])
  return zones
}

/** Two VMs that may not meet have no visits to one domain that could overlap. */
function checkMeetings(beside: Beside, checked: CheckedRule): void {
  const { ledger, ended, found } = beside
  const { rule, members, others } = checked
  const areFoes = (a: number, b: number): boolean =>
    rule.kind === 'apart' ? members.has(a) && members.has(b) : rule.kind === 'lonely' ? members.has(a) !== members.has(b) : (members.has(a) && others.has(b)) || (others.has(a) && members.has(b))
  const isOver = (a: Visit, b: Visit): boolean => a.leaves !== null && b.arrives !== null && ended(b.arrives, a.leaves)
  for (const [zone, visits] of byZone(visitsOf(beside, checked))) {
    visits.forEach((visit, position) => {
      for (const other of visits.slice(position + 1)) {
        if (other.vm === visit.vm || !areFoes(visit.vm, other.vm) || isOver(visit, other) || isOver(other, visit) || (visit.arrives === null && other.arrives === null)) continue
        const names = [visit, other].map(({ vm }) => ledger.pool.vms[vm]!.id)
        found.push({ step: other.arrives ?? visit.arrives, message: `rule ${rule.id} keeps ${names.join(' and ')} apart, but they could be on ${shown(zone)} at the same time` })
      }
    })
  }
}

const shown = (zone: string): string => (zone.startsWith(HOST) ? zone.slice(HOST.length) : zone)

/** The most that a domain can hold at any instant; one that holds too much already must not get more before it is below its limit. */
function checkSums(beside: Beside, checked: CheckedRule): void {
  const { ledger, ended, found } = beside
  const { rule, members } = checked
  if (!('max' in rule)) return
  const amountOf = (vm: number): number => countsFor(checked, ledger, vm)
  for (const [zone, all] of byZone(visitsOf(beside, checked))) {
    const visits = all.filter(({ vm }) => members.has(vm))
    const coming = visits.filter(({ arrives }) => arrives !== null)
    const leaving = visits.filter(({ leaves }) => leaves !== null)
    let held = 0
    for (const vm of members) if (ledger.place[vm] !== NOWHERE && zoneOf(checked, ledger, ledger.place[vm]!) === zone) held += amountOf(vm)
    if (coming.length === 0 || held + coming.reduce((sum, { vm }) => sum + amountOf(vm), 0) <= rule.max + 1e-6) continue
    const comers = coming.map(({ vm, arrives }): Comer => ({ amount: amountOf(vm), after: leaving.flatMap(({ leaves }, goer) => (ended(arrives!, leaves!) ? [goer] : [])) }))
    const goers = leaving.map(({ vm }) => amountOf(vm))
    const gains = held <= rule.max ? [worstGain(comers, goers)] : comers.map((_, comer) => worstGain(comers, goers, comer))
    const worst = held + Math.max(...gains)
    if (worst > rule.max + 1e-6) found.push({ step: null, message: `rule ${rule.id} allows ${rule.max}, but ${shown(zone)} could hold ${worst} when steps run beside each other` })
  }
}

/** Steps of the one wait for those of the other, as far as both have some. */
function checkOrder({ ledger, steps, ended, found }: Beside, { rule, members, others }: CheckedRule): void {
  const stepsOf = (set: ReadonlySet<number>): number[] => steps.flatMap((step, number) => ('vm' in step && set.has(ledger.vmOf.get(step.vm) ?? NOWHERE) ? [number] : []))
  const first = stepsOf(members)
  for (const later of stepsOf(others)) {
    const early = first.find((number) => !ended(later, number))
    if (early !== undefined) found.push({ step: later, message: `rule ${rule.id} lets it begin only when ${steps[early]!.id} has ended, and it does not wait for that` })
  }
}
