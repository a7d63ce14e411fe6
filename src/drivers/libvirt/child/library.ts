import type Koffi from 'koffi'
import type { CallFailure } from '../messages.ts'

/** An address in the C library's memory. */
export type Pointer = bigint

/** C types: koffi's own words. Every call runs on a worker thread and never blocks this process. */
const DECLARATIONS = [
  'void *virConnectOpen(const char *name)',
  'int virConnectClose(void *conn)',
  'int virConnectSetKeepAlive(void *conn, int interval, uint count)',
  'int virConnectIsAlive(void *conn)',
  'void *virConnGetLastError(void *conn)',
  'int virConnectGetAllDomainStats(void *conn, uint stats, _Out_ void **records, uint flags)',
  'void virDomainStatsRecordListFree(void *records)',
  'int virConnectListAllDomains(void *conn, _Out_ void **domains, uint flags)',
  'void *virDomainLookupByUUIDString(void *conn, const char *uuid)',
  'int virDomainFree(void *domain)',
  'const char *virDomainGetName(void *domain)',
  'uint virDomainGetID(void *domain)',
  'int virDomainGetUUIDString(void *domain, void *text)',
  'int virDomainGetState(void *domain, _Out_ int *state, _Out_ int *reason, uint flags)',
  'int virDomainGetInfo(void *domain, void *info)',
  'int virDomainIsPersistent(void *domain)',
  'int virDomainHasManagedSaveImage(void *domain, uint flags)',
  'int virDomainGetJobInfo(void *domain, void *info)',
  'int virDomainGetJobStats(void *domain, _Out_ int *type, _Out_ void **params, _Out_ int *count, uint flags)',
  'void virTypedParamsFree(void *params, int count)',
  'int virTypedParamsAddULLong(_Inout_ void **params, _Inout_ int *count, _Inout_ int *max, const char *name, uint64 value)',
  'int virTypedParamsAddString(_Inout_ void **params, _Inout_ int *count, _Inout_ int *max, const char *name, const char *value)',
  'void *virDomainGetXMLDesc(void *domain, uint flags)',
  'void *virConnectGetCapabilities(void *conn)',
  'void *virConnectGetHostname(void *conn)',
  'const char *virConnectGetType(void *conn)',
  'int virConnectGetLibVersion(void *conn, _Out_ ulong *version)',
  'int virConnectGetVersion(void *conn, _Out_ ulong *version)',
  'int virNodeGetInfo(void *conn, void *info)',
  'int virNodeGetCPUStats(void *conn, int cpu, void *params, _Inout_ int *count, uint flags)',
  'int virNodeGetMemoryStats(void *conn, int cell, void *params, _Inout_ int *count, uint flags)',
  'int virNodeGetCellsFreeMemory(void *conn, void *memory, int first, int count)',
  'int virDomainMigrateToURI3(void *domain, const char *uri, void *params, uint count, uint flags)',
  'int virDomainMigrateSetMaxDowntime(void *domain, uint64 downtime, uint flags)',
  'int virDomainMigrateGetMaxDowntime(void *domain, _Out_ uint64 *downtime, uint flags)',
  'int virDomainAbortJob(void *domain)',
  'int virDomainCreate(void *domain)',
  'int virDomainShutdown(void *domain)',
  'int virDomainManagedSave(void *domain, uint flags)',
  'int virDomainResume(void *domain)',
  'int virDomainUndefineFlags(void *domain, uint flags)',
  'void *virDomainDefineXML(void *conn, const char *xml)',
  'int virConnectDomainEventRegisterAny(void *conn, void *domain, int event, void *callback, void *opaque, void *free)',
  'int virEventRegisterDefaultImpl()',
  'int virEventRunDefaultImpl()',
] as const

type Callable = { (...args: readonly unknown[]): unknown; async: (...args: readonly unknown[]) => void }

/** libvirt behind koffi. One process has one. */
export interface Library {
  /** Calls on a worker thread. Pointers come as bigint, or null. */
  readonly call: <T>(name: string, ...args: readonly unknown[]) => Promise<T>
  /** Calls here and now: only what works on memory, never what talks to a host. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- What a C function gives is known to its caller only.
  readonly local: <T>(name: string, ...args: readonly unknown[]) => T
  readonly pointers: (at: Pointer, count: number) => readonly (Pointer | null)[]
  readonly record: (at: Pointer) => { readonly domain: Pointer; readonly params: Pointer; readonly count: number }
  /** Bytes of the library's memory, copied. */
  readonly bytes: (at: Pointer, length: number) => Buffer
  readonly text: (at: Pointer) => string
  /** The same, and the library's memory is freed. */
  readonly takeText: (at: Pointer) => string
  readonly free: (at: Pointer) => void
  readonly errorAt: (at: Pointer | null) => Omit<CallFailure, 'mayHaveBegun'> | null
  /** Failures that were told since the last time, those without a connection too. */
  readonly takeErrors: () => readonly Omit<CallFailure, 'mayHaveBegun'>[]
  readonly watchLifecycle: (connection: Pointer, tell: (name: string, event: number, detail: number) => void) => Promise<boolean>
}

