import type { Stretch } from './fold.ts'

/** Stretches joined where they touch, in order of time. */
export function union(stretches: readonly Stretch[]): Stretch[] {
  const joined: { startMs: number; endMs: number }[] = []
  for (const { startMs, endMs } of [...stretches].sort((left, right) => left.startMs - right.startMs)) {
    const last = joined[joined.length - 1]
    if (last !== undefined && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs)
    else joined.push({ startMs, endMs })
  }
  return joined
}

/** Ms of [startMs, endMs) that joined stretches cover. */
export function coveredMs(joined: readonly Stretch[], startMs: number, endMs: number): number {
  let low = 0
  let high = joined.length
  // The first stretch that ends after the start: a VM asks often, and a host may have many gaps.
  while (low < high) {
    const middle = (low + high) >> 1
    if (joined[middle]!.endMs > startMs) high = middle
    else low = middle + 1
  }
  let sum = 0
  for (; low < joined.length && joined[low]!.startMs < endMs; low++) sum += Math.min(endMs, joined[low]!.endMs) - Math.max(startMs, joined[low]!.startMs)
  return sum
}

/** What is left of [startMs, endMs) without the joined stretches. */
export function gapsIn(joined: readonly Stretch[], { startMs, endMs }: Stretch): Stretch[] {
  const gaps: Stretch[] = []
  let at = startMs
  for (const stretch of joined) {
    if (stretch.startMs > at && at < endMs) gaps.push({ startMs: at, endMs: Math.min(stretch.startMs, endMs) })
    at = Math.max(at, stretch.endMs)
  }
  if (at < endMs) gaps.push({ startMs: at, endMs })
  return gaps
}

/** A host's silence, Unix ms; null where the range begins or ends in it. */
export interface Silence extends Stretch {
  readonly begins: 'range' | 'heard'
  readonly ends: 'range' | 'heard'
}

/** What a silence was: the host was off, it or its exporters could not be reached, or that can't be told. */
export type SilenceKind = 'off' | 'unreachable' | 'unknown'

export interface SilenceEvidence {
  /** When the host booted, as it stated after the silence (`node_boot_time_seconds`), Unix ms; null when it did not. */
  readonly bootedMs: number | null
  /** Whether VMs were on it when it fell silent that did not turn up elsewhere while it was. */
  readonly heldVms: boolean
}

/** Boot times are computed from the clock and waver by a second or two. */
const BOOT_WAVERS_MS = 60_000

/**
 * A boot in the silence proves that the host was off, an older one that it was not. Without boot times a host that was
 * empty counts as off: that is why one switches hosts off. One that held VMs counts as unreachable.
 */
export function silenceKind(silence: Silence, { bootedMs, heldVms }: SilenceEvidence): SilenceKind {
  if (bootedMs !== null) return bootedMs >= silence.startMs - BOOT_WAVERS_MS ? 'off' : 'unreachable'
  if (!heldVms) return 'off'
  return silence.ends === 'heard' ? 'unreachable' : 'unknown'
}

/** When a host that was off was told to go down and up, Unix ms; null: before or after the range. */
export interface PowerCycle {
  readonly offMs: number | null
  readonly onMs: number | null
}

/**
 * Commands that explain a silence: off when it began (or when the last VM had left, if that shows later), on so early
 * that the host is up when it is heard again. Null when it is too short for going down and up: a restart.
 */
export function cycleOf(silence: Silence, emptyMs: number, shutdownMs: number, bootMs: number): PowerCycle | null {
  const offMs = silence.begins === 'heard' ? Math.max(silence.startMs, emptyMs) : null
  const onMs = silence.ends === 'heard' ? silence.endMs - bootMs : null
  if (onMs !== null && onMs < (offMs === null ? silence.startMs : offMs + shutdownMs)) return null
  return { offMs, onMs }
}
