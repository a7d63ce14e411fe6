import type { NodeFacts } from '../messages.ts'
import { LibvirtFailure } from './connection.ts'
import { NOT_SUPPORTED, type Session, checked, failureOf } from './domain.ts'
import type { Pointer } from './library.ts'

const NODE_INFO_BYTES = 72

/** virNodeInfo: model[32], memory (KiB), cpus, mhz, nodes, sockets, cores, threads. */
export async function nodeInfoOf(session: Session): Promise<Pick<NodeFacts, 'cpuModel' | 'memoryKib' | 'cpus' | 'mhz' | 'cells' | 'sockets' | 'coresPerSocket' | 'threadsPerCore'>> {
  const bytes = Buffer.alloc(NODE_INFO_BYTES)
  await checked(session, 'virNodeGetInfo', session.connection, bytes)
  const number = (at: number): number => bytes.readUInt32LE(at)
  const model = bytes.toString('latin1', 0, 32)
  return {
    cpuModel: model.slice(0, model.indexOf('\0')), memoryKib: Number(bytes.readBigUInt64LE(32)), cpus: number(40), mhz: number(44), cells: number(48), sockets: number(52), coresPerSocket: number(56), threadsPerCore: number(60),
  }
}

const STAT_BYTES = 88

/** virNodeCPUStats and virNodeMemoryStats: 80 bytes of name, 8 of value. Null where the driver has no such call. */
export async function nodeStats(session: Session, name: 'virNodeGetCPUStats' | 'virNodeGetMemoryStats'): Promise<ReadonlyMap<string, number> | null> {
  const count = [0]
  if ((await session.library.call<number>(name, session.connection, -1, null, count, 0)) < 0) return unlessMissing(session)
  const bytes = Buffer.alloc(count[0]! * STAT_BYTES)
  if ((await session.library.call<number>(name, session.connection, -1, bytes, count, 0)) < 0) return unlessMissing(session)
  return new Map(Array.from({ length: count[0]! }, (_, index) => {
    const at = index * STAT_BYTES
    const field = bytes.toString('latin1', at, at + 80)
    return [field.slice(0, field.indexOf('\0')), Number(bytes.readBigUInt64LE(at + 80))] as const
  }))
}

function unlessMissing(session: Session): null {
  const failure = failureOf(session, false)
  if (failure.failure.code === NOT_SUPPORTED) return null
  throw failure
}

/** Free memory of all cells in KiB: on Xen what its heap has left. Null where the driver has no such call. */
export async function freeMemoryKib(session: Session, cells: number): Promise<number | null> {
  const bytes = Buffer.alloc(Math.max(1, cells) * 8)
  const told = await session.library.call<number>('virNodeGetCellsFreeMemory', session.connection, bytes, 0, Math.max(1, cells))
  if (told < 0) return unlessMissing(session)
  let sum = 0
  for (let cell = 0; cell < told; cell++) sum += Number(bytes.readBigUInt64LE(cell * 8)) / 1024
  return sum
}

const PROBED = [
  ['virConnectGetAllDomainStats', async (session: Session) => {
    const list: (Pointer | null)[] = [null]
    const count = await checked(session, 'virConnectGetAllDomainStats', session.connection, 1, list, 0)
    if (count >= 0) session.library.local('virDomainStatsRecordListFree', list[0])
  }],
  ['virNodeGetCPUStats', (session: Session) => checked(session, 'virNodeGetCPUStats', session.connection, -1, null, [0], 0)],
  ['virNodeGetMemoryStats', (session: Session) => checked(session, 'virNodeGetMemoryStats', session.connection, -1, null, [0], 0)],
] as const

/** What the host is and which calls its driver lacks. */
export async function factsOf(session: Session): Promise<NodeFacts> {
  const { library, connection } = session
  const textOf = async (name: string): Promise<string> => {
    const at = await library.call<Pointer | null>(name, connection)
    if (at === null) throw failureOf(session, false)
    return library.takeText(at)
  }
  const [library_, hypervisor] = [[0], [0]]
  await checked(session, 'virConnectGetLibVersion', connection, library_)
  const hasVersion = (await library.call<number>('virConnectGetVersion', connection, hypervisor)) >= 0
  const unsupported: string[] = []
  for (const [name, probe] of PROBED) if (await lacks(() => probe(session))) unsupported.push(name)
  return {
    ...(await nodeInfoOf(session)), hostName: await textOf('virConnectGetHostname'), driver: await library.call<string>('virConnectGetType', connection),
    libraryVersion: Number(library_[0]), hypervisorVersion: hasVersion ? Number(hypervisor[0]) : 0, capabilitiesXml: await textOf('virConnectGetCapabilities'), unsupported,
  }
}

async function lacks(probe: () => Promise<unknown>): Promise<boolean> {
  try {
    await probe()
    return false
  } catch (error) {
    if (error instanceof LibvirtFailure && error.failure.code === NOT_SUPPORTED) return true
    throw error
  }
}
