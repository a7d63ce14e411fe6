import { type Packing, UNASSIGNED } from '../../optimize/packing.ts'
import type { GoalView } from '../wish.ts'
import { allowedHosts } from './allowedHosts.ts'
import { MEMORY, scorersOf } from './scorers.ts'
import { placeView } from './view.ts'

/**
 * The packing with what decides about VMs that have no host yet: the policy's filters as rows of hosts, its scorers with their weights.
 * The same as `place` asks; what each new VM takes of CPU, memory and failover room the solver counts from one to the next.
 */
export function withFirstPlaces({ pool, load, policy, memoryEnforced }: GoalView, packing: Packing, itemVm: Int32Array): Packing {
  const waiting = [...packing.assignment.keys()].filter((item) => packing.assignment[item] === UNASSIGNED)
  if (waiting.length === 0) return packing
  const { scorers, filtersOff } = policy.placement
  const view = placeView(pool, load.vmShortMhz, { scorers, filtersOff })
  const rows = allowedHosts(view, waiting.map((item) => itemVm[item]!), packing, (position) => packing.allowedRow[waiting[position]!]!)
  const allowed = [...packing.allowed]
  const allowedRow = packing.allowedRow.slice()
  const numbers = new Map<Uint8Array, number>()
  waiting.forEach((item, position) => {
    const row = rows[position]!
    if (row.every((may) => may === 1)) return
    if (!numbers.has(row)) numbers.set(row, allowed.push(row) - 1)
    allowedRow[item] = numbers.get(row)!
  })
  // Where memory does not bind it ranks nothing.
  const counted = scorersOf(scorers).filter((scorer) => memoryEnforced || scorer.kind === 'fewItems' || scorer.dimension !== MEMORY)
  return { ...packing, allowed, allowedRow, firstPlaces: { scorers: counted, beyondFill: filtersOff.includes('cpu') } }
}
