import type { LearnedMigrations } from './migrations.ts'

/**
 * Loads of a pool at one instant, as a policy may know them: built from samples by `observe`, never from the
 * simulator's true demand. Columns are indexed as the pool's hosts and VMs.
 */
export interface LoadView {
  readonly atMs: number
  /** Mean demand over the short and the long window; a VM without samples yet counts with the pool's mean ratio. */
  readonly vmShortMhz: Float64Array
  readonly vmLongMhz: Float64Array
  /** 1 when the VM has a fresh enough sample, or is too new to have one. */
  readonly vmKnown: Uint8Array
  /** 1 when every VM on the host is known and the host answers. Unknown hosts are neither filled nor emptied. */
  readonly hostKnown: Uint8Array
  /** Short and long means of its VMs over what the host has for VMs; migrating VMs count on both ends. */
  readonly hostShort: Float64Array
  readonly hostLong: Float64Array
  /** The short mean of what was really seen: VMs without samples yet count as nothing. No host is loaded on a guess. */
  readonly hostMeasured: Float64Array
  /** Memory in use by each VM, without the part of its cache that does not count; all it has where that is not known. */
  readonly vmMemoryMib: Float64Array
  /** Mean over the short window; 0 where it is not known. */
  readonly vmNetworkMibPerS: Float64Array
  /** Mean over the short window of what the VM got of the CPU it wanted, 0 ... 1; 1 where it is not known. */
  readonly vmServedRatio: Float64Array
  /** Highest total demand of the present VMs in any sample of the long window. */
  readonly poolPeakMhz: number
  /** How far back the samples reach. */
  readonly historyMs: number
  /** What migrations took so far; absent: too few were seen, or nothing is to be learned from them. */
  readonly migrations?: LearnedMigrations
}
