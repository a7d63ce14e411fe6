import { UNASSIGNED } from '../problem.ts'
import type { Draft } from './draft.ts'
import { SCANNED } from './effort.ts'
import { placeByEjection } from './eject.ts'
import { HARD_ROUNDING } from './state.ts'
import { bestTarget, betterOf, shareOf, type PricedMove } from './targets.ts'

/** Items that would each bring a bin back alone, of which the cheapest goes. */
const FINISHERS_MAX = 4
/** Items that are tried when none brings the bin back alone. */
const LARGEST_MAX = 8
/** Prices spent on exchanges for one bin. */
const SWAP_PRICES_MAX = 20_000

/**
 * Brings bins above their capacity back with few moves: an item that is enough alone, the smallest of them that has
 * a place; else the one that takes most off, as long as there is any. Largest first is the least number of moves when
 * one dimension is short (the bound of the k largest). Then exchanges, then chains. Whatever is left stays as it was.
 */
export function relieveBins(draft: Draft): void {
  const { state, problem } = draft
  for (let bin = 0; bin < problem.binCount; bin++) {
    let before = Infinity
    while (state.hardOf(bin) > HARD_ROUNDING && state.hardOf(bin) < before && draft.effort.hasMore()) {
      before = state.hardOf(bin)
      relieveOnce(draft, bin)
    }
  }
}

function relieveOnce(draft: Draft, bin: number): void {
  const offers = offersOf(draft, bin)
  const move = finisher(draft, offers) ?? largest(draft, offers)
  if (move !== null) draft.move(move.item, move.target)
  else if (!swapOut(draft, offers)) offers.slice(0, LARGEST_MAX).some(({ item }) => placeByEjection(draft, item, -HARD_ROUNDING))
}

/** An item of the bin, what its leaving takes off the violation, and how large it is. */
interface Offer {
  readonly item: number
  readonly relief: number
  readonly isEnough: boolean
  readonly share: number
}

/** Items whose leaving helps, those that help most first. */
function offersOf(draft: Draft, bin: number): Offer[] {
  const { state, problem } = draft
  const offers: Offer[] = []
  for (const item of state.lists.itemsOf(bin)) {
    if (problem.movable[item] === 0) continue
    const relief = state.reliefOf(item)
    if (relief > HARD_ROUNDING) offers.push({ item, relief, isEnough: state.hardOf(bin) - relief <= HARD_ROUNDING, share: shareOf(state, item, bin) })
  }
  draft.effort.spend(offers.length * SCANNED)
  return offers.sort((a, b) => b.relief - a.relief || a.share - b.share || a.item - b.item)
}

function finisher(draft: Draft, offers: readonly Offer[]): PricedMove | null {
  const enough = offers.filter(({ isEnough }) => isEnough).sort((a, b) => a.share - b.share || a.item - b.item)
  let best: PricedMove | null = null
  let found = 0
  for (const { item } of enough) {
    const move = bestTarget(draft, item, { hardMax: -HARD_ROUNDING })
    if (move === null) continue
    best = betterOf(best, move)
    if (draft.state.isFlat(item) || ++found === FINISHERS_MAX) break
  }
  return best
}

function largest(draft: Draft, offers: readonly Offer[]): PricedMove | null {
  for (const { item } of offers) {
    const move = bestTarget(draft, item, { hardMax: -HARD_ROUNDING })
    if (move !== null) return move
  }
  return null
}

/** Exchanges an item of the bin for one elsewhere: the exchange that takes most off. */
function swapOut(draft: Draft, offers: readonly Offer[]): boolean {
  const { state, problem, effort } = draft
  let best: { readonly item: number; readonly other: number; readonly hard: number; readonly value: number } | null = null
  let spent = 0
  for (const { item } of offers) {
    for (let bin = 0; bin < problem.binCount && spent < SWAP_PRICES_MAX; bin++) {
      if (bin === state.assignment[item] || !state.mayStand(item, bin)) continue
      for (let other = state.lists.first[bin]!; other !== UNASSIGNED; other = state.lists.next[other]!) {
        spent++
        if (problem.movable[other] === 0 || !draft.mayExchange(item, other) || !state.swapFits(item, other)) continue
        state.priceSwap(item, other)
        if (state.worsens) continue
        const [hard, value] = [state.hardChange, state.valueChange]
        if (hard < -HARD_ROUNDING && (best === null || hard < best.hard - HARD_ROUNDING || (hard <= best.hard + HARD_ROUNDING && value < best.value))) best = { item, other, hard, value }
      }
    }
  }
  effort.spend(spent * SCANNED)
  if (best === null) return false
  const [a, b] = [state.assignment[best.item]!, state.assignment[best.other]!]
  draft.move(best.other, a)
  draft.move(best.item, b)
  return true
}
