import { type GroupRule, UNASSIGNED } from '../problem.ts'
import type { Draft } from './draft.ts'
import { HARD_ROUNDING } from './state.ts'
import { bestTarget } from './targets.ts'

/** Zones that are tried as the one place of a rule. */
const ZONES_MAX = 32

/**
 * Mends broken hard rules with few moves: single ones as long as they help, then whole zones left or gathered in, which
 * help only when done to the end. No other hard violation may grow for it; what doesn't help is taken back.
 */
export function mendRules(draft: Draft): void {
  const { problem, state } = draft
  problem.rules.forEach((rule, index) => {
    if (rule.weight !== null) return
    let before = Infinity
    while (state.rules.violationOf(index) > HARD_ROUNDING && state.hard < before && draft.effort.hasMore()) {
      before = state.hard
      if (!mendBySingles(draft, rule, index)) mendByZones(draft, rule)
    }
  })
}

/** Every item that is where it may not be goes to where it may. */
export function bringBackStrays(draft: Draft): void {
  const { problem, state } = draft
  for (let item = 0; item < problem.itemCount; item++) {
    const bin = state.assignment[item]!
    if (bin !== UNASSIGNED && !state.mayStand(item, bin)) moveIfBetter(draft, item)
  }
}

/** Items of a rule, the ones that count most first. */
function itemsOf(rule: GroupRule): number[] {
  const amount = rule.kind === 'perZoneMax' ? rule.amount : null
  const members = Array.from(rule.members)
  if (amount !== null) return members.map((item, position) => ({ item, amount: amount[position]! })).sort((a, b) => b.amount - a.amount || a.item - b.item).map(({ item }) => item)
  return rule.kind === 'needs' || rule.kind === 'exclusive' ? [...members, ...rule.others] : members
}

/** Passes over the rule's items; each goes where the violation shrinks most. Returns whether any did. */
function mendBySingles(draft: Draft, rule: GroupRule, index: number): boolean {
  const { state, problem } = draft
  let helped = false
  for (const item of itemsOf(rule)) {
    if (state.rules.violationOf(index) <= HARD_ROUNDING || !draft.effort.hasMore()) break
    if (problem.movable[item] === 1 && state.assignment[item] !== UNASSIGNED && moveIfBetter(draft, item)) helped = true
  }
  return helped
}

function moveIfBetter(draft: Draft, item: number): boolean {
  const move = bestTarget(draft, item, { hardMax: -HARD_ROUNDING })
  if (move === null) return false
  draft.move(item, move.target)
  return true
}

function mendByZones(draft: Draft, rule: GroupRule): void {
  if (rule.kind === 'zonesMin' || rule.kind === 'perZoneMax') return
  const { state } = draft
  const zoneOf = (item: number): number => (state.assignment[item] === UNASSIGNED ? UNASSIGNED : rule.zoneOf[state.assignment[item]!]!)
  const groups = rule.kind === 'exclusive' ? [rule.members, rule.others] : [rule.members]
  const held = groups.flatMap((group) => [...byZone(group, zoneOf)]).sort((a, b) => a[1].length - b[1].length || a[0] - b[0])
  for (const [zone, items] of held) if (tryTogether(draft, items, (bin) => rule.zoneOf[bin] !== zone)) return
  if (rule.kind !== 'zonesMax') return
  for (const zone of roomiestZones(draft, rule, held.map(([used]) => used))) {
    if (tryTogether(draft, Array.from(rule.members).filter((item) => zoneOf(item) !== zone && zoneOf(item) !== UNASSIGNED), (bin) => rule.zoneOf[bin] === zone)) return
  }
}

function byZone(items: Int32Array, zoneOf: (item: number) => number): Map<number, number[]> {
  const zones = new Map<number, number[]>()
  for (const item of items) {
    const zone = zoneOf(item)
    if (zone === UNASSIGNED) continue
    const held = zones.get(zone)
    if (held) held.push(item)
    else zones.set(zone, [item])
  }
  return zones
}

/** Moves all these items to such bins, kept only if the hard violation is less in the end and no rule's is more. */
function tryTogether(draft: Draft, items: readonly number[], filter: (bin: number) => boolean): boolean {
  const { state, problem } = draft
  const [mark, before] = [draft.mark, state.hard]
  const touched = new Map(items.flatMap((item) => Array.from(state.rules.rulesOf(item), (rule) => [rule, state.rules.violationOf(rule)] as const)))
  for (const item of items) {
    const move = problem.movable[item] === 1 ? bestTarget(draft, item, { hardMax: Infinity, filter, mayWorsen: true }) : null
    if (move === null) break
    draft.move(item, move.target)
  }
  const isKept = [...touched].every(([rule, violation]) => problem.rules[rule]!.weight !== null || state.rules.violationOf(rule) <= violation + HARD_ROUNDING)
  if (isKept && state.hard < before - HARD_ROUNDING) return true
  draft.undoTo(mark)
  return false
}

/** Zones that hold none of the members yet, those with the most room in a bin first. */
function roomiestZones({ state, problem }: Draft, rule: GroupRule, used: readonly number[]): number[] {
  const room = new Map<number, number>(used.map((zone) => [zone, Infinity]))
  const smallest = rule.members[0]
  if (smallest === undefined) return []
  for (let bin = 0; bin < problem.binCount; bin++) {
    const zone = rule.zoneOf[bin]!
    if (zone !== UNASSIGNED) room.set(zone, Math.max(room.get(zone) ?? -Infinity, state.roomAfter(smallest, bin)))
  }
  return [...room].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, ZONES_MAX).map(([zone]) => zone)
}
