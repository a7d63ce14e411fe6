import type { MigrationEnd, MigrationOrder, MigrationProgress } from '../messages.ts'
import { LibvirtFailure } from './connection.ts'
import { type Session, effect, failureOf, withDomain } from './domain.ts'
import type { Pointer } from './library.ts'
import { parameterBytes, parametersOf } from './typedParameters.ts'

const MIB = 2 ** 20
const COMPLETED = 1
const PAGE_BYTES = 4096

/** Numbers of a job; those that the driver does not tell are null. */
export function progressOf(found: ReadonlyMap<string, number>): MigrationProgress {
  const mib = (name: string): number | null => (found.has(name) ? found.get(name)! / MIB : null)
  const dirtyPages = found.get('memory_dirty_rate')
  return {
    elapsedMs: found.get('time_elapsed') ?? 0, memoryTotalMib: mib('memory_total'), memoryRemainingMib: mib('memory_remaining'), memoryProcessedMib: mib('memory_processed'), mibPerS: mib('memory_bps'),
    dirtyMibPerS: dirtyPages === undefined ? null : (dirtyPages * (found.get('memory_page_size') ?? PAGE_BYTES)) / MIB, iteration: found.get('memory_iteration') ?? null, downtimeMs: found.get('downtime') ?? null,
  }
}

/** Null where no job runs, or its numbers are not to be had here. */
async function jobStats(session: Session, domain: Pointer, flags: number): Promise<MigrationProgress | null> {
  const [type, params, count]: [number[], (Pointer | null)[], number[]] = [[0], [null], [0]]
  const answer = await session.library.call<number>('virDomainGetJobStats', domain, type, params, count, flags)
  if (answer < 0) return null
  const found = count[0] === 0 ? new Map<string, number>() : parametersOf(session.library.bytes(params[0]!, parameterBytes(count[0]!)))
  if (params[0] != null) session.library.local('virTypedParamsFree', params[0], count[0])
  return type[0] === 0 ? null : progressOf(found)
}

/** What the last finished migration took: on the host where the VM is now. */
export const completedJob = (session: Session, uuid: string): Promise<MigrationProgress> =>
  withDomain(session, uuid, async (domain) => {
    const found = await jobStats(session, domain, COMPLETED)
    if (found === null) throw failureOf(session, false)
    return found
  })

function parameters(session: Session, order: MigrationOrder): { readonly at: Pointer | null; readonly count: number } {
  const [at, count, max]: [(Pointer | null)[], number[], number[]] = [[null], [0], [0]]
  if (order.bandwidthMibPerS !== null) session.library.local('virTypedParamsAddULLong', at, count, max, 'bandwidth', Math.max(1, Math.round(order.bandwidthMibPerS)))
  if (order.dataUri !== null) session.library.local('virTypedParamsAddString', at, count, max, 'migrate_uri', order.dataUri)
  return { at: at[0]!, count: count[0]! }
}

/**
 * Migrates, and from a second connection watches the job: tells its progress, allows longer downtimes where it stalls, and
 * aborts it at the end of the ladder. Where the driver can't be tuned or aborted, it is waited for.
 */
export async function migrate(session: Session, monitor: Session | null, order: MigrationOrder, tell: (progress: MigrationProgress) => void): Promise<MigrationEnd> {
  const began = performance.now()
  const watch = { isOver: false, last: null as MigrationProgress | null, measures: [] as string[] }
  const given = parameters(session, order)
  const run = withDomain(session, order.uuid, (domain) => effect(session, order.notAfterUnixMs, 'virDomainMigrateToURI3', domain, order.targetUri, given.at, given.count, order.flags))
  const watching = monitor === null ? Promise.resolve() : withDomain(monitor, order.uuid, (domain) => watchJob(monitor, domain, order, watch, tell)).catch(() => undefined)
  try {
    await run
    return { durationMs: Math.round(performance.now() - began), last: watch.last, measures: watch.measures }
  } catch (error) {
    if (error instanceof LibvirtFailure && watch.measures.length > 0) throw new LibvirtFailure({ ...error.failure, text: `${error.failure.text} (tried: ${watch.measures.join(', ')})` })
    throw error
  } finally {
    watch.isOver = true
    await watching
    if (given.at !== null) session.library.local('virTypedParamsFree', given.at, given.count)
  }
}

interface Watch {
  isOver: boolean
  last: MigrationProgress | null
  readonly measures: string[]
}

/** Each look that finds less memory left than ever before is progress. */
async function watchJob(session: Session, domain: Pointer, order: MigrationOrder, watch: Watch, tell: (progress: MigrationProgress) => void): Promise<void> {
  let leastMib = Number.MAX_VALUE
  let progressAtMs = 0
  let step = 0
  const began = performance.now()
  const isOver = (): boolean => watch.isOver
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, order.pollMs))
    if (isOver()) return
    const now = await jobStats(session, domain, 0)
    const elapsedMs = performance.now() - began
    if (now !== null && !isOver()) {
      watch.last = { ...now, elapsedMs: now.elapsedMs || Math.round(elapsedMs) }
      tell(watch.last)
      // Before it has counted the memory, a job says 0 of 0.
      if ((now.memoryTotalMib ?? 0) > 0 && (now.memoryRemainingMib ?? leastMib) < leastMib) {
        leastMib = now.memoryRemainingMib!
        progressAtMs = elapsedMs
      }
    }
    const isStalled = elapsedMs - progressAtMs > order.stallMs
    if (elapsedMs > order.limitMs || (isStalled && step >= order.downtimeStepsMs.length)) return abortNow(session, domain, watch, elapsedMs > order.limitMs ? 'time limit' : 'no progress')
    if (!isStalled) continue
    const downtimeMs = order.downtimeStepsMs[step++]!
    progressAtMs = elapsedMs
    if ((await session.library.call<number>('virDomainMigrateSetMaxDowntime', domain, downtimeMs, 0)) >= 0) watch.measures.push(`downtime ${downtimeMs} ms`)
  }
}

async function abortNow(session: Session, domain: Pointer, watch: Watch, why: string): Promise<void> {
  if ((await session.library.call<number>('virDomainAbortJob', domain)) >= 0) watch.measures.push(`abort: ${why}`)
}

/** Asks for the end of a job and polls until it is gone. */
export const abort = (session: Session, uuid: string, pollMs: number, limitMs: number): Promise<{ readonly ended: boolean }> =>
  withDomain(session, uuid, async (domain) => {
    const until = performance.now() + limitMs
    const asked = await session.library.call<number>('virDomainAbortJob', domain)
    if (asked < 0) throw failureOf(session, true)
    while (performance.now() < until) {
      if ((await jobStats(session, domain, 0)) === null) return { ended: true }
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
    return { ended: false }
  })