const ERRORS_KEPT = 64

const PR_SET_PDEATHSIG = 1
const SIGKILL = 9

/** From here on the kernel ends this process when its parent is gone, whatever call it stands in. */
export async function dieWithParent(parent: number): Promise<void> {
  const koffi = (await import('koffi')).default
  koffi.load('libc.so.6').func('int prctl(int option, ulong a, ulong b, ulong c, ulong d)')(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
  // It may have gone before that was said.
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
}

/** Loads the C library. Throws when koffi or libvirt is not installed. */
export async function loadLibrary(): Promise<Library> {
  const koffi = (await import('koffi')).default
  const shared = koffi.load('libvirt.so.0')
  const functions = new Map<string, Callable>(DECLARATIONS.map((declaration) => [/(\w+)\(/.exec(declaration)![1]!, shared.func(declaration) as unknown as Callable]))
  const free = koffi.load('libc.so.6').func('void free(void *at)') as unknown as (at: Pointer) => void
  const text = (at: Pointer): string => koffi.decode(at, 'char', -1) as string
  const errors = errorsOf(koffi)
  installHandler(koffi, shared, errors)
  const library: Library = {
    call: (name, ...args) => new Promise((resolve, reject) => functions.get(name)!.async(...args, (failure: Error | null, value: never) => (failure === null ? resolve(value) : reject(failure)))),
    local: (name, ...args) => functions.get(name)!(...args) as never,
    pointers: (at, count) => koffi.decode(at, koffi.array('void *', count)) as (Pointer | null)[],
    record: recordOf(koffi), bytes: (at, length) => Buffer.from(Buffer.from(koffi.view(at, length))), text, free,
    takeText: (at) => {
      const copy = text(at)
      free(at)
      return copy
    },
    errorAt: errors.at, takeErrors: errors.take, watchLifecycle: lifecycleOf(koffi, functions),
  }
  runEvents(library)
  return library
}

function recordOf(koffi: typeof Koffi): Library['record'] {
  const type = koffi.struct('virDomainStatsRecord', { domain: 'void *', params: 'void *', count: 'int' })
  return (at) => koffi.decode(at, type) as { domain: Pointer; params: Pointer; count: number }
}

interface Errors {
  readonly at: Library['errorAt']
  readonly take: Library['takeErrors']
  readonly told: (at: Pointer) => void
}

function errorsOf(koffi: typeof Koffi): Errors {
  const type = koffi.struct('virError', {
    code: 'int', domain: 'int', message: 'char *', level: 'int', conn: 'void *', dom: 'void *', str1: 'char *', str2: 'char *', str3: 'char *', int1: 'int', int2: 'int', net: 'void *',
  })
  let kept: Omit<CallFailure, 'mayHaveBegun'>[] = []
  const at: Library['errorAt'] = (pointer) => {
    if (pointer === null) return null
    const { code, domain, message } = koffi.decode(pointer, type) as { code: number; domain: number; message: string | null }
    return code === 0 ? null : { code, domain, text: message ?? '' }
  }
  return {
    at,
    take: () => {
      const taken = kept
      kept = []
      return taken
    },
    told: (pointer) => {
      const found = at(pointer)
      if (found !== null) kept = [...kept.slice(1 - ERRORS_KEPT), found]
    },
  }
}

/** Without a handler libvirt prints to standard error, and a failed open, which has no connection to ask, could not be explained. */
function installHandler(koffi: typeof Koffi, shared: ReturnType<typeof Koffi.load>, errors: Errors): void {
  const handler = koffi.pointer(koffi.proto('void virErrorFunc(void *user, void *error)'))
  shared.func('virSetErrorFunc', 'void', ['void *', handler])(null, koffi.register((_user: unknown, error: Pointer) => errors.told(error), handler))
}

/** Keepalive, events and answers to our calls all need the library's own loop; it takes one worker thread for good. */
function runEvents(library: Library): void {
  library.local('virEventRegisterDefaultImpl')
  // Something must always be on the clock, or the loop would sleep through a new connection.
  const turn = (): void => void library.call<number>('virEventRunDefaultImpl').then(turn, turn)
  turn()
}

function lifecycleOf(koffi: typeof Koffi, functions: ReadonlyMap<string, Callable>): Library['watchLifecycle'] {
  const type = koffi.pointer(koffi.proto('int virLifecycle(void *conn, void *domain, int event, int detail, void *opaque)'))
  return async (connection, tell) => {
    const name = functions.get('virDomainGetName')!
    const registered = koffi.register((_connection: unknown, domain: Pointer, event: number, detail: number) => {
      tell(String(name(domain)), event, detail)
      return 0
    }, type)
    const answer = await new Promise<number>((resolve, reject) => functions.get('virConnectDomainEventRegisterAny')!.async(connection, null, 0, registered, null, null, (failure: Error | null, value: number) => (failure === null ? resolve(value) : reject(failure))))
    if (answer < 0) koffi.unregister(registered)
    return answer >= 0
  }
}
