import { type GroupRule, type Problem, UNASSIGNED } from '../problem.ts'

/** Kinds of hard rules that ZoneGroups counts. */
type CountedRule = Extract<GroupRule, { kind: 'perZoneMax' | 'zonesMin' | 'needs' }>

/** Members of one set over the zones of one map, however many rules ask for them. */
interface Group {
  readonly members: Int32Array
  readonly zoneOf: Int32Array
  readonly zoneCount: number
  readonly max: Float64Array | null
  readonly zonesMin: number
  /** Groups that must be in each zone that this one is in, and the other way round. */
  readonly needs: number[]
  readonly neededBy: number[]
}

/** Whether these rules, all of them hard, are of the kinds that ZoneGroups counts. */
export function areCounted(rules: readonly GroupRule[]): rules is readonly CountedRule[] {
  return rules.every((rule) => rule.weight === null && ((rule.kind === 'perZoneMax' && rule.amount === null) || rule.kind === 'zonesMin' || rule.kind === 'needs'))
}

/**
 * Hard rules for searches that never break one: one counter for each set of items and map of zones, shared by all rules
 * that name them, so that tens of thousands of dependencies cost little. A move is judged by the few counters of its item.
 */
export class ZoneGroups {
  /** Groups of item i: entries of `groupOf` from `begins[i]` to `begins[i + 1]`. */
  private readonly begins: Int32Array
  private readonly groupOf: Int32Array
  private readonly groups: readonly Group[]
  /** Members by group and zone: those of group g from `offsets[g]` on. */
  private readonly counts: Int32Array | Uint16Array
  private readonly offsets: Int32Array
  private readonly zonesInUse: Int32Array

  constructor(problem: Problem) {
    if (!areCounted(problem.rules)) throw new Error('rules of other kinds are not counted')
    this.groups = groupsOf(problem.rules)
    this.offsets = new Int32Array(this.groups.length + 1)
    this.groups.forEach(({ zoneCount }, group) => (this.offsets[group + 1] = this.offsets[group]! + zoneCount))
    const size = this.offsets[this.groups.length]!
    this.counts = problem.itemCount < 2 ** 16 ? new Uint16Array(size) : new Int32Array(size)
    this.zonesInUse = new Int32Array(this.groups.length)
    this.begins = new Int32Array(problem.itemCount + 1)
    for (const { members } of this.groups) for (const item of members) this.begins[item + 1]!++
    for (let item = 0; item < problem.itemCount; item++) this.begins[item + 1]! += this.begins[item]!
    this.groupOf = new Int32Array(this.begins[problem.itemCount]!)
    const filled = this.begins.slice()
    this.groups.forEach(({ members }, group) => {
      for (const item of members) this.groupOf[filled[item]!++] = group
    })
  }

  /** Takes all counts anew. */
  refresh(assignment: Int32Array): void {
    this.counts.fill(0)
    this.zonesInUse.fill(0)
    for (let item = 0; item < assignment.length; item++) if (assignment[item] !== UNASSIGNED) this.shift(item, UNASSIGNED, assignment[item]!)
  }

  /** Whether an item may go from one bin to another with no rule broken that held. */
  allows(item: number, source: number, target: number): boolean {
    for (let at = this.begins[item]!; at < this.begins[item + 1]!; at++) {
      const group = this.groupOf[at]!
      const { zoneOf } = this.groups[group]!
      const from = zoneOf[source]!
      const to = zoneOf[target]!
      if (from !== to && !this.groupAllows(group, from, to)) return false
    }
    return true
  }

  private groupAllows(group: number, from: number, to: number): boolean {
    const { counts, offsets } = this
    const { max, zonesMin, needs, neededBy } = this.groups[group]!
    const row = offsets[group]!
    if (to !== UNASSIGNED) {
      const there = counts[row + to]!
      if (max !== null && there + 1 > max[to]!) return false
      if (there === 0) for (const other of needs) if (counts[offsets[other]! + to] === 0) return false
    }
    if (from === UNASSIGNED || counts[row + from]! > 1) return true
    if (this.zonesInUse[group]! - (to !== UNASSIGNED && counts[row + to] === 0 ? 0 : 1) < zonesMin) return false
    for (const other of neededBy) if (counts[offsets[other]! + from]! > 0) return false
    return true
  }

  /** Counts a move; UNASSIGNED is no bin. */
  shift(item: number, source: number, target: number): void {
    const { counts, offsets, zonesInUse } = this
    for (let at = this.begins[item]!; at < this.begins[item + 1]!; at++) {
      const group = this.groupOf[at]!
      const { zoneOf } = this.groups[group]!
      const from = source === UNASSIGNED ? UNASSIGNED : zoneOf[source]!
      const to = target === UNASSIGNED ? UNASSIGNED : zoneOf[target]!
      if (from === to) continue
      const row = offsets[group]!
      if (from !== UNASSIGNED && --counts[row + from]! === 0) zonesInUse[group]!--
      if (to !== UNASSIGNED && counts[row + to]!++ === 0) zonesInUse[group]!++
    }
  }
}

function groupsOf(rules: readonly CountedRule[]): Group[] {
  const groups: { -readonly [Key in keyof Group]: Group[Key] }[] = []
  const find = groupFinder(groups)
  for (const rule of rules) {
    if (rule.members.length === 0) continue
    const at = find(rule.members, rule)
    const group = groups[at]!
    switch (rule.kind) {
      case 'perZoneMax':
        group.max = group.max === null ? rule.max : group.max.map((most, zone) => Math.min(most, rule.max[zone]!))
        break
      case 'zonesMin':
        group.zonesMin = Math.max(group.zonesMin, Math.min(rule.min, rule.members.length))
        break
      case 'needs': {
        const other = find(rule.others, rule)
        group.needs.push(other)
        groups[other]!.neededBy.push(at)
      }
    }
  }
  return groups
}

/** Gives the group of a set of items and a map of zones, which becomes a new one when it was not asked for before. */
function groupFinder(groups: Group[]): (members: Int32Array, rule: GroupRule) => number {
  const identify = contentIds()
  const known = new Map<string, number>()
  return (members, { zoneOf, zoneCount }) => {
    const key = `${identify(members)} ${identify(zoneOf)} ${zoneCount}`
    const found = known.get(key)
    if (found !== undefined) return found
    known.set(key, groups.length)
    groups.push({ members, zoneOf, zoneCount, max: null, zonesMin: 0, needs: [], neededBy: [] })
    return groups.length - 1
  }
}

/** Numbers columns by content; one that was seen before is known by itself, and not read again. */
function contentIds(): (column: Int32Array) => number {
  const bySelf = new Map<Int32Array, number>()
  const byContent = new Map<string, number>()
  return (column) => {
    const known = bySelf.get(column)
    if (known !== undefined) return known
    const content = column.join()
    const id = byContent.get(content) ?? byContent.size
    byContent.set(content, id)
    bySelf.set(column, id)
    return id
  }
}
