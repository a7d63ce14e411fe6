import { HISTORY_SAMPLES, type Round } from '../round.ts'

/**
 * What the planned VMs of a host used in the past, wherever they were then, as ratios of the host, newest first
 * (section 8 of the study's specification). `length` leaves out zeros at the end, but for one entry.
 */
export interface HostHistory {
  readonly ratios: Float64Array
  length: number
}

/** Gives the history of a host with one more VM or none. The result is valid until the next call. */
export type HistoryOf = (round: Round, host: number, extra: number | null) => HostHistory

interface Kept {
  version: number
  readonly history: HostHistory
}

/**
 * Sums of the newest `depth` samples. Those of planned lists are kept while the list stays as it is, since many VMs are
 * tried on one host; all that is kept is of the present round.
 */
export function hostHistories(depth: number): HistoryOf {
  let kept: { readonly round: Round; readonly byHost: (Kept | undefined)[] } | null = null
  const tried = emptyHistory()
  return (round, host, extra) => {
    if (kept?.round !== round) kept = { round, byHost: new Array<Kept | undefined>(round.lists.length) }
    const own = keptOf(kept.byHost, round, host, depth)
    if (extra === null) return own
    tried.ratios.set(own.ratios)
    tried.length = own.length
    addVm(round, host, extra, depth, tried)
    return tried
  }
}

const emptyHistory = (): HostHistory => ({ ratios: new Float64Array(HISTORY_SAMPLES), length: 1 })

function keptOf(byHost: (Kept | undefined)[], round: Round, host: number, depth: number): HostHistory {
  const kept = (byHost[host] ??= { version: -1, history: emptyHistory() })
  if (kept.version === round.listVersion[host]) return kept.history
  kept.version = round.listVersion[host]!
  kept.history.ratios.fill(0)
  kept.history.length = 1
  for (const vm of round.lists[host] ?? []) addVm(round, host, vm, depth, kept.history)
  return kept.history
}

/** Entries beyond `depth` only count for the length. */
function addVm({ samples, sampleCount, columns }: Round, host: number, vm: number, depth: number, history: HostHistory): void {
  const count = sampleCount[vm]!
  const capacityMhz = columns.capacityMhz[host]!
  const summed = Math.min(count, depth)
  for (let sample = 0; sample < summed; sample++) history.ratios[sample]! += samples[sample]!.vmCpuMhz[vm]! / capacityMhz
  let length = count
  while (length > history.length && samples[length - 1]!.vmCpuMhz[vm] === 0) length--
  if (length > history.length) history.length = length
}
