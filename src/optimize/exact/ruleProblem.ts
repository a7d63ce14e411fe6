import { type GroupRule, type Problem, UNASSIGNED } from '../problem.ts'

/**
 * Items, all of which are to have a bin of their row, under capacities and hard rules: no cost, no moves. What of a
 * `Problem` decides whether there is any answer at all.
 */
export interface RuleProblem extends Pick<Problem, 'itemCount' | 'binCount' | 'dimensions' | 'demand' | 'base' | 'capacity'> {
  /** Row of `rows` for each item. */
  readonly rowOf: Int32Array
  /** 1 = the bin may hold the item. */
  readonly rows: readonly Uint8Array[]
  /** Bin of items that stay, UNASSIGNED for all others. */
  readonly fixed: Int32Array
  readonly rules: readonly GroupRule[]
}

/** What an item's bin changes in a rule: its own amount among the members, or one among the others. */
export interface RuleTie {
  readonly rule: number
  readonly amount: number
  readonly isMember: boolean
}

export function ruleTies({ itemCount, rules }: Pick<RuleProblem, 'itemCount' | 'rules'>): RuleTie[][] {
  const ties: RuleTie[][] = Array.from({ length: itemCount }, () => [])
  rules.forEach((rule, number) => {
    rule.members.forEach((item, position) => ties[item]!.push({ rule: number, amount: rule.kind === 'perZoneMax' ? (rule.amount?.[position] ?? 1) : 1, isMember: true }))
    if ('others' in rule) for (const item of rule.others) ties[item]!.push({ rule: number, amount: 1, isMember: false })
  })
  return ties
}

/**
 * A part of the problem: some items, and of bins that nothing tells apart only as many as these items could use. Rules
 * that reach beyond the items bind those inside, which asks no more than the whole does where the rule only forbids;
 * others must lie inside. Items outside that stay hold what they hold. `ties` are those of the whole. Returns also the bins by
 * their old numbers.
 */
export function partOf(problem: RuleProblem, items: readonly number[], ties: readonly (readonly Pick<RuleTie, 'rule'>[] | undefined)[]): { readonly part: RuleProblem; readonly bins: Int32Array } {
  const number = new Int32Array(problem.itemCount).fill(UNASSIGNED)
  items.forEach((item, at) => (number[item] = at))
  const base = baseWithout(problem, number)
  const rows = [...new Set(items.map((item) => problem.rowOf[item]!))]
  const touching = [...new Set(items.flatMap((item) => ties[item]?.map(({ rule }) => rule) ?? []))].sort((a, b) => a - b)
  const inner = touching.flatMap((rule) => innerRule(problem.rules[rule]!, number))
  const bins = distinctBins(problem, { items, base, rows: rows.map((row) => problem.rows[row]!), rules: inner })
  const columns = (from: Float64Array): Float64Array => Float64Array.from({ length: bins.length * problem.dimensions }, (_, at) => from[bins[Math.floor(at / problem.dimensions)]! * problem.dimensions + (at % problem.dimensions)]!)
  const binNumber = new Map<number, number>(Array.from(bins, (bin, at) => [bin, at] as const))
  const part: RuleProblem = {
    itemCount: items.length, binCount: bins.length, dimensions: problem.dimensions, base: columns(base), capacity: columns(problem.capacity),
    demand: Float64Array.from({ length: items.length * problem.dimensions }, (_, at) => problem.demand[items[Math.floor(at / problem.dimensions)]! * problem.dimensions + (at % problem.dimensions)]!),
    rowOf: Int32Array.from(items, (item) => rows.indexOf(problem.rowOf[item]!)), rows: rows.map((row) => Uint8Array.from(bins, (bin) => problem.rows[row]![bin]!)),
    fixed: Int32Array.from(items, (item) => (problem.fixed[item] === UNASSIGNED ? UNASSIGNED : binNumber.get(problem.fixed[item]!)!)),
    rules: inner.map((rule) => onBins(rule, bins)),
  }
  return { part, bins }
}

function baseWithout({ base, fixed, demand, dimensions }: RuleProblem, number: Int32Array): Float64Array {
  const held = base.slice()
  fixed.forEach((bin, item) => {
    if (bin !== UNASSIGNED && number[item] === UNASSIGNED) for (let d = 0; d < dimensions; d++) held[bin * dimensions + d]! += demand[item * dimensions + d]!
  })
  return held
}

function innerRule(rule: GroupRule, number: Int32Array): GroupRule[] {
  const positions = [...rule.members.keys()].filter((position) => number[rule.members[position]!] !== UNASSIGNED)
  if (positions.length === 0) return []
  const members = Int32Array.from(positions, (position) => number[rule.members[position]!]!)
  if (rule.kind === 'perZoneMax') return [{ ...rule, members, amount: rule.amount === null ? null : Float64Array.from(positions, (position) => rule.amount![position]!) }]
  if (!('others' in rule)) return [{ ...rule, members }]
  return [{ ...rule, members, others: rule.others.filter((item) => number[item] !== UNASSIGNED).map((item) => number[item]!) }]
}

/** The rule over these bins only, its zones numbered anew. */
function onBins(rule: GroupRule, bins: Int32Array): GroupRule {
  const zones: number[] = []
  const numberOf = new Map<number, number>()
  const zoneOf = Int32Array.from(bins, (bin) => {
    const zone = rule.zoneOf[bin]!
    if (zone === UNASSIGNED) return UNASSIGNED
    if (!numberOf.has(zone)) numberOf.set(zone, zones.push(zone) - 1)
    return numberOf.get(zone)!
  })
  const common = { zoneOf, zoneCount: zones.length }
  return rule.kind === 'perZoneMax' ? { ...rule, ...common, max: Float64Array.from(zones, (zone) => rule.max[zone]!) } : { ...rule, ...common }
}

interface Distinguishing {
  readonly items: readonly number[]
  readonly base: Float64Array
  readonly rows: readonly Uint8Array[]
  readonly rules: readonly GroupRule[]
}

/** Bins that some item may be in: all that stand out, and of equal ones one for each item. */
function distinctBins(problem: RuleProblem, { items, base, rows, rules }: Distinguishing): Int32Array {
  const stands = new Set(items.map((item) => problem.fixed[item]!))
  const zoneKeys = rules.map(zoneKeysOf)
  const counts = new Map<string, number>()
  return Int32Array.from(Array.from({ length: problem.binCount }, (_, bin) => bin).filter((bin) => {
    if (stands.has(bin)) return true
    if (!rows.some((row) => row[bin] === 1)) return false
    const loads = Array.from({ length: problem.dimensions }, (_, d) => problem.capacity[bin * problem.dimensions + d]! - base[bin * problem.dimensions + d]!)
    const key = `${rows.map((row) => row[bin]).join('')} ${loads.join()} ${zoneKeys.map((keys) => keys(bin)).join()}`
    const count = counts.get(key) ?? 0
    counts.set(key, count + 1)
    return count < items.length
  }))
}

/** What of a rule tells a bin from another: its zone, but where each zone is a bin only the zone's limit. */
export function zoneKeysOf(rule: GroupRule): (bin: number) => string {
  const sizes = new Int32Array(rule.zoneCount)
  for (const zone of rule.zoneOf) if (zone !== UNASSIGNED) sizes[zone]!++
  return (bin) => {
    const zone = rule.zoneOf[bin]!
    if (zone === UNASSIGNED) return '-'
    return sizes[zone] === 1 ? `one ${rule.kind === 'perZoneMax' ? rule.max[zone]! : ''}` : String(zone)
  }
}
