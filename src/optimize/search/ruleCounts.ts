import { type GroupRule, type Problem, UNASSIGNED } from '../problem.ts'

/** Amounts of fractions leave less than this by rounding. */
const WORSE = 1e-9

/** Counters of one rule: how much of its members and of its others is in each zone. */
interface Counter {
  readonly rule: GroupRule
  readonly members: Float64Array
  readonly others: Float64Array
  /** Zones that hold members. */
  inUse: number
  /** Members that have a place. */
  placed: number
  violation: number
}

/** Group rules through counters by zone: a move is priced in constant time for each rule that the item is in. */
export class RuleCounts {
  /** Changes of the last price or move. */
  hardChange = 0
  valueChange = 0
  /** Whether the last priced move makes the violation of some hard rule larger, whatever others gain. */
  worsens = false
  /** Totals: violation of hard rules, and weighted violation of soft ones. */
  hard = 0
  value = 0
  private readonly counters: readonly Counter[]
  /** By rule: change by the moves being priced; 0 between prices. */
  private readonly pending: Float64Array
  /** Rules of item i: entries from `begins[i]` to `begins[i + 1]`. */
  private readonly begins: Int32Array
  private readonly ruleOf: Int32Array
  private readonly memberAmount: Float64Array
  private readonly otherAmount: Float64Array
  private readonly isMember: Uint8Array

  constructor(problem: Problem) {
    this.counters = problem.rules.map((rule) => ({ rule, members: new Float64Array(rule.zoneCount), others: new Float64Array(rule.zoneCount), inUse: 0, placed: 0, violation: 0 }))
    this.pending = new Float64Array(problem.rules.length)
    const entries = problem.rules.map(entriesOf)
    this.begins = new Int32Array(problem.itemCount + 1)
    for (const rows of entries) for (const item of rows.keys()) this.begins[item + 1]!++
    for (let item = 0; item < problem.itemCount; item++) this.begins[item + 1]! += this.begins[item]!
    const size = this.begins[problem.itemCount]!
    this.ruleOf = new Int32Array(size)
    this.memberAmount = new Float64Array(size)
    this.otherAmount = new Float64Array(size)
    this.isMember = new Uint8Array(size)
    const filled = this.begins.slice()
    entries.forEach((rows, rule) => {
      for (const [item, entry] of rows) {
        const at = filled[item]!++
        this.ruleOf[at] = rule
        this.memberAmount[at] = entry.member ?? 0
        this.isMember[at] = entry.member === null ? 0 : 1
        this.otherAmount[at] = entry.other
      }
    })
  }

  /** Takes all counts anew. */
  refresh(assignment: Int32Array): void {
    for (const counter of this.counters) {
      counter.members.fill(0)
      counter.others.fill(0)
      counter.inUse = counter.placed = counter.violation = 0
    }
    for (let item = 0; item < assignment.length; item++) if (assignment[item] !== UNASSIGNED) this.shift(item, UNASSIGNED, assignment[item]!)
    this.hard = this.value = 0
    for (const counter of this.counters) {
      counter.violation = overall(counter, counter.inUse, counter.placed)
      for (let zone = 0; zone < counter.rule.zoneCount; zone++) counter.violation += zoneViolation(counter, zone, counter.members[zone]!, counter.others[zone]!)
      if (counter.rule.weight === null) this.hard += counter.violation
      else this.value += counter.rule.weight * counter.violation
    }
  }

  /** How far the assignment is from the rule of that index. */
  violationOf(rule: number): number {
    return this.counters[rule]!.violation
  }

  /** Rules that the item is in, with repetition of none. */
  rulesOf(item: number): Int32Array {
    return this.ruleOf.subarray(this.begins[item], this.begins[item + 1])
  }

  isRuled(item: number): boolean {
    return this.begins[item] !== this.begins[item + 1]
  }

  /** Prices a move: sets `hardChange`, `valueChange` and `worsens`. */
  price(item: number, source: number, target: number): void {
    this.hardChange = this.valueChange = 0
    this.worsens = false
    for (let at = this.begins[item]!; at < this.begins[item + 1]!; at++) {
      const counter = this.counters[this.ruleOf[at]!]!
      this.count(counter.rule.weight, this.changeOf(counter, at, source, target))
    }
  }

  /** Prices two items taking each other's place; a rule that both are in sees only the sum. */
  priceSwap(one: number, oneBin: number, other: number, otherBin: number): void {
    this.hardChange = this.valueChange = 0
    this.worsens = false
    this.await(one, oneBin, otherBin)
    this.shift(one, oneBin, otherBin)
    this.await(other, otherBin, oneBin)
    this.shift(one, otherBin, oneBin)
    this.settle(one)
    this.settle(other)
  }

