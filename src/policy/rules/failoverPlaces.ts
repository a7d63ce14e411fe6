import { brokenRules } from '../../model/brokenRules.ts'
import { homelessAfterFailures } from '../../model/failover.ts'
import { NOWHERE, POWER, VM, draftOf, type Pool } from '../../model/pool.ts'
import { type Move, type Packed, UNASSIGNED } from '../../optimize/packing.ts'
import { headroomRule } from './failover.ts'

/** How many failures the pool's hard rules ask room for; 0: none does. */
export const failuresByRule = (pool: Pool): number => pool.rules.reduce((most, rule) => (rule.kind === 'failover' && rule.weight === undefined ? Math.max(most, rule.failures) : most), 0)

/** Searches for the longest run of new VMs that leaves room; each costs a few looks at all failures. */
const RUNS_MAX = 12

/**
 * The answer without new VMs that would take the room which a hard `failover` rule keeps. The solver keeps it by the sum of
 * memory; here each failure is played through, by best fit of the largest VM first, so what is let in has been shown to
 * survive. VMs of failed hosts (`restarting`) are let in: for them the room was kept. Longest runs in the solver's order
 * are kept by bisection; if the rest then breaks another rule, no new VM is let in.
 */
export function withRoomForFailures(pool: Pool, packed: Packed, itemVm: Int32Array, restarting: readonly number[]): Packed {
  const failures = failuresByRule(pool)
  const isRestarted = new Set(restarting)
  const coming = packed.moves.filter(({ cause, item }) => cause === 'place' && !isRestarted.has(itemVm[item]!))
  if (failures === 0) return packed
  const solved = withSumNamed(pool, packed, itemVm, failures)
  return coming.length === 0 ? solved : withoutHomeless(pool, solved, itemVm, coming, failures)
}

/** New VMs that the sum of memory alone keeps out are told so. */
function withSumNamed(pool: Pool, packed: Packed, itemVm: Int32Array, failures: number): Packed {
  const row = headroomRule(pool, itemVm, failures, 'failover')
  const roomMib = row.kind === 'perZoneMax' ? row.max[0]! : Infinity
  let heldMib = 0
  packed.assignment.forEach((bin, item) => (heldMib += bin !== UNASSIGNED && row.zoneOf[bin] === 0 ? pool.vms[itemVm[item]!]!.memoryMib : 0))
  return { ...packed, unmet: packed.unmet.map((unmet) => (unmet.cause === 'place' && heldMib + pool.vms[itemVm[unmet.item]!]!.memoryMib > roomMib ? { ...unmet, keepsRoom: true } : unmet)) }
}

function withoutHomeless(pool: Pool, packed: Packed, itemVm: Int32Array, coming: readonly Move[], failures: number): Packed {
  const after = (refused: readonly Move[]): Pool => poolAfter(pool, without(packed, refused), itemVm)
  const survives = (admitted: readonly Move[]): boolean => homelessAfterFailures(after(coming.filter((move) => !admitted.includes(move))), failures).length === 0
  if (survives(coming)) return packed
  const admitted = new Set(longestRuns(coming, survives))
  const refused = coming.filter((move) => !admitted.has(move))
  const brokenByAll = new Set(brokenRules(after([])))
  const isWorse = brokenRules(after(refused)).some((text) => !brokenByAll.has(text))
  return without(packed, isWorse ? coming : refused)
}

function longestRuns(coming: readonly Move[], survives: (admitted: readonly Move[]) => boolean): Move[] {
  let admitted: Move[] = []
  let rest = coming
  for (let run = 0; run < RUNS_MAX && rest.length > 0; run++) {
    let [low, high] = [0, rest.length]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (survives([...admitted, ...rest.slice(0, middle)])) low = middle
      else high = middle - 1
    }
    admitted = [...admitted, ...rest.slice(0, low)]
    rest = rest.slice(low + 1)
  }
  return admitted
}

function without(packed: Packed, refused: readonly Move[]): Packed {
  const gone = new Set(refused.map(({ item }) => item))
  if (gone.size === 0) return packed
  return {
    ...packed, assignment: packed.assignment.map((bin, item) => (gone.has(item) ? UNASSIGNED : bin)), moves: packed.moves.filter(({ item }) => !gone.has(item)),
    unmet: [...packed.unmet, ...[...gone].map((item) => ({ cause: 'place' as const, item, bin: UNASSIGNED, keepsRoom: true as const }))],
  }
}

/** The pool as the answer leaves it, hosts that are emptied off. */
function poolAfter(pool: Pool, { assignment, emptied }: Packed, itemVm: Int32Array): Pool {
  const draft = draftOf(pool)
  itemVm.forEach((vm, item) => {
    const [before, after] = [draft.vmHost[vm]!, assignment[item]!]
    const { memoryMib } = pool.vms[vm]!
    if (draft.vmTarget[vm] !== NOWHERE) draft.hostMemoryMib[draft.vmTarget[vm]!]! -= memoryMib
    if (before !== NOWHERE) draft.hostMemoryMib[before]! -= memoryMib
    draft.vmTarget[vm] = NOWHERE
    draft.vmHost[vm] = after
    if (after === UNASSIGNED) return
    draft.hostMemoryMib[after]! += memoryMib
    if (before === NOWHERE) draft.vmState[vm] = VM.starting
  })
  for (const host of emptied) draft.hostPower[host] = POWER.off
  return draft
}
