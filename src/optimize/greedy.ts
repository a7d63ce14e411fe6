import { objectiveOf } from './objective.ts'
import { type Cause, type Packed, type Packing, type Solver, type Unmet, UNASSIGNED } from './packing.ts'
import { moveWhole, takeBackTorn } from './wholeGroups.ts'
import { type Draft, bestBin, draftOf, firstPlace, fits, largestFirst, mayGo, put, undoTo, utilizationOf } from './placement.ts'

/**
 * First answer to every packing: one pass a kind of wish, in order of urgency, touching only what is violated. Deterministic; no
 * search. Mandatory items (to be placed, to be drained) may pass the fill limit where nothing else is left, never the
 * capacity.
 */
export const greedySolver: Solver = {
  name: 'greedy',
  solve(packing, _limits, shouldStop) {
    const draft = draftOf(packing)
    const unmet: Unmet[] = []
    placeWaiting(draft, unmet)
    drainBins(draft, unmet)
    const budget: Budget = { left: packing.optionalMovesMax, others: packing.otherMovesMax }
    const stages = [relieveBins, returnHome, (d: Draft, u: Unmet[], b: Budget) => emptied.push(...emptyBins(d, u, b)), balance]
    const emptied: number[] = []
    for (const stage of stages) if (!shouldStop()) stage(draft, unmet, budget)
    return answer(packing, draft, unmet, emptied)
  },
}

/** Optional moves left, and how many of them may serve anything but relief. */
interface Budget {
  left: number
  others: number
}

const othersLeft = ({ left, others }: Budget): number => Math.min(left, others)

function spendOthers(budget: Budget, moves: number): void {
  budget.left -= moves
  budget.others -= moves
}

function answer(packing: Packing, draft: Draft, unmet: readonly Unmet[], emptied: readonly number[]): Packed {
  const objectiveBefore = objectiveOf(packing, packing.assignment)
  return { assignment: draft.assignment, moves: draft.moves, unmet, emptied, objectiveBefore, objectiveAfter: draft.moves.length > 0 ? objectiveOf(packing, draft.assignment) : objectiveBefore, lowerBound: null }
}

/** Mandatory: the wanted limit first, the hard one where nothing else is left (then always the bin with most room). */
function putSomewhere(draft: Draft, item: number, cause: Cause): boolean {
  const { packing } = draft
  const preferred = packing.preferred[item]!
  const home = preferred !== UNASSIGNED && packing.receives[preferred] === 1 && draft.closed[preferred] === 0 && fits(draft, item, preferred, packing.fillLimit) && mayGo(draft, item, preferred)
  const isFirst = cause === 'place' && packing.firstPlaces !== undefined
  const target = home ? preferred : isFirst ? firstPlace(draft, item, packing.firstPlaces) : bestBin(draft, item, packing.fillLimit, packing.fit)
  const last = target === UNASSIGNED ? bestBin(draft, item, packing.capacity, 'spread') : target
  if (last === UNASSIGNED) return false
  put(draft, item, last, cause)
  return true
}

function placeWaiting(draft: Draft, unmet: Unmet[]): void {
  const waiting: number[] = []
  draft.packing.assignment.forEach((bin, item) => {
    if (bin === UNASSIGNED) waiting.push(item)
  })
  for (const item of largestFirst(draft.packing, waiting)) if (!putSomewhere(draft, item, 'place')) unmet.push({ cause: 'place', item, bin: UNASSIGNED })
}

function drainBins(draft: Draft, unmet: Unmet[]): void {
  const { packing } = draft
  for (let bin = 0; bin < packing.binCount; bin++) {
    if (packing.drain[bin] === 0) continue
    const mark = draft.moves.length
    const stuck = largestFirst(packing, movableIn(draft, bin)).filter((item) => !putSomewhere(draft, item, 'drain'))
    const torn = takeBackTorn(draft, mark)
    const left = torn.length === 0 ? stuck : moveWhole(draft, [...torn, ...stuck], 'drain')
    for (const item of left) unmet.push({ cause: 'drain', item, bin })
  }
}