  private await(item: number, source: number, target: number): void {
    for (let at = this.begins[item]!; at < this.begins[item + 1]!; at++) this.pending[this.ruleOf[at]!]! += this.changeOf(this.counters[this.ruleOf[at]!]!, at, source, target)
  }

  private settle(item: number): void {
    for (let at = this.begins[item]!; at < this.begins[item + 1]!; at++) {
      const rule = this.ruleOf[at]!
      this.count(this.counters[rule]!.rule.weight, this.pending[rule]!)
      this.pending[rule] = 0
    }
  }

  private count(weight: number | null, change: number): void {
    if (weight !== null) this.valueChange += weight * change
    else {
      this.hardChange += change
      if (change > WORSE) this.worsens = true
    }
  }

  /** Does a move: counts, totals, and the changes as `price` gives them. */
  apply(item: number, source: number, target: number): void {
    this.price(item, source, target)
    for (let at = this.begins[item]!; at < this.begins[item + 1]!; at++) {
      const counter = this.counters[this.ruleOf[at]!]!
      counter.violation += this.changeOf(counter, at, source, target)
    }
    this.shift(item, source, target)
    this.hard += this.hardChange
    this.value += this.valueChange
  }

  private changeOf(counter: Counter, at: number, source: number, target: number): number {
    const { rule, members, others } = counter
    const from = source === UNASSIGNED ? UNASSIGNED : rule.zoneOf[source]!
    const to = target === UNASSIGNED ? UNASSIGNED : rule.zoneOf[target]!
    const member = this.memberAmount[at]!
    const other = this.otherAmount[at]!
    const placed = this.isMember[at] === 1 ? counter.placed + (target === UNASSIGNED ? 0 : 1) - (source === UNASSIGNED ? 0 : 1) : counter.placed
    let inUse = counter.inUse
    let change = 0
    if (from !== to) {
      if (from !== UNASSIGNED) {
        const left = members[from]! - member
        change += zoneViolation(counter, from, left, others[from]! - other) - zoneViolation(counter, from, members[from]!, others[from]!)
        if (members[from]! > 0 && left <= 0) inUse--
      }
      if (to !== UNASSIGNED) {
        const come = members[to]! + member
        change += zoneViolation(counter, to, come, others[to]! + other) - zoneViolation(counter, to, members[to]!, others[to]!)
        if (members[to]! <= 0 && come > 0) inUse++
      }
    }
    return change + overall(counter, inUse, placed) - overall(counter, counter.inUse, counter.placed)
  }

  private shift(item: number, source: number, target: number): void {
    for (let at = this.begins[item]!; at < this.begins[item + 1]!; at++) {
      const counter = this.counters[this.ruleOf[at]!]!
      if (source !== UNASSIGNED) this.add(counter, at, source, -1)
      if (target !== UNASSIGNED) this.add(counter, at, target, 1)
    }
  }

  private add(counter: Counter, at: number, bin: number, sign: number): void {
    if (this.isMember[at] === 1) counter.placed += sign
    const zone = counter.rule.zoneOf[bin]!
    if (zone === UNASSIGNED) return
    const before = counter.members[zone]!
    counter.members[zone] = before + sign * this.memberAmount[at]!
    counter.others[zone]! += sign * this.otherAmount[at]!
    if (before <= 0 && counter.members[zone] > 0) counter.inUse++
    else if (before > 0 && counter.members[zone] <= 0) counter.inUse--
  }
}

/** Items of a rule, with what each counts as a member (null: it is none) and as one of the others. */
function entriesOf(rule: GroupRule): Map<number, { member: number | null; other: number }> {
  const rows = new Map<number, { member: number | null; other: number }>()
  rule.members.forEach((item, position) => rows.set(item, { member: rule.kind === 'perZoneMax' && rule.amount !== null ? rule.amount[position]! : 1, other: 0 }))
  if (rule.kind === 'needs' || rule.kind === 'exclusive') for (const item of rule.others) rows.set(item, { member: rows.get(item)?.member ?? null, other: 1 })
  return rows
}

function zoneViolation({ rule }: Counter, zone: number, members: number, others: number): number {
  switch (rule.kind) {
    case 'perZoneMax':
      return members > rule.max[zone]! ? members - rule.max[zone]! : 0
    case 'needs':
      return members > 0 && others === 0 ? 1 : 0
    case 'exclusive':
      return members < others ? members : others
    case 'zonesMin':
    case 'zonesMax':
      return 0
  }
}

function overall({ rule }: Counter, inUse: number, placed: number): number {
  if (rule.kind === 'zonesMin') return Math.max(0, Math.min(rule.min, placed) - inUse)
  return rule.kind === 'zonesMax' ? Math.max(0, inUse - rule.max) : 0
}
