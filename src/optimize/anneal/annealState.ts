/** What annealing asks of an assignment under search, whichever way it keeps its sums. */
export interface AnnealState {
  readonly assignment: Int32Array
  /** Items that stand elsewhere than they began: the first `displacedCount` entries. */
  readonly displaced: Int32Array
  readonly displacedCount: number
  /** Objective, without penalties, as of the last `recomputeValue`. */
  readonly value: number
  /** How far hard limits are broken; 0 when none is. Never above what it was at the start but by what a penalty prices. */
  readonly violation: number
  /** Price of exceeding limits, in the objective's unit; 0: they may not be exceeded. Without effect where the state can't. */
  penalty: number
  tryShift(item: number, target: number, allowance: number): boolean
  trySwap(one: number, other: number, allowance: number): boolean
  recomputeValue(): void
  restart(assignment: Int32Array): void
}
