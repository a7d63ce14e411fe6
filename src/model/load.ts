/**
 * Load of many VMs in columns. Sample k of series j is `codes[k * names.length + j] / divisor`, a ratio of the VM's
 * size (may pass 1 where a trace has turbo). NaN is a gap: no sample, never zero. Codes are kept as the trace has
 * them (say, integer percent with divisor 100), so that the ratio is the same double everywhere.
 */
export interface LoadSeries {
  readonly names: readonly string[]
  readonly stepMs: number
  readonly sampleCount: number
  readonly codes: Float32Array
  readonly divisor: number
}

/** What a real pool shows of itself over one sampling interval. Columns are indexed as the pool's. NaN = no sample. */
export interface Sample {
  /** End of the interval that the sample covers; it arrives later. */
  readonly takenAtMs: number
  readonly intervalMs: number
  /** CPU used: never what the VM would have used with more. */
  readonly vmCpuMhz: Float64Array
  /** The same as a ratio of the VM's size, where the source counts in ratios: a quotient would not always give the same double. */
  readonly vmCpuRatio?: Float64Array
  /** Time the vCPUs waited for a core, as a ratio of the interval, summed over vCPUs (libvirt's `vcpu.N.delay`). */
  readonly vmDelayRatio: Float64Array
  /** Guest memory in use, balloon-aware. */
  readonly vmMemoryMib: Float64Array
  /** Part of it that is the guest's reclaimable cache; absent where the source does not tell. */
  readonly vmCacheMib?: Float64Array
  readonly vmNetworkMibPerS: Float64Array
  readonly vmDiskMibPerS: Float64Array
  readonly hostCpuMhz: Float64Array
}
