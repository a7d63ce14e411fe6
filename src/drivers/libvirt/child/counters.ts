import type { DomainCounters, HostCounters } from '../messages.ts'
import { NOT_SUPPORTED, type Session, failureOf, identityOf, withDomains } from './domain.ts'
import type { Pointer } from './library.ts'
import { infoOf } from './look.ts'
import { freeMemoryKib, nodeInfoOf, nodeStats } from './node.ts'
import { eachParameter, parameterBytes } from './typedParameters.ts'

/** State, CPU, balloon, vCPUs, interfaces, disks. */
const ALL_STATS = 1 | 2 | 4 | 8 | 16 | 32
const ACTIVE = 1
/** Whatever can be told without waiting for a job. */
const NOWAIT = 2 ** 29
const RUNNING = 1
/** After so many domains other answers get their turn. */
const BREATH = 10

type Writable = { -readonly [Key in keyof DomainCounters]: DomainCounters[Key] }

/** One reading of every active domain's counters and of the host's own. What a driver lacks is derived another way, or null. */
export async function counters(session: Session): Promise<HostCounters> {
  const domains = (await bulk(session)) ?? (await oneByOne(session))
  const node = await nodeInfoOf(session)
  const cpu = await nodeStats(session, 'virNodeGetCPUStats')
  const memory = await nodeStats(session, 'virNodeGetMemoryStats')
  const free = memory === null ? await freeMemoryKib(session, node.cells) : (memory.get('free') ?? 0) + (memory.get('buffers') ?? 0) + (memory.get('cached') ?? 0)
  return { atMs: Math.round(performance.now()), domains, cpuBusyNs: cpu === null ? null : busyOf(cpu), memoryKib: memory?.get('total') ?? node.memoryKib, memoryFreeKib: free }
}

const busyOf = (cpu: ReadonlyMap<string, number>): number => (cpu.get('kernel') ?? 0) + (cpu.get('user') ?? 0) + (cpu.get('intr') ?? 0)

/** Null where the driver has no bulk call. */
async function bulk(session: Session): Promise<readonly DomainCounters[] | null> {
  const { library, connection } = session
  const list: (Pointer | null)[] = [null]
  const count = await library.call<number>('virConnectGetAllDomainStats', connection, ALL_STATS, list, ACTIVE + NOWAIT)
  if (count < 0) {
    const failure = failureOf(session, false)
    if (failure.failure.code === NOT_SUPPORTED) return null
    throw failure
  }
  try {
    const found: DomainCounters[] = []
    for (const [index, at] of library.pointers(list[0]!, count).entries()) {
      if (index % BREATH === BREATH - 1) await new Promise((resolve) => setImmediate(resolve))
      const { domain, params, count: parameters } = library.record(at!)
      found.push(countersFrom(identityOf(session, domain), parameters === 0 ? Buffer.alloc(0) : library.bytes(params, parameterBytes(parameters))))
    }
    return found
  } finally {
    library.local('virDomainStatsRecordListFree', list[0])
  }
}

const DIRECT: ReadonlyMap<string, keyof Writable> = new Map<string, keyof Writable>([
  ['state.state', 'state'], ['cpu.time', 'cpuTimeNs'], ['vcpu.current', 'vcpus'], ['balloon.current', 'balloonKib'], ['balloon.maximum', 'balloonMaximumKib'],
  ['balloon.unused', 'balloonUnusedKib'], ['balloon.available', 'balloonAvailableKib'], ['balloon.usable', 'balloonUsableKib'], ['balloon.rss', 'rssKib'],
])
const DELAY = /^vcpu\.\d+\.delay$/
const NETWORK = /^net\.\d+\.(rx|tx)\.bytes$/
const DISK = /^block\.\d+\.(rd|wr)\.bytes$/

/** A domain's counters from the bytes of its parameter list. */
export function countersFrom(identity: { readonly name: string; readonly uuid: string; readonly id: number | null }, parameters: Buffer): DomainCounters {
  const found = { ...identity, state: RUNNING } as { -readonly [Key in keyof DomainCounters]: DomainCounters[Key] } & Record<string, unknown>
  const add = (key: 'delayNs' | 'networkBytes' | 'diskBytes', value: number): void => void (found[key] = (found[key] ?? 0) + value)
  eachParameter(parameters, (name, value) => {
    const direct = DIRECT.get(name)
    if (direct !== undefined) (found as Record<string, unknown>)[direct] = value
    else if (DELAY.test(name)) add('delayNs', value)
    else if (NETWORK.test(name)) add('networkBytes', value)
    else if (DISK.test(name)) add('diskBytes', value)
  })
  return found
}

/** For drivers without the bulk call: CPU time and memory, Domain-0 among them. */
function oneByOne(session: Session): Promise<readonly DomainCounters[]> {
  return withDomains(session, async (domains) => {
    const found: DomainCounters[] = []
    for (const domain of domains) {
      const identity = identityOf(session, domain)
      if (identity.id === null) continue
      const info = await infoOf(session, domain).catch(() => null)
      // One that ended in between is no reading.
      if (info !== null) found.push({ ...identity, state: RUNNING, cpuTimeNs: info.cpuTimeNs, vcpus: info.vcpus, balloonKib: info.memoryKib, balloonMaximumKib: info.memoryMaxKib })
    }
    return found
  })
}
