import type { Library, Pointer } from './library.ts'
import { LibvirtFailure } from './connection.ts'

/** What an operation works with: the library and the connection that is its own while it runs. */
export interface Session {
  readonly library: Library
  readonly connection: Pointer
  readonly uri: string
}

/** libvirt's code for what a driver does not have. */
export const NOT_SUPPORTED = 3
const ACTIVE_AND_INACTIVE = 0

/** What libvirt said of the last failure of this connection. */
export function failureOf({ library, connection }: Session, mayHaveBegun: boolean): LibvirtFailure {
  const said = library.errorAt(library.local<Pointer | null>('virConnGetLastError', connection)) ?? library.takeErrors().at(-1)
  return new LibvirtFailure({ ...(said ?? { code: null, domain: null, text: 'libvirt did not say why the call failed' }), mayHaveBegun })
}

/** A number that is negative where the call failed. */
export async function checked(session: Session, name: string, ...args: readonly unknown[]): Promise<number> {
  const value = await session.library.call<number>(name, ...args)
  if (value < 0) throw failureOf(session, false)
  return value
}

/** The same for a call that changes something: once it was made, its effect is not known until both ends are read. */
export async function effect(session: Session, notAfterUnixMs: number, name: string, ...args: readonly unknown[]): Promise<number> {
  if (Date.now() > notAfterUnixMs) throw new LibvirtFailure({ code: null, domain: null, text: `it is later than ${notAfterUnixMs}, when ${name} was to begin at the latest: nothing was done`, mayHaveBegun: false })
  const value = await session.library.call<number>(name, ...args)
  if (value < 0) throw failureOf(session, true)
  return value
}

export async function withDomain<T>(session: Session, uuid: string, work: (domain: Pointer) => Promise<T>): Promise<T> {
  const domain = await session.library.call<Pointer | null>('virDomainLookupByUUIDString', session.connection, uuid)
  if (domain === null) throw failureOf(session, false)
  try {
    return await work(domain)
  } finally {
    session.library.local('virDomainFree', domain)
  }
}

/** All domains of the host, freed afterwards. */
export async function withDomains<T>(session: Session, work: (domains: readonly Pointer[]) => Promise<T>): Promise<T> {
  const list: (Pointer | null)[] = [null]
  const count = await checked(session, 'virConnectListAllDomains', session.connection, list, ACTIVE_AND_INACTIVE)
  const domains = count === 0 ? [] : (session.library.pointers(list[0]!, count) as readonly Pointer[])
  try {
    return await work(domains)
  } finally {
    for (const domain of domains) session.library.local('virDomainFree', domain)
    session.library.free(list[0]!)
  }
}

export interface DomainIdentity {
  readonly name: string
  readonly uuid: string
  readonly id: number | null
}

const UUID_BYTES = 37
const NO_ID = 2 ** 32 - 1

/** Kept in the handle: asks nobody. */
export function identityOf({ library }: Session, domain: Pointer): DomainIdentity {
  const uuid = Buffer.alloc(UUID_BYTES)
  library.local('virDomainGetUUIDString', domain, uuid)
  const id = library.local<number>('virDomainGetID', domain)
  return { name: library.local<string>('virDomainGetName', domain), uuid: uuid.toString('latin1', 0, UUID_BYTES - 1), id: id === NO_ID ? null : id }
}
