import { binLoads } from './objective.ts'
import { CAUSES, type Cause, type Move, type Packed, type Packing, type Unmet, UNASSIGNED } from './packing.ts'

/** What a placement means to the wishes behind a packing: a move for each item that changes bins, and all that is not reached. */
export function answerOf(packing: Packing, assignment: Int32Array, emptied: readonly number[]): Pick<Packed, 'assignment' | 'moves' | 'unmet' | 'emptied'> {
  const emptying = new Set(emptied)
  const moves: Move[] = []
  assignment.forEach((target, item) => {
    const source = packing.assignment[item]!
    if (target !== source && target !== UNASSIGNED) moves.push({ item, source, target, cause: causeOf(packing, emptying, item, target) })
  })
  moves.sort((a, b) => CAUSES.indexOf(a.cause) - CAUSES.indexOf(b.cause) || a.item - b.item)
  return { assignment, moves, unmet: unmetBy(packing, assignment, emptied), emptied }
}

/** Moves that nobody must make: all but those out of bins that are drained, and first places. */
export function optionalMoves({ assignment: before, drain }: Packing, assignment: Int32Array): number {
  let count = 0
  assignment.forEach((bin, item) => {
    const source = before[item]!
    if (source !== UNASSIGNED && bin !== source && drain[source] === 0) count++
  })
  return count
}

/** Optional moves that a placement leaves, and how many of them may serve anything but relief. */
export function movesLeft(packing: Packing, assignment: Int32Array): { readonly all: number; readonly others: number } {
  let relieving = 0
  assignment.forEach((bin, item) => {
    const source = packing.assignment[item]!
    if (source !== UNASSIGNED && bin !== source && packing.drain[source] === 0 && packing.relieve[source] === 1 && bin !== packing.preferred[item]) relieving++
  })
  const all = packing.optionalMovesMax - optionalMoves(packing, assignment)
  return { all, others: Math.min(all, packing.otherMovesMax - (optionalMoves(packing, assignment) - relieving)) }
}

function causeOf({ assignment, drain, relieve, preferred }: Packing, emptying: ReadonlySet<number>, item: number, target: number): Cause {
  const source = assignment[item]!
  if (source === UNASSIGNED) return 'place'
  if (drain[source] === 1) return 'drain'
  if (target === preferred[item]) return 'preferred'
  if (relieve[source] === 1) return 'relieve'
  return emptying.has(source) ? 'empty' : 'spread'
}

function unmetBy(packing: Packing, assignment: Int32Array, emptied: readonly number[]): Unmet[] {
  const left = movesLeft(packing, assignment)
  const unmet: Unmet[] = []
  const loads = binLoads(packing, assignment)
  const spent = (moves: number): { outOfMoves?: true } => (moves <= 0 ? { outOfMoves: true } : {})
  assignment.forEach((bin, item) => {
    const home = packing.preferred[item]!
    if (bin === UNASSIGNED) unmet.push({ cause: 'place', item, bin })
    else if (packing.movable[item] === 1 && packing.drain[bin] === 1) unmet.push({ cause: 'drain', item, bin })
    else if (packing.movable[item] === 1 && home !== UNASSIGNED && bin !== home) unmet.push({ cause: 'preferred', item, bin: home, ...(hasRoom(packing, loads, item, home) ? spent(left.others) : {}) })
  })
  for (let bin = 0; bin < packing.binCount; bin++) {
    const over = loads[bin * packing.dimensions + packing.loadDimension]! - packing.relieveLimit[bin]!
    if (packing.relieve[bin] === 1 && over > 0) unmet.push({ cause: 'relieve', item: left.all <= 0 ? UNASSIGNED : keptByRoom(packing, assignment, bin), bin, ...spent(left.all) })
  }
  return [...unmet.sort((a, b) => CAUSES.indexOf(a.cause) - CAUSES.indexOf(b.cause)), ...unemptied(packing, assignment, emptied, left.others), ...unspread(packing, loads, spent(left.others))]
}

function hasRoom({ dimensions, demand, fillLimit, receives }: Packing, loads: Float64Array, item: number, bin: number): boolean {
  for (let d = 0; d < dimensions; d++) if (loads[bin * dimensions + d]! + demand[item * dimensions + d]! > fillLimit[bin * dimensions + d]!) return false
  return receives[bin] === 1
}

/** An item of the bin that one more bin like it, empty, would take; UNASSIGNED when there is none. */
function keptByRoom({ assignment: before, movable, resting, demand, dimensions, fillLimit, loadDimension }: Packing, assignment: Int32Array, bin: number): number {
  return before.findIndex((source, item) => {
    if (source !== bin || assignment[item] !== bin || movable[item] === 0 || resting[item] === 1 || demand[item * dimensions + loadDimension]! <= 0) return false
    for (let d = 0; d < dimensions; d++) if (demand[item * dimensions + d]! > fillLimit[bin * dimensions + d]!) return false
    return true
  })
}

/** Candidates that were to be emptied before enough were. */
function unemptied({ emptyCandidates, emptyMax, movable, resting }: Packing, assignment: Int32Array, emptied: readonly number[], movesLeft: number): Unmet[] {
  const unmet: Unmet[] = []
  let done = 0
  for (const bin of emptyCandidates) {
    if (done >= emptyMax) break
    if (emptied.includes(bin)) {
      done++
      continue
    }
    const items = [...assignment.keys()].filter((item) => assignment[item] === bin)
    const mayLeave = items.every((item) => movable[item] === 1 && resting[item] === 0)
    unmet.push({ cause: 'empty', item: UNASSIGNED, bin, ...(mayLeave && items.length > movesLeft ? { outOfMoves: true } : {}) })
  }
  return unmet
}

function unspread({ spreadMax, receives, size, dimensions, loadDimension }: Packing, loads: Float64Array, spent: { outOfMoves?: true }): Unmet[] {
  if (spreadMax === null) return []
  let high = UNASSIGNED
  let low = UNASSIGNED
  const utilization = (bin: number): number => loads[bin * dimensions + loadDimension]! / size[bin * dimensions + loadDimension]!
  receives.forEach((open, bin) => {
    if (open === 0) return
    if (high === UNASSIGNED || utilization(bin) > utilization(high)) high = bin
    if (low === UNASSIGNED || utilization(bin) < utilization(low)) low = bin
  })
  return high !== UNASSIGNED && utilization(high) - utilization(low) > spreadMax ? [{ cause: 'spread', item: UNASSIGNED, bin: high, ...spent }] : []
}
