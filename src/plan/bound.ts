import { NOWHERE } from '../model/pool.ts'
import { type Jobs, type Lanes, aloneOf } from './jobs.ts'

/** Times below which no schedule of the jobs ends, ms, each by itself a proof. */
export interface MakespanBound {
  /** The host whose link and lanes have the most to do: bytes in and out over the link's rate, or its streams over its lanes. */
  readonly hostMs: number
  /** All migrations over the pool's lanes. */
  readonly poolMs: number
  /** The longest chain of jobs that come after each other. */
  readonly chainMs: number
  /** All boots over the boots that may happen at once. */
  readonly bootMs: number
}

/** Of bandwidth alone: the most loaded host's link, or the pool's lanes. */
export const bandwidthMs = ({ hostMs, poolMs }: MakespanBound): number => Math.max(hostMs, poolMs)

export const boundMs = ({ hostMs, poolMs, chainMs, bootMs }: MakespanBound): number => Math.max(hostMs, poolMs, chainMs, bootMs)

/**
 * Lower bounds on the makespan. A migration never sends less, nor takes less time, than with both links to itself, so sums
 * of those over what must carry them are bounds for every schedule.
 */
export function makespanBound(jobs: Jobs, lanes: Lanes): MakespanBound {
  const hosts = lanes.linkMibPerS.length
  const linkMs = new Float64Array(hosts)
  const sendMs = new Float64Array(hosts)
  const receiveMs = new Float64Array(hosts)
  const headMs = new Float64Array(jobs.count)
  let poolMs = 0
  let bootMs = 0
  for (let job = 0; job < jobs.count; job++) {
    const { durationMs, sentMib } = aloneOf(jobs, lanes, job)
    headMs[job] = durationMs + jobs.after[job]!.reduce((most, before) => Math.max(most, headMs[before]!), 0)
    if (jobs.boots[job] === 1) bootMs += durationMs
    const source = jobs.source[job]!
    const target = jobs.target[job]!
    if (source === NOWHERE) continue
    poolMs += durationMs
    for (const host of [source, target]) linkMs[host]! += (sentMib / lanes.linkMibPerS[host]!) * 1000
    sendMs[source]! += durationMs
    receiveMs[target]! += durationMs
  }
  const over = (sumMs: number, lanesMax: number | null): number => (lanesMax === null ? 0 : sumMs / lanesMax)
  let hostMs = 0
  for (let host = 0; host < hosts; host++) hostMs = Math.max(hostMs, linkMs[host]!, over(sendMs[host]!, lanes.hostOutgoingMax), over(receiveMs[host]!, lanes.hostIncomingMax))
  return { hostMs, poolMs: over(poolMs, lanes.poolMigrationsMax), chainMs: headMs.reduce((most, end) => Math.max(most, end), 0), bootMs: over(bootMs, lanes.poolBootsMax) }
}
