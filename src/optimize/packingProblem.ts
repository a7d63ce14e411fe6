import { binLoads, movePrices, termsOf } from './objective.ts'
import { type Packing, UNASSIGNED } from './packing.ts'
import { type GroupRule, type Problem, problemOf } from './problem.ts'

/** Within what a first answer may be bettered. */
export interface Scope {
  /** Bins that are to be empty in the end: all their items must go, and not to bins that are empty too. */
  readonly emptying: readonly number[]
  readonly answer: Int32Array
}

/**
 * A packing in the form that searches, bounds and exact solvers take. Only what a wish is about may move: items that
 * wait, stand in bins to be drained, relieved or emptied, or would rather be elsewhere; all of them where balance is asked.
 * Fill limits are capacities of bins that receive; where the first answer had to go beyond one, so far and no further.
 */
export function problemOfPacking(packing: Packing, scope: Scope): Problem {
  const { itemCount, binCount, dimensions, demand, base, assignment, rules } = packing
  const emptying = new Set(scope.emptying)
  const entered = enteredBins(packing, scope)
  const { capacity, full } = limitsOf(packing, scope, entered)
  const receives = Uint8Array.from({ length: binCount }, (_, bin) => (packing.receives[bin] === 1 && !emptying.has(bin) && (entered[bin] === 1 || (packing.relieve[bin] === 0 && full[bin] === 0)) ? 1 : 0))
  return problemOf({
    itemCount, binCount, dimensions, demand, base, capacity, initial: assignment, rules: rules.map((rule) => asKept(rule, scope.answer)), receives, movable: movableItems(packing, emptying), ...rowsOf(packing, scope, emptying),
    terms: termsOf(packing), moveCost: movePrices(packing),
  })
}

/** Bins that the first answer put something into. */
function enteredBins({ assignment, binCount }: Packing, { answer }: Scope): Uint8Array {
  const entered = new Uint8Array(binCount)
  answer.forEach((bin, item) => {
    if (bin !== UNASSIGNED && bin !== assignment[item]) entered[bin] = 1
  })
  return entered
}

/** How far each bin may be filled, and which are fuller than that already. */
function limitsOf(packing: Packing, { answer }: Scope, entered: Uint8Array): { readonly capacity: Float64Array; readonly full: Uint8Array } {
  const before = binLoads(packing, packing.assignment)
  const after = binLoads(packing, answer)
  const full = new Uint8Array(packing.binCount)
  const capacity = packing.capacity.map((most, at) => {
    const bin = Math.floor(at / packing.dimensions)
    const wanted = Math.min(most, packing.fillLimit[at]!)
    if (before[at]! > wanted) full[bin] = 1
    return Math.max(wanted, before[at]!, entered[bin] === 1 ? after[at]! : 0)
  })
  return { capacity, full }
}

function movableItems(packing: Packing, emptying: ReadonlySet<number>): Uint8Array {
  const { assignment, movable, resting, drain, relieve, receives, spreadMax, preferred } = packing
  return Uint8Array.from(assignment, (bin, item) => {
    if (bin === UNASSIGNED) return 1
    if (movable[item] === 0) return 0
    if (drain[bin] === 1 || wantsHome(packing, item)) return 1
    if (resting[item] === 1) return 0
    return relieve[bin] === 1 || emptying.has(bin) || (spreadMax !== null && receives[bin] === 1 && preferred[item] !== bin) ? 1 : 0
  })
}

const wantsHome = ({ preferred, assignment }: Packing, item: number): boolean => preferred[item] !== UNASSIGNED && assignment[item] !== UNASSIGNED && preferred[item] !== assignment[item]

/** Rows of bins: as given; of items that may only go home, home; of items in bins that are emptied, bins in use. */
function rowsOf(packing: Packing, { answer }: Scope, emptying: ReadonlySet<number>): Pick<Problem, 'allowedRow' | 'allowed'> {
  const { assignment, resting, drain, relieve, spreadMax, preferred, binCount } = packing
  const inUse = new Uint8Array(binCount)
  for (const places of [assignment, answer]) for (const bin of places) if (bin !== UNASSIGNED) inUse[bin] = 1
  const allowed = packing.allowed.slice()
  const numbers = new Map<string, number>()
  const narrowed = (row: number, key: string, mayHold: (bin: number) => boolean): number => {
    const known = numbers.get(`${row} ${key}`)
    if (known !== undefined) return known
    const number = allowed.push(Uint8Array.from({ length: binCount }, (_, bin) => ((row === UNASSIGNED || packing.allowed[row]![bin] === 1) && mayHold(bin) ? 1 : 0))) - 1
    numbers.set(`${row} ${key}`, number)
    return number
  }
  // What scorers chose is bettered only where something found no place.
  const placesStand = packing.firstPlaces !== undefined && !answer.includes(UNASSIGNED)
  const allowedRow = packing.allowedRow.map((row, item) => {
    const bin = assignment[item]!
    if (bin === UNASSIGNED && placesStand) return narrowed(row, `first ${answer[item]!}`, (other) => other === answer[item])
    if (bin === UNASSIGNED || drain[bin] === 1) return row
    if (emptying.has(bin)) return narrowed(row, 'in use', (other) => inUse[other] === 1)
    const free = resting[item] === 0 && (relieve[bin] === 1 || spreadMax !== null)
    return wantsHome(packing, item) && !free ? narrowed(row, `home ${preferred[item]!}`, (other) => other === preferred[item]) : row
  })
  return { allowedRow, allowed }
}

/** A hard rule as far as the first answer keeps it: what was broken before is not mended at a wish's cost, nor broken further. */
function asKept(rule: GroupRule, answer: Int32Array): GroupRule {
  if (rule.weight !== null || rule.kind === 'needs' || rule.kind === 'exclusive') return rule
  const inZone = new Float64Array(rule.zoneCount)
  rule.members.forEach((item, position) => {
    const zone = answer[item] === UNASSIGNED ? UNASSIGNED : rule.zoneOf[answer[item]!]!
    if (zone !== UNASSIGNED) inZone[zone]! += rule.kind === 'perZoneMax' ? (rule.amount?.[position] ?? 1) : 1
  })
  const inUse = inZone.reduce((zones, amount) => zones + (amount > 0 ? 1 : 0), 0)
  switch (rule.kind) {
    case 'perZoneMax':
      return { ...rule, max: rule.max.map((most, zone) => Math.max(most, inZone[zone]!)) }
    case 'zonesMax':
      return { ...rule, max: Math.max(rule.max, inUse) }
    case 'zonesMin':
      return { ...rule, min: Math.min(rule.min, inUse) }
  }
}
