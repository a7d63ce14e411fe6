import type { Round } from '../round.ts'
import { hostHistories } from './hostHistory.ts'
import { FALLBACK_RATIO, type OverloadTest, requestedRatio } from './overload.ts'

/** Samples that the line is drawn through. */
const LINE_SAMPLES = 10

/** The line through the last samples, continued until the largest VM would be away, reaches the host's capacity (LR). */
export function localRegression(safety: number): OverloadTest {
  const historyOf = hostHistories(LINE_SAMPLES)
  return (round, host, extra) => {
    const { ratios, length } = historyOf(round, host, extra)
    if (length < LINE_SAMPLES) return requestedRatio(round, host, extra) > FALLBACK_RATIO
    return safety * lineAt(ratios, LINE_SAMPLES + migrationSteps(round, host, extra)) >= 1
  }
}

/** Ordinary least squares on the newest samples, taken from old to new at x = 1, 2, ..., and its value at another x. */
function lineAt(newestFirst: Float64Array, x: number): number {
  let total = 0
  for (let index = LINE_SAMPLES - 1; index >= 0; index--) total += newestFirst[index]!
  const meanX = (LINE_SAMPLES + 1) / 2
  const meanY = total / LINE_SAMPLES
  let xy = 0
  let xx = 0
  for (let position = 1; position <= LINE_SAMPLES; position++) {
    const distance = position - meanX
    xy += distance * (newestFirst[LINE_SAMPLES - position]! - meanY)
    xx += distance * distance
  }
  const slope = xy / xx
  return meanY - slope * meanX + slope * x
}

/** Steps that the migration of the host's largest VM takes. */
function migrationSteps({ pool, lists, samples }: Round, host: number, extra: number | null): number {
  let memoryMib = extra === null ? 0 : pool.vms[extra]!.memoryMib
  for (const vm of lists[host] ?? []) memoryMib = Math.max(memoryMib, pool.vms[vm]!.memoryMib)
  return Math.ceil((memoryMib * 1000) / pool.hosts[host]!.migrationLinkMibPerS / samples[0]!.intervalMs)
}
