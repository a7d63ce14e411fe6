import { type Draft, tried, vmsOn } from './draft.ts'

export interface Move {
  readonly vm: number
  readonly target: number
  /** The measure with this move made. */
  readonly after: number
}

/** Of all moves of one VM between these hosts the one after which the measure is lowest, the first on ties; null: there is none. */
export function bestMove(draft: Draft, hosts: readonly number[], may: (vm: number, host: number) => boolean, measure: () => number): Move | null {
  let best: Move | null = null
  for (const source of hosts)
    for (const vm of vmsOn(draft, source))
      for (const target of hosts) {
        if (target === source || !may(vm, target)) continue
        const after = tried(draft, vm, target, measure)
        if (best === null || after < best.after - 1e-12) best = { vm, target, after }
      }
  return best
}
