import { type GroupRule, UNASSIGNED } from '../problem.ts'
import type { Linear, Program } from './program.ts'

/** Rows of a rule; a soft one gets a column for each violation, charged at its weight. */
export function addRule(program: Program, rule: GroupRule): void {
  const { builder, charge } = program
  if (rule.weight === 0) return
  const slack = (upper: number): number | null => {
    if (rule.weight === null) return null
    const column = builder.column(0, upper, 0, false)
    charge({ entries: [[column, 1]], constant: 0 }, rule.weight)
    return column
  }
  const atMost = ({ entries, constant }: Linear, limit: number, violation: number | null): void => builder.row([...entries, ...(violation === null ? [] : [[violation, -1] as const])], -Infinity, limit - constant)
  const zones = Array.from({ length: rule.zoneCount }, (_, zone) => zone)
  switch (rule.kind) {
    case 'perZoneMax':
      for (const zone of zones) atMost(inZone(program, rule, rule.members, zone, rule.amount), rule.max[zone]!, slack(Infinity))
      return
    case 'zonesMin': {
      const used = zones.map((zone) => {
        const { entries, constant } = inZone(program, rule, rule.members, zone, null)
        const column = builder.column(0, 1)
        builder.row([[column, 1], ...entries.map(([at, value]) => [at, -value] as const)], -Infinity, constant)
        return column
      })
      atMost({ entries: used.map((column) => [column, -1] as const), constant: Math.min(rule.min, placedMembers(program, rule)) }, 0, slack(Infinity))
      return
    }
    case 'zonesMax': {
      const used = zones.map((zone) => usedZone(program, rule, rule.members, zone, null))
      atMost({ entries: used.map((column) => [column, 1] as const), constant: 0 }, rule.max, slack(Infinity))
      return
    }
    case 'needs':
      for (const zone of zones) {
        const others = inZone(program, rule, rule.others, zone, null)
        const served = builder.column(0, 1)
        builder.row([[served, 1], ...others.entries.map(([at, value]) => [at, -value] as const)], -Infinity, others.constant)
        const violation = rule.weight === null ? null : builder.column(0, 1)
        if (violation !== null) charge({ entries: [[violation, 1]], constant: 0 }, rule.weight!)
        const member = usedZone(program, rule, rule.members, zone, null)
        builder.row([[member, 1], [served, -1], ...(violation === null ? [] : [[violation, -1] as const])], -Infinity, 0)
      }
      return
    case 'exclusive':
      for (const zone of zones) addExclusive(program, rule, zone, slack(Infinity))
  }
}

/** Members of either side are at most the violation, or nothing where the rule is hard. */
function addExclusive(program: Program, rule: Extract<GroupRule, { readonly kind: 'exclusive' }>, zone: number, violation: number | null): void {
  const { builder } = program
  const side = builder.column(0, 1)
  for (const [items, isFirst] of [[rule.members, true], [rule.others, false]] as const) {
    const { entries, constant } = inZone(program, rule, items, zone, null)
    const most = constant + entries.reduce((sum, [column, value]) => sum + builder.upper[column]! * value, 0)
    // First side: sum <= most x side + violation; other side: sum <= most x (1 - side) + violation.
    builder.row([...entries, [side, isFirst ? -most : most], ...(violation === null ? [] : [[violation, -1] as const])], -Infinity, (isFirst ? 0 : most) - constant)
  }
}

/** How many of the items (each as its amount) stand in the zone. */
function inZone({ problem, flavours, standing }: Program, rule: GroupRule, items: Int32Array, zone: number, amount: Float64Array | null): Linear {
  const entries: (readonly [number, number])[] = []
  let constant = 0
  const position = new Map(Array.from(items, (item, at) => [item, at]))
  const valueOf = (item: number): number => (amount === null ? 1 : amount[position.get(item)!]!)
  for (const item of items) if (problem.movable[item] === 0 && problem.initial[item] !== UNASSIGNED && rule.zoneOf[problem.initial[item]!] === zone) constant += valueOf(item)
  flavours.forEach(({ first }, flavour) => {
    if (!position.has(first)) return
    rule.zoneOf.forEach((here, bin) => {
      if (here === zone && standing(flavour, bin) !== UNASSIGNED) entries.push([standing(flavour, bin), valueOf(first)])
    })
  })
  return { entries, constant }
}

/** A 0-1 column that is 1 when any of the items stands in the zone. */
function usedZone(program: Program, rule: GroupRule, items: Int32Array, zone: number, amount: Float64Array | null): number {
  const { builder } = program
  const { entries, constant } = inZone(program, rule, items, zone, amount)
  const column = builder.column(constant > 0 ? 1 : 0, 1)
  for (const [at] of entries) builder.row([[at, 1], [column, -builder.upper[at]!]], -Infinity, 0)
  return column
}

/** Members that have a place when all that may be placed are. */
const placedMembers = ({ problem }: Program, rule: GroupRule): number => rule.members.filter((item) => problem.movable[item] === 1 || problem.initial[item] !== UNASSIGNED).length
