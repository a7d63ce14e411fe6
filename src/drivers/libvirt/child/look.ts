import type { LookedHost, SeenDomain } from '../messages.ts'
import { type Session, checked, identityOf, withDomains } from './domain.ts'
import { LibvirtFailure } from './connection.ts'
import type { Pointer } from './library.ts'
import { nodeInfoOf } from './node.ts'

export const PAUSED = 3
export const PAUSED_FOR_MIGRATION = 2
/** A domain that came, went or is being undefined between two calls. */
const GONE = new Set([42, 55])
const LATER_MS = 400

/** Every domain of a host, active or not, as its libvirt shows it now. */
export function look(session: Session): Promise<LookedHost> {
  return withDomains(session, async (domains) => {
    const seen: SeenDomain[] = []
    for (const domain of domains) {
      const one = await seenOrGone(session, domain)
      if (one !== null) seen.push(one)
    }
    return { domains: await lookAgain(session, domains, seen), memoryKib: (await nodeInfoOf(session)).memoryKib }
  })
}

async function seenOrGone(session: Session, domain: Pointer): Promise<SeenDomain | null> {
  try {
    return await seenDomain(session, domain)
  } catch (error) {
    if (error instanceof LibvirtFailure && GONE.has(error.failure.code ?? 0)) return null
    throw error
  }
}

async function seenDomain(session: Session, domain: Pointer): Promise<SeenDomain> {
  const [state, reason] = [[0], [0]]
  await checked(session, 'virDomainGetState', domain, state, reason, 0)
  const info = await infoOf(session, domain)
  const identity = identityOf(session, domain)
  return {
    ...identity, state: state[0]!, reason: reason[0]!, isPersistent: (await checked(session, 'virDomainIsPersistent', domain)) === 1,
    hasManagedSave: identity.id === null && (await yesOf(session, 'virDomainHasManagedSaveImage', domain, 0)), jobType: identity.id === null ? await jobOfInactive(session, domain) : await jobTypeOf(session, domain),
    ...info, cpuTimeLaterNs: null,
  }
}

const INFO_BYTES = 40

/** virDomainInfo: state, memory in KiB (largest, now), vCPUs, CPU time in ns. */
export async function infoOf(session: Session, domain: Pointer): Promise<Pick<SeenDomain, 'memoryKib' | 'memoryMaxKib' | 'vcpus' | 'cpuTimeNs'>> {
  const bytes = Buffer.alloc(INFO_BYTES)
  await checked(session, 'virDomainGetInfo', domain, bytes)
  return { memoryMaxKib: Number(bytes.readBigUInt64LE(8)), memoryKib: Number(bytes.readBigUInt64LE(16)), vcpus: bytes.readUInt16LE(24), cpuTimeNs: Number(bytes.readBigUInt64LE(32)) }
}

async function yesOf(session: Session, name: string, ...args: readonly unknown[]): Promise<boolean> {
  // Not every driver has it: then there is nothing of the kind.
  return (await session.library.call<number>(name, ...args)) === 1
}

const JOB_BYTES = 96

/** virDomainJobType; null where the host says that the numbers are at the other end: it receives. */
async function jobTypeOf(session: Session, domain: Pointer): Promise<number | null> {
  const bytes = Buffer.alloc(JOB_BYTES)
  const answer = await session.library.call<number>('virDomainGetJobInfo', domain, bytes)
  if (answer >= 0) return bytes.readInt32LE(0)
  const failure = session.library.errorAt(session.library.local<Pointer | null>('virConnGetLastError', session.connection))
  return failure !== null && /only on the source/.test(failure.text) ? null : 0
}

/** Xen shows an incoming copy as shut off, and tells of its job all the same. */
const jobOfInactive = async (session: Session, domain: Pointer): Promise<number | null> => jobTypeOf(session, domain)

/** A pause for a migration may be a false state: whether CPU time grows tells. */
async function lookAgain(session: Session, domains: readonly Pointer[], seen: readonly SeenDomain[]): Promise<readonly SeenDomain[]> {
  const doubtful = seen.filter(({ state, reason }) => state === PAUSED && reason === PAUSED_FOR_MIGRATION)
  if (doubtful.length === 0) return seen
  await new Promise((resolve) => setTimeout(resolve, LATER_MS))
  const later = new Map<string, number>()
  for (const domain of domains) {
    const { uuid } = identityOf(session, domain)
    if (!doubtful.some((one) => one.uuid === uuid)) continue
    const again = await infoOf(session, domain).catch(() => null)
    if (again !== null) later.set(uuid, again.cpuTimeNs)
  }
  return seen.map((one) => ({ ...one, cpuTimeLaterNs: later.get(one.uuid) ?? null }))
}
