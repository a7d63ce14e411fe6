/** Demand as seen at one instant, columns by VM slot and host index. NaN = not known. Frames are shared between states and never changed. */
export interface LoadFrame {
  readonly takenAtMs: number
  readonly intervalMs: number
  /** Used CPU plus the share of waiting that counts as unsatisfied demand. */
  readonly vmCpuMhz: Float64Array
  readonly hostCpuMhz: Float64Array
}

/** Frames, oldest first. */
export type LoadHistory = readonly LoadFrame[]
