/** A live migration at constant rates. */
export interface PrecopyInput {
  readonly memoryMib: number
  readonly dirtyMibPerS: number
  /** What one stream gets of the link. */
  readonly linkMibPerS: number
  /** The rest is sent with the VM paused once that takes no longer than this. */
  readonly downtimeMaxMs: number
  readonly roundsMax: number
}

export interface PrecopyOutcome {
  readonly converged: boolean
  /** Full rounds with the VM running. */
  readonly rounds: number
  readonly sentMib: number
  readonly durationMs: number
  readonly downtimeMs: number
}

/**
 * Iterative pre-copy live migration: send all memory, then again what was dirtied meanwhile, until the rest is small
 * enough to send with the VM paused. A round can't dirty more than all memory. Times are exact for constant rates,
 * before rounding to ms. Not converged: after `roundsMax` rounds the rest is still too large; nothing is paused then.
 * Source: Clark et al., "Live migration of virtual machines" (NSDI 2005), section 3.
 */
export function precopy({ memoryMib, dirtyMibPerS, linkMibPerS, downtimeMaxMs, roundsMax }: PrecopyInput): PrecopyOutcome {
  let restMib = memoryMib
  let sentMib = 0
  for (let rounds = 0; ; rounds++) {
    if ((restMib / linkMibPerS) * 1000 <= downtimeMaxMs) {
      const downtimeMs = (restMib / linkMibPerS) * 1000
      return { converged: true, rounds, sentMib: sentMib + restMib, durationMs: (sentMib / linkMibPerS) * 1000 + downtimeMs, downtimeMs }
    }
    if (rounds >= roundsMax) return { converged: false, rounds, sentMib, durationMs: (sentMib / linkMibPerS) * 1000, downtimeMs: 0 }
    sentMib += restMib
    restMib = Math.min(memoryMib, (dirtyMibPerS * restMib) / linkMibPerS)
  }
}
