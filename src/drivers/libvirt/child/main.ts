import { type Answer, type CallFailure, type Calls, type CallName, type DomainXml, type FromChild, LOST, type Request } from '../messages.ts'
import { Connections, LibvirtFailure } from './connection.ts'
import { counters } from './counters.ts'
import { type Session, effect, failureOf, identityOf, withDomain, withDomains } from './domain.ts'
import { type Library, type Pointer, dieWithParent, loadLibrary } from './library.ts'
import { look } from './look.ts'
import { abort, completedJob, migrate } from './migrate.ts'
import { factsOf } from './node.ts'

// The process that holds libvirt's C library. A call that never returns keeps its thread, so this process can be ended and
// replaced at any time: the hosts' own daemons carry on what was begun.

const INACTIVE = 2
/** Keep firmware variables and emulated TPMs: a definition that moves on must find them. Other drivers refuse these flags. */
const UNDEFINE_KEEPING = 8 | 64

type Handlers = { readonly [Name in Exclude<CallName, 'migrate' | 'watch'>]: (session: Session, input: Calls[Name]['input']) => Promise<Calls[Name]['output']> }

const single = (name: string, ...args: readonly unknown[]) => async (session: Session, { uuid, notAfterUnixMs }: { readonly uuid: string; readonly notAfterUnixMs: number }): Promise<null> => {
  await withDomain(session, uuid, (domain) => effect(session, notAfterUnixMs, name, domain, ...args))
  return null
}

const handlers: Handlers = {
  look, counters, facts: factsOf,
  xml: (session, { uuid, inactive }) => (uuid === null ? withDomains(session, (domains) => xmls(session, domains, inactive)) : withDomain(session, uuid, (domain) => xmls(session, [domain], inactive))),
  completedJob: (session, { uuid }) => completedJob(session, uuid),
  abort: (session, { uuid, pollMs, limitMs }) => abort(session, uuid, pollMs, limitMs),
  start: single('virDomainCreate'), shutdown: single('virDomainShutdown'), save: single('virDomainManagedSave', 0), resume: single('virDomainResume'), undefine: (session, input) => single('virDomainUndefineFlags', session.uri.startsWith('qemu') ? UNDEFINE_KEEPING : 0)(session, input),
  define: async (session, { xml, notAfterUnixMs }) => {
    if (Date.now() > notAfterUnixMs) throw new LibvirtFailure({ code: null, domain: null, text: 'it is too late to define it: nothing was done', mayHaveBegun: false })
    const domain = await session.library.call<Pointer | null>('virDomainDefineXML', session.connection, xml)
    if (domain === null) throw failureOf(session, true)
    const { uuid } = identityOf(session, domain)
    session.library.local('virDomainFree', domain)
    return { uuid }
  },
}

async function xmls(session: Session, domains: readonly Pointer[], inactive: boolean): Promise<readonly DomainXml[]> {
  const found: DomainXml[] = []
  for (const domain of domains) {
    const at = await session.library.call<Pointer | null>('virDomainGetXMLDesc', domain, inactive ? INACTIVE : 0)
    // One that is gone by now has none.
    if (at !== null) found.push({ name: identityOf(session, domain).name, uuid: identityOf(session, domain).uuid, xml: session.library.takeText(at) })
    else if (domains.length === 1) throw failureOf(session, false)
  }
  return found
}

const PARENT = process.ppid

const tellParent = (message: FromChild): void => void process.send?.(message)

/** Threads: one for the library's loop, the rest for calls; long ones leave room for the others. */
const MIGRATIONS_MAX = 24
let migrating = 0
const watched = new Set<string>()

async function perform(library: Library, connections: Connections, { id, uri, probe, call, input }: Request): Promise<unknown> {
  if (call === 'watch') return watch(library, connections, uri, probe)
  return connections.using(uri, probe, async (connection) => {
    const session: Session = { library, connection, uri }
    if (call !== 'migrate') return (handlers[call] as (session: Session, input: unknown) => Promise<unknown>)(session, input)
    if (migrating >= MIGRATIONS_MAX) throw new LibvirtFailure({ code: null, domain: null, text: `${migrating} migrations run from here already: nothing was begun`, mayHaveBegun: false })
    migrating++
    try {
      const order = input as Calls['migrate']['input']
      return await connections.using(uri, probe, (second) => migrate(session, { library, connection: second, uri }, order, (progress) => tellParent({ kind: 'progress', id, progress })))
    } finally {
      migrating--
    }
  })
}

/** A connection of its own for each host's events, opened once. */
async function watch(library: Library, connections: Connections, uri: string, probe: Request['probe']): Promise<null> {
  if (watched.has(uri)) return null
  const connection = await connections.open(uri, probe)
  watched.add(uri)
  const isWatching = await library.watchLifecycle(connection, (name, event, detail) => tellParent({ kind: 'event', event: { uri, name, event, detail } }))
  const untilLost = setInterval(() => {
    if (library.local<number>('virConnectIsAlive', connection) === 1) return
    clearInterval(untilLost)
    watched.delete(uri)
    void library.call('virConnectClose', connection)
    // What happened meanwhile is not known: whoever listens lists again.
    tellParent({ kind: 'event', event: { uri, name: '', event: LOST, detail: 0 } })
  }, 2000)
  if (!isWatching) throw failureOf({ library, connection, uri }, false)
  return null
}

const failureFrom = (error: unknown): CallFailure =>
  error instanceof LibvirtFailure ? error.failure : { code: null, domain: null, text: error instanceof Error ? error.message : String(error), mayHaveBegun: true }

/** Ends with its parent, however that one ended and whatever a thread here still waits for: leaving in good order would wait for the library's loop, which never ends. */
function endWithParent(): void {
  const end = (): void => void process.kill(process.pid, 'SIGKILL')
  process.on('disconnect', end)
  // It may have gone before anybody here listened.
  if (!process.connected) end()
}

async function serve(): Promise<void> {
  endWithParent()
  let library: Library | null = null
  let missing = ''
  try {
    await dieWithParent(PARENT)
    library = await loadLibrary()
  } catch (error) {
    missing = error instanceof Error ? error.message : String(error)
  }
  const connections = library === null ? null : new Connections(library)
  process.on('message', (request: Request) => {
    void (async () => {
      let answer: Answer<unknown>
      try {
        if (library === null || connections === null) throw new LibvirtFailure({ code: null, domain: null, text: `libvirt can't be used here: ${missing}. Install libvirt0 and the package koffi`, mayHaveBegun: false })
        answer = { ok: true, value: await perform(library, connections, request) }
      } catch (error) {
        answer = { ok: false, failure: failureFrom(error) }
      }
      tellParent({ kind: 'answer', id: request.id, answer })
    })()
  })
}

await serve()
