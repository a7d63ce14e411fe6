import { UNASSIGNED } from '../../optimize/problem.ts'

/** Rows of hosts that items may be on; items narrowed by the same things share one row. */
export class AllowedRows {
  private readonly row: Int32Array
  private readonly rows: Uint8Array[] = []
  /** By row before and what narrows it: the row after. */
  private readonly narrowed = new Map<string, number>()

  private readonly binCount: number

  constructor(itemCount: number, binCount: number) {
    this.binCount = binCount
    this.row = new Int32Array(itemCount).fill(UNASSIGNED)
  }

  /** Leaves the item only the bins of its row that are 1 in `bins` too; `reason` names these bins. */
  narrow(item: number, reason: string, bins: Uint8Array | (() => Uint8Array)): void {
    const key = `${this.row[item]} ${reason}`
    let after = this.narrowed.get(key)
    if (after === undefined) {
      const left = (typeof bins === 'function' ? bins() : bins).slice(0, this.binCount)
      const before = this.rows[this.row[item]!]
      if (before !== undefined) for (let bin = 0; bin < left.length; bin++) left[bin]! &= before[bin]!
      after = this.rows.push(left) - 1
      this.narrowed.set(key, after)
    }
    this.row[item] = after
  }

  columns(): { readonly allowedRow: Int32Array; readonly allowed: readonly Uint8Array[] } {
    return { allowedRow: this.row, allowed: this.rows }
  }
}