/** Most loaded bins first; the fewest and cheapest items that bring a bin under its limit. */
function relieveBins(draft: Draft, unmet: Unmet[], budget: Budget): void {
  const { packing } = draft
  const loaded = Array.from({ length: packing.binCount }, (_, bin) => bin).filter((bin) => packing.relieve[bin] === 1)
  loaded.sort((a, b) => utilizationOf(draft, b) - utilizationOf(draft, a) || a - b)
  for (const bin of loaded) {
    while (excess(draft, bin) > 0) {
      if (budget.left <= 0) {
        unmet.push({ cause: 'relieve', item: UNASSIGNED, bin, outOfMoves: true })
        break
      }
      const stuck = relieveOnce(draft, bin)
      if (stuck) {
        unmet.push({ cause: 'relieve', item: stuck.item, bin })
        break
      }
      budget.left--
    }
  }
}

const excess = ({ packing, loads }: Draft, bin: number): number => loads[bin * packing.dimensions + packing.loadDimension]! - packing.relieveLimit[bin]!

/**
 * Moves the cheapest item that covers the excess alone, else the one that covers most per cost; the first that finds a
 * place. Null when one was moved; else the item that an empty bin would have helped, UNASSIGNED when none would.
 */
function relieveOnce(draft: Draft, bin: number): { readonly item: number } | null {
  const { packing } = draft
  const over = excess(draft, bin)
  const load = (item: number): number => packing.demand[item * packing.dimensions + packing.loadDimension]!
  const candidates = optionalIn(draft, bin).filter((item) => load(item) > 0)
  const rank = (item: number): number => (load(item) >= over ? packing.moveCost[item]! : 1e12 - load(item) / Math.max(packing.moveCost[item]!, 1e-9))
  const ranked = candidates.map((item) => ({ item, rank: rank(item) })).sort((a, b) => a.rank - b.rank || a.item - b.item)
  for (const { item } of ranked) {
    const target = bestBin(draft, item, packing.fillLimit, 'spread', (other) => packing.relieve[other] === 0)
    if (target === UNASSIGNED) continue
    put(draft, item, target, 'relieve')
    return null
  }
  return { item: ranked.find(({ item }) => fitsEmptyBin(packing, item, bin))?.item ?? UNASSIGNED }
}

/** Whether a bin like this one, empty, would take the item within its fill limit. */
function fitsEmptyBin({ dimensions, demand, fillLimit }: Packing, item: number, bin: number): boolean {
  for (let d = 0; d < dimensions; d++) if (demand[item * dimensions + d]! > fillLimit[bin * dimensions + d]!) return false
  return true
}

function returnHome(draft: Draft, unmet: Unmet[], budget: Budget): void {
  const { packing } = draft
  const mark = draft.moves.length
  for (let item = 0; item < packing.itemCount; item++) {
    const home = packing.preferred[item]!
    const bin = draft.assignment[item]!
    if (home === UNASSIGNED || bin === UNASSIGNED || bin === home || packing.movable[item] === 0) continue
    const hasRoom = packing.receives[home] === 1 && draft.closed[home] === 0 && fits(draft, item, home, packing.fillLimit) && mayGo(draft, item, home)
    if (!hasRoom) unmet.push({ cause: 'preferred', item, bin: home })
    else if (othersLeft(budget) <= 0) unmet.push({ cause: 'preferred', item, bin: home, outOfMoves: true })
    else {
      put(draft, item, home, 'preferred')
      spendOthers(budget, 1)
    }
  }
  for (const item of takeBackTorn(draft, mark)) {
    unmet.push({ cause: 'preferred', item, bin: packing.preferred[item]! })
    spendOthers(budget, -1)
  }
}

