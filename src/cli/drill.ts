import type { StepEnd } from '../drivers/live/applyPlan.ts'
import { hostTrouble } from '../execute/protocol/ledger.ts'
import { PROTOCOL_TIMES } from '../execute/protocol/state.ts'
import { type HostId, stepId } from '../model/ids.ts'
import type { LiveHost, LivePool } from '../model/livePool.ts'
import { DRILL, type Step } from '../model/plan.ts'
import { type Pool, POWER, VM } from '../model/pool.ts'
import { reason } from '../model/result.ts'
import { duration, listNames } from '../model/text.ts'
import type { ExitCode } from './exitCode.ts'
import { type Hands, holdPool } from './holdPool.ts'
import { type LiveOptions, hostsNamed, livePoolFrom, policyOfPool } from './livePool.ts'
import { bad } from './options.ts'
import { type Signals, beginSignals } from './signals.ts'
import type { Terminal } from './terminal.ts'

export interface DrillOptions extends LiveOptions {
  readonly yes?: boolean
}

/** What a drill found. Times are null for what was not done; `wakeProvenUnixMs` is the proof that stands afterwards. */
export interface DrillResult {
  readonly pool: string
  readonly host: HostId
  readonly proven: boolean
  readonly offMs: number | null
  readonly wakeMs: number | null
  readonly wakeProvenUnixMs: number | null
  readonly code: string
  readonly message: string
}

const LEFT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * `power drill HOST`: powers an empty host off through its guard and wakes it through its management controller, so that
 * automation may power it off from then on; a host that is off is only woken. Exits 0 when it came back, 1 when it did
 * not or may not be drilled, 2 for bad input, 3 where hosts can't be reached or somebody else holds the pool.
 */
export async function powerDrillCommand(name: string, options: DrillOptions, terminal: Terminal): Promise<ExitCode> {
  const { pool, file } = livePoolFrom(options, terminal)
  const host = hostsNamed(pool, [name])[0]!
  refuseUnmanaged(host)
  if (options.yes !== true && (options.json === true || terminal.ask === undefined)) throw bad('--yes', 'is missing: nobody can be asked here, so say --yes to begin')
  const signals = beginSignals()
  try {
    const held = await holdPool({ pool, policy: policyOfPool(pool, file, Date.now()), command: 'drill', say: (text) => terminal.err(`${text}\n`) })
    try {
      return await drillOn(pool, host.id, held, { options, terminal, signals })
    } finally {
      await held.close()
    }
  } finally {
    signals.end()
  }
}

function refuseUnmanaged({ id, bmc, guard, powerManaged }: LiveHost): void {
  const missing = [...(powerManaged ? [] : ['powerManaged: true']), ...(bmc === null || bmc.kind === 'dry' ? ['a bmc that can wake it'] : []), ...(guard === null ? ['a guard'] : [])]
  if (missing.length > 0) throw bad('host', `${id} can't be drilled: the pool's file lacks ${listNames(missing)} for it (docs/formats/pool.md)`)
}

export interface DrillSession {
  readonly options: DrillOptions
  readonly terminal: Terminal
  readonly signals: Signals
}

/** Everything between taking the pool and giving it back. */
export async function drillOn({ name }: Pick<LivePool, 'name'>, host: HostId, held: Hands, session: DrillSession): Promise<ExitCode> {
  const { options, terminal, signals } = session
  await held.settle(() => signals.came() !== null)
  const seen = signals.came() === null ? await held.look([]) : null
  const ask = seen === null ? 'stopped' : wayOf(seen, host)
  const result = ask === 'stopped' || (ask !== 'offAndOn' && ask !== 'on') || !(await isWanted(host, ask, session)) ? notBegun(ask, host) : await drill(host, ask, held, session)
  const { wakeProvenMs } = hostTrouble(held.executor.state.current, host)
  const told: DrillResult = { pool: name, host, wakeProvenUnixMs: wakeProvenMs, ...result }
  if (options.json) terminal.out(`${JSON.stringify(told)}\n`)
  else if (told.proven) terminal.out(provenText(told))
  else terminal.err(`${told.message}\n`)
  const came = signals.came()
  return told.proven ? 0 : came === null ? 1 : LEFT_CODES[came]
}

type Way = 'offAndOn' | 'on'
type Found = Omit<DrillResult, 'pool' | 'host' | 'wakeProvenUnixMs'>

