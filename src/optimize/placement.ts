import { type BinLook, binScore } from './binScore.ts'
import { binLoads } from './objective.ts'
import { type RiskLoads, riskLoadsOf, riskWith, shiftRisk } from './riskLoads.ts'
import { type Cause, type FirstPlaces, type Move, type Packing, UNASSIGNED } from './packing.ts'
import { type RuleLedger, count, ledgerOf, rulesAllow } from './ruleLedger.ts'

/** A placement under construction: assignment, loads and who is where, kept in step by `put`. Owned by one solve. */
export interface Draft {
  readonly packing: Packing
  readonly assignment: Int32Array
  readonly loads: Float64Array
  readonly items: number[][]
  readonly moves: Move[]
  readonly ledger: RuleLedger
  /** Bins that take nothing more in this solve (because they are being emptied). */
  readonly closed: Uint8Array
  readonly risk: RiskLoads | null
}

export function draftOf(packing: Packing): Draft {
  const items: number[][] = Array.from({ length: packing.binCount }, () => [])
  packing.assignment.forEach((bin, item) => {
    if (bin !== UNASSIGNED) items[bin]!.push(item)
  })
  return { packing, assignment: packing.assignment.slice(), loads: binLoads(packing, packing.assignment), items, moves: [], ledger: ledgerOf(packing.rules, packing.itemCount, packing.assignment), closed: new Uint8Array(packing.binCount), risk: packing.risk ? riskLoadsOf(packing, packing.risk, packing.assignment) : null }
}

export function put(draft: Draft, item: number, target: number, cause: Cause): void {
  const source = draft.assignment[item]!
  shift(draft, item, target)
  draft.moves.push({ item, source, target, cause })
}

/** Takes back moves beyond `mark`, latest first. */
export function undoTo(draft: Draft, mark: number): void {
  while (draft.moves.length > mark) {
    const { item, source } = draft.moves.pop()!
    shift(draft, item, source)
  }
}

/** Takes back an item's moves beyond `mark`, whatever was moved meanwhile. Returns whether it still fits where it came from; otherwise nothing changes. */
export function takeBack(draft: Draft, item: number, mark: number): boolean {
  const { moves, packing } = draft
  const first = moves.findIndex((move, position) => position >= mark && move.item === item)
  const source = first === -1 ? UNASSIGNED : moves[first]!.source
  if (source === UNASSIGNED || !fits(draft, item, source, packing.capacity)) return false
  shift(draft, item, source)
  for (let position = moves.length - 1; position >= mark; position--) if (moves[position]!.item === item) moves.splice(position, 1)
  return true
}

function shift(draft: Draft, item: number, target: number): void {
  const { packing, assignment, loads, items } = draft
  const source = assignment[item]!
  for (let d = 0; d < packing.dimensions; d++) {
    const amount = packing.demand[item * packing.dimensions + d]!
    if (source !== UNASSIGNED) loads[source * packing.dimensions + d]! -= amount
    if (target !== UNASSIGNED) loads[target * packing.dimensions + d]! += amount
  }
  if (source !== UNASSIGNED) items[source]!.splice(items[source]!.indexOf(item), 1)
  if (target !== UNASSIGNED) items[target]!.push(item)
  if (draft.risk) shiftRisk(draft.risk, item, source, target)
  count(draft.ledger, item, source, -1)
  count(draft.ledger, item, target, 1)
  assignment[item] = target
}

/** Whether the bin is one that may hold the item, and the rules let it go there from where it is (or stay, when it is there). */
export function mayGo({ packing, assignment, ledger }: Draft, item: number, bin: number): boolean {
  const row = packing.allowedRow[item]!
  return (row === UNASSIGNED || packing.allowed[row]![bin] === 1) && rulesAllow(ledger, item, assignment[item]!, bin)
}

/** Whether the bin stays within `limit` with the item added; within `fillLimit`, also as its risk allows. */
export function fits(draft: Draft, item: number, bin: number, limit: Float64Array): boolean {
  const { packing, loads } = draft
  for (let d = 0; d < packing.dimensions; d++) {
    const at = bin * packing.dimensions + d
    if (loads[at]! + packing.demand[item * packing.dimensions + d]! > limit[at]!) return false
  }
  return draft.risk === null || limit !== packing.fillLimit || riskWith(draft.risk, item, bin) <= draft.risk.given.limit[bin]!
}