/** Empties whole bins or leaves them as they are. */
function emptyBins(draft: Draft, unmet: Unmet[], budget: Budget): number[] {
  const { packing } = draft
  const emptied: number[] = []
  for (const bin of packing.emptyCandidates) {
    if (emptied.length >= packing.emptyMax) break
    if (emptyBin(draft, bin, budget)) emptied.push(bin)
    else unmet.push({ cause: 'empty', item: UNASSIGNED, bin, ...(mayLeave(packing, draft.items[bin]!) && draft.items[bin]!.length > othersLeft(budget) ? { outOfMoves: true } : {}) })
  }
  return emptied
}

const mayLeave = (packing: Packing, items: readonly number[]): boolean => items.every((item) => packing.movable[item] === 1 && packing.resting[item] === 0)

function emptyBin(draft: Draft, bin: number, budget: Budget): boolean {
  const { packing } = draft
  const items = draft.items[bin]!
  // What has just been brought there is not carried on.
  if (!mayLeave(packing, items) || items.length > othersLeft(budget) || items.some((item) => packing.assignment[item] !== bin)) return false
  const mark = draft.moves.length
  draft.closed[bin] = 1
  for (const item of largestFirst(packing, items)) {
    // Never into an empty bin: that would only swap which bin is empty. Nor into one that is to get less.
    const target = bestBin(draft, item, packing.fillLimit, 'pack', (other) => draft.items[other]!.length > 0 && packing.relieve[other] === 0)
    if (target === UNASSIGNED) {
      undoTo(draft, mark)
      draft.closed[bin] = 0
      return false
    }
    put(draft, item, target, 'empty')
  }
  spendOthers(budget, draft.moves.length - mark)
  return true
}

/** Moves single items from the most to the least utilized bin while that narrows the gap. */
function balance(draft: Draft, unmet: Unmet[], budget: Budget): void {
  const { packing } = draft
  if (packing.spreadMax === null) return
  const bins = Array.from({ length: packing.binCount }, (_, bin) => bin).filter((bin) => packing.receives[bin] === 1 && packing.relieve[bin] === 0 && draft.closed[bin] === 0)
  while (bins.length > 1) {
    const [high, low] = extremes(draft, bins)
    const gap = utilizationOf(draft, high) - utilizationOf(draft, low)
    if (gap <= packing.spreadMax) return
    if (othersLeft(budget) <= 0) {
      unmet.push({ cause: 'spread', item: UNASSIGNED, bin: high, outOfMoves: true })
      return
    }
    if (!narrow(draft, high, low, gap)) {
      unmet.push({ cause: 'spread', item: UNASSIGNED, bin: high })
      return
    }
    spendOthers(budget, 1)
  }
}

/** The item whose load is nearest to half the gap; a move must leave both ends nearer to each other. */
function narrow(draft: Draft, high: number, low: number, gap: number): boolean {
  const { packing } = draft
  const at = (bin: number): number => packing.size[bin * packing.dimensions + packing.loadDimension]!
  const load = (item: number): number => packing.demand[item * packing.dimensions + packing.loadDimension]!
  const after = (item: number): number => Math.abs(gap - load(item) / at(high) - load(item) / at(low))
  let best = UNASSIGNED
  for (const item of optionalIn(draft, high)) {
    if (load(item) <= 0 || after(item) > gap * 0.9 || !fits(draft, item, low, packing.fillLimit)) continue
    if ((best === UNASSIGNED || after(item) < after(best)) && mayGo(draft, item, low)) best = item
  }
  if (best === UNASSIGNED) return false
  put(draft, best, low, 'spread')
  return true
}

function extremes(draft: Draft, bins: readonly number[]): [number, number] {
  let high = bins[0]!
  let low = bins[0]!
  for (const bin of bins) {
    if (utilizationOf(draft, bin) > utilizationOf(draft, high)) high = bin
    if (utilizationOf(draft, bin) < utilizationOf(draft, low)) low = bin
  }
  return [high, low]
}

const movableIn = (draft: Draft, bin: number): number[] => draft.items[bin]!.filter((item) => draft.packing.movable[item] === 1)
const optionalIn = (draft: Draft, bin: number): number[] => movableIn(draft, bin).filter((item) => draft.packing.resting[item] === 0)
