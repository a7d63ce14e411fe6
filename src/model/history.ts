/** Demand as seen at one instant, columns by VM slot and host index. NaN = not known. Frames are shared between states and never changed. */
export interface LoadFrame {
  readonly takenAtMs: number
  readonly intervalMs: number
  /** Used CPU plus the share of waiting that counts as unsatisfied demand. */
  readonly vmCpuMhz: Float64Array
  /** Used CPU as a ratio of the VM's size, as the source gave it; absent where it counts in MHz. */
  readonly vmCpuRatio?: Float64Array
  readonly hostCpuMhz: Float64Array
  /** What each VM got of what it wanted, 0 ... 1; NaN where its demand is. Absent, as what follows: nothing of the kind is known. */
  readonly vmServedRatio?: Float32Array
  /** As sampled, not looked at yet. */
  readonly vmMemoryMib?: Float64Array
  readonly vmCacheMib?: Float64Array
  readonly vmNetworkMibPerS?: Float64Array
  /** Since when a VM's zeros are doubted; NaN: they are not. */
  readonly vmDoubtSinceMs?: Float64Array
}

/** Frames, oldest first. */
export type LoadHistory = readonly LoadFrame[]
