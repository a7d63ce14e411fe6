import type { LoadFrame, LoadHistory } from '../model/history.ts'
import type { Pool } from '../model/pool.ts'

/** Memory in use by each VM in the last sample that tells it, with the part of its cache that counts; all that it has where none does. */
export function latestMemory(pool: Pool, history: LoadHistory, cacheWeight: number): Float64Array {
  const memoryMib = Float64Array.from(pool.vms, (vm) => vm.memoryMib)
  for (const { takenAtMs, vmMemoryMib, vmCacheMib } of history)
    for (let vm = 0; vm < Math.min(memoryMib.length, vmMemoryMib?.length ?? 0); vm++) {
      const used = vmMemoryMib![vm]!
      const cache = vmCacheMib?.[vm] ?? 0
      // More than it has is no reading; nor is nothing, of a guest that runs.
      if (!(used > 0) || used > 1.05 * pool.vms[vm]!.memoryMib || takenAtMs <= pool.vmSinceMs[vm]!) continue
      memoryMib[vm] = Math.max(0, used - (cache >= 0 ? (1 - cacheWeight) * Math.min(cache, used) : 0))
    }
  return memoryMib
}

/** Mean network traffic of each VM since an instant, 0 where none is known. */
export const meanNetwork = (pool: Pool, history: LoadHistory, sinceMs: number): Float64Array => meansOf(pool, history, sinceMs, (frame) => frame.vmNetworkMibPerS, 0)

/** Mean part of what each VM wanted that it got since an instant, 1 where none is known. */
export const meanServed = (pool: Pool, history: LoadHistory, sinceMs: number): Float64Array => meansOf(pool, history, sinceMs, (frame) => frame.vmServedRatio, 1)

function meansOf(pool: Pool, history: LoadHistory, sinceMs: number, columnOf: (frame: LoadFrame) => ArrayLike<number> | undefined, unknown: number): Float64Array {
  const sums = new Float64Array(pool.vms.length)
  const counts = new Uint16Array(pool.vms.length)
  for (const frame of history) {
    const column = frame.takenAtMs > sinceMs ? columnOf(frame) : undefined
    for (let vm = 0; vm < Math.min(sums.length, column?.length ?? 0); vm++) {
      const value = column![vm]!
      if (!(value >= 0) || value === Infinity || frame.takenAtMs <= pool.vmSinceMs[vm]!) continue
      sums[vm]! += value
      counts[vm]!++
    }
  }
  return sums.map((sum, vm) => (counts[vm] === 0 ? unknown : sum / counts[vm]!))
}
