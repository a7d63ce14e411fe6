import type { Round } from '../round.ts'

/** Chooses the VM that an overloaded host gives up next: its list is not empty, and it has given up `taken` before. */
export type VmSelection = (round: Round, host: number, list: readonly number[], taken: number) => number

/** The VM with the least of something, the first on ties. */
export function leastOf(list: readonly number[], measure: (vm: number) => number): number {
  let best = list[0]!
  let least = measure(best)
  for (const vm of list) {
    const value = measure(vm)
    if (value >= least) continue
    least = value
    best = vm
  }
  return best
}
