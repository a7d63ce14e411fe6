import fc from 'fast-check'
import { evaluate } from '../../src/optimize/evaluate.ts'
import { type Cost, type GroupRule, type Problem, type Term, UNASSIGNED, isBetter } from '../../src/optimize/problem.ts'

const columnOf = (length: number, value: fc.Arbitrary<number>): fc.Arbitrary<Float64Array> => fc.array(value, { minLength: length, maxLength: length }).map((values) => Float64Array.from(values))
const flags = (length: number, oftenOne: boolean): fc.Arbitrary<Uint8Array> =>
  fc.array(fc.integer({ min: 0, max: 5 }), { minLength: length, maxLength: length }).map((values) => Uint8Array.from(values, (value) => ((value > 0) === oftenOne ? 1 : 0)))
const indices = (length: number, count: number, unassigned: boolean): fc.Arbitrary<Int32Array> =>
  fc.array(fc.integer({ min: unassigned ? UNASSIGNED : 0, max: count - 1 }), { minLength: length, maxLength: length }).map((values) => Int32Array.from(values))

/** What a tiny problem may contain. */
export interface TinyParts {
  /** Kinds of terms; null: all. */
  readonly terms: readonly Term['kind'][] | null
  readonly rules: readonly GroupRule['kind'][] | null
  readonly transient: boolean
  readonly route: boolean
  readonly itemsMax: number
  readonly binsMax: number
}

export const EVERYTHING: TinyParts = { terms: null, rules: null, transient: true, route: true, itemsMax: 5, binsMax: 3 }

const TERM_KINDS = ['excess', 'imbalance', 'spread', 'inUse', 'curve', 'perItem', 'away', 'groupMovesMax', 'risk', 'paths'] as const
const RULE_KINDS = ['perZoneMax', 'zonesMin', 'zonesMax', 'needs', 'exclusive'] as const

/** Problems small enough for every assignment to be tried, tight and ample, with and without each part. */
export function tinyProblem(parts: TinyParts = EVERYTHING): fc.Arbitrary<Problem> {
  return fc.record({ itemCount: fc.integer({ min: 0, max: parts.itemsMax }), binCount: fc.integer({ min: 1, max: parts.binsMax }), dimensions: fc.integer({ min: 1, max: 2 }), room: fc.integer({ min: 4, max: 16 }) })
    .chain(({ itemCount, binCount, dimensions, room }) => fc.record({
      demand: columnOf(itemCount * dimensions, fc.constantFrom(0, 1, 2, 3, 3, 4, 5, 0.5, 2.25)),
      base: columnOf(binCount * dimensions, fc.constantFrom(0, 0, 0, 1, 2.5)),
      capacity: columnOf(binCount * dimensions, fc.constantFrom(room, room, room, room + 2, room / 2, Infinity)),
      transient: parts.transient ? flags(dimensions, false) : fc.constant(new Uint8Array(dimensions)),
      initial: indices(itemCount, binCount, true), movable: flags(itemCount, true), receives: flags(binCount, true),
      allowedRow: itemCount === 0 ? fc.constant(new Int32Array(0)) : indices(itemCount, 2, true), allowed: fc.tuple(flags(binCount, true), flags(binCount, true)),
      rules: rulesArbitrary(parts, itemCount, binCount),
      terms: termsArbitrary(parts, itemCount, binCount, dimensions),
      moveCost: columnOf(itemCount, fc.constantFrom(0, 1, 1, 2.5)),
      routeCost: parts.route ? fc.option(fc.record({ classOf: indices(binCount, 2, false), classCount: fc.constant(2), cost: columnOf(4, fc.constantFrom(0, 1, 3)) })) : fc.constant(null),
    }).map((made): Problem => ({ itemCount, binCount, dimensions, ...made,
      // An imbalance of what is without limit means nothing.
      capacity: made.capacity.map((room) => (room === Infinity && made.terms.some(({ kind }) => kind === 'imbalance') ? 20 : room)), terms: made.terms.map((term, at) => ({ ...term, name: `${term.kind}${at}` })), rules: made.rules.map((rule, at) => ({ ...rule, name: `${rule.kind}${at}` })) })))
}

function rulesArbitrary({ rules }: TinyParts, itemCount: number, binCount: number): fc.Arbitrary<GroupRule[]> {
  return rules?.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...(rules ?? RULE_KINDS)).chain((kind) => ruleArbitrary(kind, itemCount, binCount)), { maxLength: 2 })
}

function termsArbitrary({ terms }: TinyParts, itemCount: number, binCount: number, dimensions: number): fc.Arbitrary<Term[]> {
  return terms?.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...(terms ?? TERM_KINDS)).chain((kind) => termArbitrary(kind, itemCount, binCount, dimensions)), { maxLength: 3 })
}

