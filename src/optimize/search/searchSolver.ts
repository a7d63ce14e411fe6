import { evaluate } from '../evaluate.ts'
import { type Answer, type Problem, type ProblemSolver, type SolveLimits, UNASSIGNED, isBetter } from '../problem.ts'
import { anneal } from './anneal.ts'
import { descend, type Enough } from './descend.ts'
import { Draft } from './draft.ts'
import { emptyBins } from './emptyBins.ts'
import { orderMoves } from './orderMoves.ts'
import { repairDraft } from './repair.ts'
import { HARD_ROUNDING } from './state.ts'

/** Rounds of annealing where the limits allow, each twice as long as the one before. */
const ROUNDS_MAX = 4
/** First and last temperature, as shares of the median loss of a proposal: of the first round, and of later ones. */
const FIRST_ROUND = { warmth: 0.3, coolness: 0.003 } as const
const LATER_ROUND = { warmth: 0.1, coolness: 0.003 } as const
/** Standard effort: so many nodes at least, then for the square of the items, for many items for their root; and for the looks at all pairs. */
const NODES_MIN = 50_000
const NODES_SMALL = 4
const NODES_LARGE = 60_000
const NODES_PER_PAIR = 1 / 4

/** Of what a descent that only looks has displaced, the share that the steepest one displaces at least. */
const SHARE_KEPT = 0.94
const VALUE_ROUNDING = 1e-12

export interface SearchSettings {
  /** When single moves have made the value good enough; null: never while one gains. */
  readonly enough: Enough | null
  /** Whether what follows the descent may displace no more items than it did: better targets for as many migrations. */
  readonly keepsMoves: boolean
}

/**
 * Search for problems of any kind and size: repair, steepest descent, bins emptied where that pays, annealing, and items sent
 * home that gain nothing. Deterministic for a seed under limits on nodes (prices); the moves of its answer are ordered so
 * that each brings the most of those left.
 */
export function searchWith(settings: SearchSettings, name = 'search'): ProblemSolver {
  return { name, solve: (problem, start, limits) => solve(problem, start, limits, settings) }
}

export const searchSolver: ProblemSolver = searchWith({ enough: null, keepsMoves: false })

/** Nodes that a search of such a problem spends well: a fraction of a second for hundreds of items, some for ten thousand. */
export function standardNodes({ itemCount, binCount }: Problem): number {
  return Math.ceil(itemCount * binCount * NODES_PER_PAIR + Math.max(NODES_MIN, Math.min(NODES_SMALL * itemCount ** 2, NODES_LARGE * Math.sqrt(itemCount))))
}

function solve(problem: Problem, start: Int32Array, limits: SolveLimits, { enough, keepsMoves }: SearchSettings): Answer {
  const draft = new Draft(problem, start, limits)
  const { state, effort } = draft
  repairDraft(draft)
  const improves = hasValue(problem)
  if (improves) {
    const { isPlain } = descend(draft, enough)
    emptyBins(draft)
    if (keepsMoves) keepWithin(draft, isPlain || state.displaced >= draft.movesMax ? state.displaced : Math.floor(state.displaced * SHARE_KEPT))
    annealInRounds(draft, limits.seed)
    descend(draft, enough)
    sendHome(draft)
  }
  const [cost, before] = [evaluate(problem, state.assignment), evaluate(problem, start)]
  const end = { lowerBound: -Infinity, ended: effort.ended(), nodes: effort.nodes }
  if (isBetter(before, cost)) return { assignment: start.slice(), cost: before, moves: [], ...end }
  return { assignment: state.assignment.slice(), cost, moves: orderMoves(problem, start, state.assignment), ...end }
}

/** From here on at most so many items may be displaced: those go home that lose least by it. */
function keepWithin(draft: Draft, count: number): void {
  const { state, problem } = draft
  draft.movesMax = Math.min(draft.movesMax, count)
  if (state.displaced <= draft.movesMax) return
  const losses: { readonly item: number; readonly loss: number }[] = []
  for (let item = 0; item < problem.itemCount; item++) {
    const home = problem.initial[item]!
    if (home === UNASSIGNED || state.assignment[item] === home || state.assignment[item] === UNASSIGNED) continue
    state.priceMove(item, home)
    losses.push({ item, loss: state.valueChange })
  }
  for (const { item } of losses.sort((a, b) => a.loss - b.loss || a.item - b.item)) {
    if (state.displaced <= draft.movesMax) break
    if (mayGoHome(draft, item)) state.apply(item, problem.initial[item]!)
  }
  draft.movesMax = Math.max(draft.movesMax, state.displaced)
}

/** Whether home has room for the item and no hard violation grows by its going there; leaves the price in the state. */
function mayGoHome({ state, problem }: Draft, item: number): boolean {
  const home = problem.initial[item]!
  if (!state.fits(item, home)) return false
  state.priceMove(item, home)
  return state.hardChange <= HARD_ROUNDING && !state.worsens
}

function annealInRounds(draft: Draft, seed: number): void {
  const { effort } = draft
  for (let round = 0; round < ROUNDS_MAX && effort.hasMore(); round++) {
    const nodes = Math.min(standardNodes(draft.problem) * 2 ** round, effort.nodesMax - effort.nodes)
    anneal(draft, { seed: seed + round, nodes, ...(round === 0 ? FIRST_ROUND : LATER_ROUND) })
  }
}

/** Items go home where that costs nothing. */
function sendHome(draft: Draft): void {
  const { problem, state } = draft
  for (let item = 0; item < problem.itemCount; item++) {
    const home = problem.initial[item]!
    if (home === UNASSIGNED || state.assignment[item] === home || state.assignment[item] === UNASSIGNED) continue
    if (mayGoHome(draft, item) && state.valueChange <= VALUE_ROUNDING) state.apply(item, home)
  }
}

/** Whether anything but hard limits tells one assignment from another. */
function hasValue({ terms, rules, moveCost, routeCost }: Problem): boolean {
  return terms.length > 0 || rules.some(({ weight }) => weight !== null) || routeCost !== null || moveCost.some((cost) => cost !== 0)
}
