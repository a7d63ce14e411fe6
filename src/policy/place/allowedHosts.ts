import { type Problem, UNASSIGNED } from '../../optimize/problem.ts'
import { FILTERS } from './filters.ts'
import type { PlaceView } from './view.ts'

/** Filters that look at the host alone or at what no other new VM changes; of the others a solver keeps count. */
const FIXED_FILTERS = ['power', 'mode', 'reachable', 'threads', 'needs'] as const

export type RuleRows = Pick<Problem, 'allowed' | 'allowedRow'>

/** 1 for hosts that each new VM may be on by rules and fixed filters; item i is VM `vms[i]` and has the row `rowOf(i)`. VMs that are alike in what these look at share a row. */
export function allowedHosts(view: PlaceView, vms: readonly number[], rows: RuleRows, rowOf: (position: number) => number): Uint8Array[] {
  const { pool, filtersOff = [] } = view
  const filters = FIXED_FILTERS.filter((name) => !filtersOff.includes(name)).map((name) => FILTERS[name]!)
  const known = new Map<string, Uint8Array>()
  return vms.map((vm, position) => {
    const { vcpus, needs } = pool.vms[vm]!
    const ofRules = rowOf(position)
    const key = needs === undefined ? `${ofRules} ${vcpus}` : `needs ${position}`
    const isAllowed = (host: number): boolean => (ofRules === UNASSIGNED || rows.allowed[ofRules]![host] === 1) && filters.every((filter) => filter(view, vm, host) === null)
    const row = known.get(key) ?? new Uint8Array(pool.hosts.length).map((_, host) => (isAllowed(host) ? 1 : 0))
    known.set(key, row)
    return row
  })
}
