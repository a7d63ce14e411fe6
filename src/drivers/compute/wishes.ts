import type { Packed, Packing, PackingLimits } from '../../optimize/packing.ts'
import { runInThread } from './thread.ts'
import type { WishesInput } from './wishesTask.ts'

/** Answers the goals' wishes in a thread of its own, which is ended after `timeoutMs`: null then. */
export function solveWishesInThread(packing: Packing, limits: PackingLimits, timeoutMs: number): Promise<Packed | null> {
  const input: WishesInput = { packing, limits }
  return runInThread<Packed>('wishes', input, { deadlineMs: Math.max(1, timeoutMs) })
}
