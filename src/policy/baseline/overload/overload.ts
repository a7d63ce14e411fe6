import type { Round } from '../round.ts'

/** Decides whether a host is overloaded with its planned VMs and, unless it is null, one more at the end of the list. */
export type OverloadTest = (round: Round, host: number, extra: number | null) => boolean

/** Where a host has too little history, it is overloaded above this. */
export const FALLBACK_RATIO = 0.7

/** Requests of the VMs / capacity of the host. */
export const requestedRatio = ({ requestedMhz, requestMhz, columns }: Round, host: number, extra: number | null): number =>
  (extra === null ? requestedMhz[host]! : requestedMhz[host]! + requestMhz[extra]!) / columns.capacityMhz[host]!