/** What there is to do on the host as it is now, or why it can't be done. */
function wayOf(seen: Pool, host: HostId): Way | { readonly why: string } {
  const slot = seen.hosts.findIndex(({ id }) => id === host)
  if (slot < 0) return { why: `${host} is not seen` }
  if (seen.hostPower[slot] === POWER.off) return 'on'
  const here = seen.vms.flatMap(({ id }, vm) => (seen.vmHost[vm] === slot && seen.vmState[vm] !== VM.stopped ? [id] : []))
  if (here.length > 0) return { why: `${host} holds ${listNames(here)}: move ${here.length === 1 ? 'it' : 'them'} first (plimsoll maintenance enter ${host} with a loop, or plimsoll plan and apply)` }
  return seen.hostReachable[slot] === 1 ? 'offAndOn' : { why: `${host} does not answer: look at it first` }
}

const notBegun = (why: Way | 'stopped' | { readonly why: string }, host: HostId): Found => ({ proven: false, offMs: null, wakeMs: null, code: typeof why === 'object' ? 'notReady' : 'stopped', message: typeof why === 'object' ? why.why : `${host} was left as it is.` })

async function isWanted(host: HostId, way: Way, { options, terminal, signals }: DrillSession): Promise<boolean> {
  if (options.yes === true) return true
  const answer = await Promise.race([terminal.ask!(`${way === 'on' ? `${host} is off: wake it?` : `${host} is empty: power it off, and wake it again?`} Type yes: `), signals.first.then(() => '')])
  return answer.trim().toLowerCase() === 'yes'
}

/** A host that was powered off is woken whatever comes meanwhile; only a second Ctrl-C or a polite kill leaves it off. */
async function drill(host: HostId, way: Way, held: Hands, { terminal, options, signals }: DrillSession): Promise<Found> {
  const say = (text: string): void => (options.quiet === true ? undefined : terminal.err(`${text}\n`))
  const left = new Promise<null>((resolve) => signals.listen({ stop: () => undefined, leave: () => resolve(null) }, { say: () => say(`${host} is woken first; Ctrl-C again leaves it as it is`) }))
  const off = way === 'on' ? null : await timed(held, left, switching('powerOff', host), () => say(`${host}: cordoned, looked at twice, then powered off by its guard`))
  if (off !== null && off.end?.outcome !== 'done') return failed(host, 'powerOff', off.end, null)
  const on = await timed(held, left, switching('powerOn', host), () => say(`${host} is off${off === null ? '' : ` after ${duration(off.tookMs)}`}; it is woken, which may take ${duration(PROTOCOL_TIMES.bootMaxMs)}`))
  if (on.end?.outcome !== 'done') return failed(host, 'powerOn', on.end, off?.tookMs ?? null)
  await held.rest(() => signals.came() === 'SIGTERM')
  return { proven: true, offMs: off?.tookMs ?? null, wakeMs: on.tookMs, code: 'proven', message: `${host} came back` }
}

/** People ask for a drill, so its reason allows what automation may not: powering a host off that was not yet proven to wake. */
const switching = (kind: 'powerOff' | 'powerOn', host: HostId): Step => ({ id: stepId(`drill-${kind}-${host}`), kind, host, after: [], estimateMs: 0, reason: reason(DRILL, 'a person asked for a wake drill') })

interface Timed {
  /** Null: it was left to the hosts. */
  readonly end: StepEnd | null
  readonly tookMs: number
}

async function timed(held: Hands, left: Promise<null>, step: Step, announce: () => void): Promise<Timed> {
  announce()
  const beganMs = held.time.steadyMs()
  const end = await Promise.race([held.perform(step, null), left])
  return { end, tookMs: held.time.steadyMs() - beganMs }
}

function failed(host: HostId, kind: 'powerOff' | 'powerOn', end: StepEnd | null, offMs: number | null): Found {
  const again = `plimsoll power drill ${host}`
  if (end === null) return { proven: false, offMs, wakeMs: null, code: 'left', message: `${host} was left in the middle of it: ${again} goes on from there` }
  const what = kind === 'powerOff' ? `${host} was not powered off: ${end.message}` : `${host} did not come back: ${end.message}. Automation will not power it off. When that is mended: plimsoll loop clear host ${host}, then ${again}`
  return { proven: false, offMs, wakeMs: null, code: end.code, message: what }
}

function provenText({ host, offMs, wakeMs, wakeProvenUnixMs }: DrillResult): string {
  const until = wakeProvenUnixMs === null ? '' : `; automation may power it off until ${new Date(wakeProvenUnixMs + PROTOCOL_TIMES.wakeProofMs).toISOString().slice(0, 10)}, and each wake after that counts anew`
  return `${host}: ${offMs === null ? '' : `off in ${duration(offMs)}, `}up again in ${duration(wakeMs!)}${until}\n`
}