function ruleArbitrary(kind: GroupRule['kind'], itemCount: number, binCount: number): fc.Arbitrary<GroupRule> {
  const subset = fc.subarray(Array.from({ length: itemCount }, (_, item) => item)).map((items) => Int32Array.from(items))
  return fc.integer({ min: 1, max: binCount }).chain((zoneCount) => fc.record({
    members: subset, others: subset, zoneOf: indices(binCount, zoneCount, true), weight: fc.constantFrom(null, null, 1, 2.5), min: fc.integer({ min: 0, max: 3 }), max: fc.integer({ min: 0, max: 2 }),
    zoneMax: columnOf(zoneCount, fc.integer({ min: 0, max: 3 })), amounts: fc.option(columnOf(itemCount, fc.constantFrom(0, 1, 2, 1.5))),
  }).map(({ members, others, zoneOf, weight, min, max, zoneMax, amounts }): GroupRule => {
    const base = { name: '', members, zoneOf, zoneCount, weight }
    switch (kind) {
      case 'perZoneMax': return { ...base, kind, max: zoneMax, amount: amounts === null ? null : amounts.slice(0, members.length) }
      case 'zonesMin': return { ...base, kind, min }
      case 'zonesMax': return { ...base, kind, max }
      case 'needs': return { ...base, kind, others }
      case 'exclusive': return { ...base, kind, others }
    }
  }))
}

function termArbitrary(kind: Term['kind'], itemCount: number, binCount: number, dimensions: number): fc.Arbitrary<Term> {
  const dimension = fc.integer({ min: 0, max: dimensions - 1 })
  const amounts = columnOf(binCount, fc.constantFrom(0, 1, 2, 4, 6, 2.5))
  return fc.record({
    weight: fc.constantFrom(0, 1, 2, 0.5), dimension, other: dimension, amounts, scale: columnOf(binCount, fc.constantFrom(0, 1, 2)), size: fc.boolean().chain((alike) => (alike ? fc.constant(new Float64Array(binCount).fill(8)) : columnOf(binCount, fc.constantFrom(4, 8, 10)))),
    over: flags(binCount, true), measure: fc.constantFrom('deviation' as const, 'variance' as const), curve: columnOf(binCount * 3, fc.integer({ min: 0, max: 9 })), items: columnOf(itemCount, fc.constantFrom(0, 1, 3)),
    preferred: indices(itemCount, binCount, true), groupOf: indices(itemCount, 2, true), target: fc.constantFrom(0.5, 1, 2),
  }).map(({ weight, dimension: d, other, amounts: limit, scale, size, over, measure, curve, items, preferred, groupOf, target }): Term => {
    const base = { name: '', weight }
    switch (kind) {
      case 'excess': return { ...base, kind, dimension: d, limit, scale }
      case 'imbalance': return { ...base, kind, free: d, wanted: other, target }
      case 'spread': return { ...base, kind, measure, dimension: d, size, over }
      case 'inUse': return { ...base, kind, cost: limit }
      case 'curve': return { ...base, kind, dimension: d, size, points: 3, curve, empty: scale }
      case 'perItem': return { ...base, kind, cost: scale }
      case 'away': return { ...base, kind, preferred, cost: items }
      case 'groupMovesMax': return { ...base, kind, groupOf, groupCount: 2 }
      case 'risk': return { ...base, kind, mean: d, variance: other, factors: [], z: 1.5, limit, scale }
      case 'paths': return { ...base, kind, first: 0, count: dimensions, limit, shareMax: 0.25 }
    }
  })
}

/** Every assignment of movable items, tried one by one: the best cost, and the best among those that place all and meet the hard limits (null: there is none). */
export function bruteForce(problem: Problem): { readonly best: Cost; readonly clean: number | null; readonly fewestMoves: number | null } {
  const assignment = problem.initial.slice()
  let best: Cost | null = null
  let clean: number | null = null
  let fewestMoves: number | null = null
  const visit = (item: number): void => {
    if (item === problem.itemCount) {
      const cost = evaluate(problem, assignment)
      if (best === null || isBetter(cost, best)) best = cost
      if (cost.unplaced > 0 || cost.hard > 1e-9) return
      if (clean === null || cost.value < clean) clean = cost.value
      const moves = problem.initial.filter((bin, at) => bin !== UNASSIGNED && bin !== assignment[at]).length
      if (fewestMoves === null || moves < fewestMoves) fewestMoves = moves
      return
    }
    if (problem.movable[item] === 0) {
      visit(item + 1)
      return
    }
    for (let bin = UNASSIGNED; bin < problem.binCount; bin++) {
      assignment[item] = bin
      visit(item + 1)
    }
    assignment[item] = problem.initial[item]!
  }
  visit(0)
  return { best: best!, clean, fewestMoves }
}