export const utilizationOf = ({ packing, loads }: Draft, bin: number): number => loads[bin * packing.dimensions + packing.loadDimension]! / packing.size[bin * packing.dimensions + packing.loadDimension]!

/** How full the bin is with the item added: its utilization in the load dimension, or by risk. */
function utilizationWith(draft: Draft, item: number, bin: number): number {
  const { packing, loads, risk } = draft
  if (risk) return riskWith(risk, item, bin) / risk.given.limit[bin]!
  const at = bin * packing.dimensions + packing.loadDimension
  return (loads[at]! + packing.demand[item * packing.dimensions + packing.loadDimension]!) / packing.size[at]!
}

/**
 * The best bin for an item within a limit, or UNASSIGNED: the fullest that still takes it when packing (bins in use
 * before empty ones, cheap before dear), the one with the most room left when spreading. Ties go to the lower bin.
 */
export function bestBin(draft: Draft, item: number, limit: Float64Array, fit: 'pack' | 'spread', accepts: (bin: number) => boolean = () => true): number {
  const { packing } = draft
  let best = UNASSIGNED
  let bestScore = Infinity
  for (let bin = 0; bin < packing.binCount; bin++) {
    if (packing.receives[bin] === 0 || draft.closed[bin] === 1 || bin === draft.assignment[item]) continue
    if (!fits(draft, item, bin, limit) || !accepts(bin)) continue
    const utilization = utilizationWith(draft, item, bin)
    const score = fit === 'spread' ? utilization : (draft.items[bin]!.length === 0 ? 1e6 + packing.binCost[bin]! : 0) - utilization
    if (score < bestScore && mayGo(draft, item, bin)) {
      bestScore = score
      best = bin
    }
  }
  return best
}

/** The best bin by the scorers for an item that has none yet, or UNASSIGNED; when packing, in use before empty, cheap before dear. Ties go to the lower bin. */
export function firstPlace(draft: Draft, item: number, { scorers, beyondFill }: FirstPlaces): number {
  const { packing } = draft
  const limit = beyondFill ? packing.capacity : packing.fillLimit
  const look = { free: new Float64Array(packing.dimensions), items: 0 }
  let best = UNASSIGNED
  let bestScore = -Infinity
  for (let bin = 0; bin < packing.binCount; bin++) {
    if (packing.receives[bin] === 0 || draft.closed[bin] === 1 || !fits(draft, item, bin, limit)) continue
    const opens = packing.fit === 'pack' && draft.items[bin]!.length === 0
    const score = binScore(scorers, lookWith(draft, item, bin, look)) - (opens ? 1e6 + packing.binCost[bin]! : 0)
    if (score > bestScore + SCORE_ROUNDING && mayGo(draft, item, bin)) {
      bestScore = score
      best = bin
    }
  }
  return best
}

/** Scores that differ by less are equal. */
const SCORE_ROUNDING = 1e-9

/** The bin with the item in it, written into `look`; by risk, what is expected to be free. */
function lookWith(draft: Draft, item: number, bin: number, look: { readonly free: Float64Array; items: number }): BinLook {
  const { packing, loads, risk } = draft
  for (let d = 0; d < packing.dimensions; d++) look.free[d] = 1 - (loads[bin * packing.dimensions + d]! + packing.demand[item * packing.dimensions + d]!) / packing.size[bin * packing.dimensions + d]!
  if (risk) look.free[packing.loadDimension] = 1 - riskWith(risk, item, bin) / risk.given.limit[bin]!
  look.items = draft.items[bin]!.length
  return look
}

/** Size of an item for ordering: its largest share of a typical bin over the dimensions. */
export function itemSize(packing: Packing, item: number): number {
  let largest = 0
  for (let d = 0; d < packing.dimensions; d++) {
    const size = packing.size[d]!
    if (size > 0) largest = Math.max(largest, packing.demand[item * packing.dimensions + d]! / size)
  }
  return largest
}

/** Items, largest first; ties by index. */
export function largestFirst(packing: Packing, items: readonly number[]): number[] {
  const sizes = new Map(items.map((item) => [item, itemSize(packing, item)] as const))
  return [...items].sort((a, b) => sizes.get(b)! - sizes.get(a)! || a - b)
}
