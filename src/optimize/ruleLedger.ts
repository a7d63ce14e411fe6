import { type GroupRule, UNASSIGNED } from './problem.ts'

/** What binds an item to others: a rule in which it is a member, or one of the `others`. */
interface Tie {
  readonly rule: number
  readonly role: 'member' | 'other'
  readonly amount: number
}

/** Hard rules of a placement under construction, with members counted by zone. Owned by one draft and kept in step by `enter` and `leave`. */
export interface RuleLedger {
  readonly rules: readonly GroupRule[]
  readonly ties: readonly (readonly Tie[])[]
  /** By rule and zone: amount of members, and number of others. */
  readonly members: readonly Float64Array[]
  readonly others: readonly Float64Array[]
  /** By rule: number of members that have a place, in whatever zone or none. */
  readonly placed: Int32Array
}

const NO_TIES: readonly Tie[] = []

export function ledgerOf(given: readonly GroupRule[], itemCount: number, assignment: Int32Array): RuleLedger {
  const rules = given.filter(({ weight }) => weight === null)
  const ties: Tie[][] = rules.length === 0 ? [] : Array.from({ length: itemCount }, () => [])
  rules.forEach((rule, number) => {
    rule.members.forEach((item, position) => ties[item]!.push({ rule: number, role: 'member', amount: rule.kind === 'perZoneMax' ? (rule.amount?.[position] ?? 1) : 1 }))
    if (rule.kind === 'needs' || rule.kind === 'exclusive') for (const item of rule.others) ties[item]!.push({ rule: number, role: 'other', amount: 1 })
  })
  const zones = (): Float64Array[] => rules.map(({ zoneCount }) => new Float64Array(zoneCount))
  const ledger = { rules, ties, members: zones(), others: zones(), placed: new Int32Array(rules.length) }
  if (rules.length > 0) assignment.forEach((bin, item) => count(ledger, item, bin, 1))
  return ledger
}

/** Enters that an item is in a bin (`sign` 1) or no longer (-1). */
export function count({ rules, ties, members, others, placed }: RuleLedger, item: number, bin: number, sign: 1 | -1): void {
  if (bin === UNASSIGNED) return
  for (const { rule, role, amount } of ties[item] ?? NO_TIES) {
    const zone = rules[rule]!.zoneOf[bin]!
    if (role === 'member') placed[rule]! += sign
    if (zone !== UNASSIGNED) (role === 'member' ? members : others)[rule]![zone]! += sign * amount
  }
}

/**
 * Whether hard rules let the item go from its bin to another (or stand where it stands, when both are the same).
 * Members of an affinity that stand where it comes from are taken to follow it; whoever moves a group asks again at its end.
 */
export function rulesAllow(ledger: RuleLedger, item: number, source: number, target: number): boolean {
  for (const tie of ledger.ties[item] ?? NO_TIES) if (!ruleAllows(ledger, tie, source, target)) return false
  return true
}

function ruleAllows({ rules, members, others, placed }: RuleLedger, { rule: number, role, amount }: Tie, source: number, target: number): boolean {
  const rule = rules[number]!
  const from = source === UNASSIGNED ? UNASSIGNED : rule.zoneOf[source]!
  const to = rule.zoneOf[target]!
  const inZone = members[number]!
  const otherInZone = others[number]!
  const own = from === to ? amount : 0
  switch (rule.kind) {
    case 'perZoneMax':
      return to === UNASSIGNED || inZone[to]! - own + amount <= rule.max[to]!
    case 'zonesMax':
      return to === UNASSIGNED || elsewhere(inZone, from, to) + 1 <= rule.max
    case 'zonesMin':
      return zonesShort(rule.min, placed[number]! + (source === UNASSIGNED ? 1 : 0), usedAfter(inZone, from, to)) <= zonesShort(rule.min, placed[number]!, inUse(inZone))
    case 'needs':
      if (role === 'member') return to === UNASSIGNED || otherInZone[to]! > 0
      return from === UNASSIGNED || from === to || inZone[from] === 0 || otherInZone[from]! > 1
    case 'exclusive':
      return to === UNASSIGNED || (role === 'member' ? otherInZone : inZone)[to] === 0
  }
}

/** Zones in use beside the two of a move. */
function elsewhere(inZone: Float64Array, from: number, to: number): number {
  let zones = 0
  for (let zone = 0; zone < inZone.length; zone++) if (inZone[zone]! > 0 && zone !== from && zone !== to) zones++
  return zones
}

/** Zones that members with a place lack of those they must be in. */
const zonesShort = (min: number, placed: number, used: number): number => Math.max(0, Math.min(min, placed) - used)

/** Zones in use once a member has gone from one to another (UNASSIGNED: none). */
function usedAfter(inZone: Float64Array, from: number, to: number): number {
  if (from === to) return inUse(inZone)
  return inUse(inZone) - (from !== UNASSIGNED && inZone[from] === 1 ? 1 : 0) + (to !== UNASSIGNED && inZone[to] === 0 ? 1 : 0)
}

const inUse = (inZone: Float64Array): number => inZone.reduce((zones, amount) => zones + (amount > 0 ? 1 : 0), 0)

/** Whether some affinity to a single zone binds the two: one can't leave without the other. */
export function areBound({ rules, ties }: RuleLedger, item: number, other: number): boolean {
  return (ties[item] ?? NO_TIES).some(({ rule, role }) => rules[rule]!.kind === 'zonesMax' && role === 'member' && (rules[rule] as { max: number }).max === 1 && ties[other]!.some((tie) => tie.rule === rule))
}
