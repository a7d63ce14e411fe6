import { resolve } from 'node:path'
import { snapshotFrom } from '../config/snapshotFile.ts'
import { usedCpuOf } from '../config/snapshotPool.ts'
import { placeOneSpec } from '../config/placeSpec.ts'
import { credentialsOf } from '../drivers/libvirt/inventory.ts'
import { LibvirtProcess } from '../drivers/libvirt/process.ts'
import type { LibvirtHostDriver } from '../drivers/libvirt/hostDriver.ts'
import type { SeenHost, SeenVm } from '../execute/protocol/effects.ts'
import { type HostId, stepId, vmId } from '../model/ids.ts'
import type { LivePool } from '../model/livePool.ts'
import type { PolicySettings } from '../model/policy.ts'
import { reason } from '../model/result.ts'
import { repair } from '../optimize/search/repair.ts'
import { type Placement, answerPlacement } from '../policy/place/answer.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { forgetProvisioned, readProvisioned, writeProvisioned } from '../store/provisioned.ts'
import type { ExitCode } from './exitCode.ts'
import { type Hands, holdPool } from './holdPool.ts'
import { type LiveOptions, livePoolFrom, policyOfPool } from './livePool.ts'
import { type NewVm, readNewVm } from './newVm.ts'
import { watch } from './observe.ts'
import { bad } from './options.ts'
import { viewWith } from './place.ts'
import { placementText } from './placeText.ts'
import { type Signals, beginSignals } from './signals.ts'
import type { Terminal } from './terminal.ts'

export interface ProvisionOptions extends LiveOptions {
  readonly vm?: string
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/** Hosts tried one after the other when a start is refused. */
const HOSTS_MAX = 3
const SEE_MS = 5_000
const CALL_MS = 30_000

/**
 * `provision --vm FILE --config FILE`: places a new VM as `place` does, defines it on the best host and starts it there.
 * Exits 0 when it runs, 1 when it finds no place, was not wanted or did not start, 2 for bad input, 3 where hosts can't be
 * reached or somebody else holds the pool. Run again after a crash it goes on; a VM is never made twice.
 */
export async function provisionCommand(options: ProvisionOptions, terminal: Terminal): Promise<ExitCode> {
  if (options.vm === undefined) throw bad('--vm', 'is missing: name the file of the VM (docs/formats/vm.md)')
  const { pool, file } = livePoolFrom(options, terminal)
  const vm = readNewVm(resolve(terminal.workingDirectory, options.vm))
  if (!pool.hosts.some(({ driver }) => driver === vm.driver)) throw bad('--vm', `is a VM for ${vm.driver} hosts, and ${pool.name} has none`)
  if (options.dryRun !== true && options.yes !== true && (options.json === true || terminal.ask === undefined)) throw bad('--yes', 'is missing: nobody can be asked here, so say --yes to begin, or --dry-run to look only')
  const policy = policyOfPool(pool, file, Date.now())
  if (options.dryRun === true) return dryRun(vm, pool, policy, options, terminal)
  const signals = beginSignals()
  try {
    const held = await holdPool({ pool, policy, command: 'provision', say: (text) => terminal.err(`${text}\n`) })
    try {
      return await provisionOn({ vm, pool, policy }, held, { define: held.driver, see: () => seenNow(pool, held.process), signals, options, terminal })
    } finally {
      await held.close()
    }
  } finally {
    signals.end()
  }
}

export interface ProvisionOrder {
  readonly vm: NewVm
  readonly pool: Pick<LivePool, 'name' | 'stateFolder' | 'hosts'>
  readonly policy: PolicySettings
}

export interface ProvisionSession {
  readonly define: Pick<LibvirtHostDriver, 'define' | 'undefine' | 'look'>
  /** The pool with what its VMs use. */
  see(): Promise<Snapshot>
  readonly signals: Signals
  readonly options: ProvisionOptions
  readonly terminal: Terminal
}

async function seenNow(pool: LivePool, process: LibvirtProcess): Promise<Snapshot> {
  const { observed } = await watch(pool, process, SEE_MS, 1, null)
  return snapshotFrom(observed.fields, { placeOf: () => pool.name })
}

/** Where it would go, by the filters and scorers of the policy's placement. */
function placed(vm: NewVm, pool: ProvisionOrder['pool'], policy: PolicySettings, snapshot: Snapshot): { readonly placement: Placement; readonly text: string } {
  const used = usedCpuOf(snapshot)
  const { cpuMhz, apart, together, runOn, keepOff } = vm.fields
  const { vcpus, memoryMib, needs } = vm.definition
  const others = pool.hosts.filter(({ driver }) => driver !== vm.driver).map(({ id }) => id)
  const fields = { name: vm.name, vcpus, memoryMib: Math.ceil(memoryMib), cpuMhz, apart, together, runOn, keepOff: others.length === 0 ? keepOff : [...(keepOff ?? []), ...others.filter((id) => snapshot.hosts.some(({ host }) => host.id === id))] }
  const wanted = placeOneSpec(fields, needs, vm.document, snapshot, used.assumedRatio)
  const { view, vms } = viewWith({ snapshot, used }, wanted, policy.placement)
  const placements = answerPlacement(view, vms, repair, { nodesMax: 1, seed: 1, movesMax: null, shouldStop: () => false })
  return { placement: placements[0]!, text: placementText(view, vms, placements, ['Loads are what the VMs used in the last seconds.']) }
}

async function dryRun(vm: NewVm, pool: LivePool, policy: PolicySettings, options: ProvisionOptions, terminal: Terminal): Promise<ExitCode> {
  const process = new LibvirtProcess(credentialsOf(pool))
  try {
    const { placement, text } = placed(vm, pool, policy, await seenNow(pool, process))
    if (options.json) terminal.out(`${JSON.stringify({ pool: pool.name, vm: vm.name, dryRun: true, host: placement.host, placement, definition: vm.xml })}\n`)
    else terminal.out(`${text}Nothing was done (--dry-run).\n`)
    return placement.host === null ? 1 : 0
  } finally {
    process.close()
  }
}

interface Tried {
  readonly host: HostId
  readonly outcome: string
  readonly code: string
  readonly message: string
}

interface Answer {
  readonly host: HostId | null
  readonly running: boolean
  readonly tried: readonly Tried[]
  readonly message: string
}

/** Everything between taking the pool and giving it back. */
export async function provisionOn(order: ProvisionOrder, held: Hands, session: ProvisionSession): Promise<ExitCode> {
  const { options, terminal, signals } = session
  await held.settle(() => signals.came() !== null)
  const answer = signals.came() === null ? await made(order, held, session) : left(order)
  // What is told is in the journal by then.
  await held.rest(() => signals.came() === 'SIGTERM')
  if (options.json) terminal.out(`${JSON.stringify({ pool: order.pool.name, vm: order.vm.name, ...answer })}\n`)
  else if (answer.running) terminal.out(`${answer.message}\n`)
  else terminal.err(`${answer.message}\n`)
  const came = signals.came()
  return answer.running ? 0 : came === null ? 1 : came === 'SIGINT' ? 130 : 143
}

const left = ({ vm }: ProvisionOrder): Answer => ({ host: null, running: false, tried: [], message: `${vm.name} was not made.` })

async function made(order: ProvisionOrder, held: Hands, session: ProvisionSession): Promise<Answer> {
  const { vm, pool, policy } = order
  const seen = await session.define.look(pool.hosts.map(({ id }) => id))
  const blind = seen.find(({ reachable, power }) => !reachable && power !== 'off')
  if (blind !== undefined) return { ...left(order), message: `${blind.host} does not answer, and a VM called ${vm.name} may be there: nothing was done` }
  const known = seen.flatMap((host) => host.vms.filter((other) => other.vm === vmId(vm.name)).map((found) => ({ host, found })))
  const before = readProvisioned(pool.stateFolder, vm.name)
  if (known.length > 0) return before === null || before.definitionHash !== vm.hash ? taken(order, known) : goOn(order, held, session, known)
  const { placement, text } = placed(vm, pool, policy, await session.see())
  if (session.options.json !== true) session.terminal.out(text)
  if (placement.host === null) return { ...left(order), message: `${vm.name} was not made: no host can take it` }
  if (!(await isWanted(vm.name, placement.host, session))) return left(order)
  return startSomewhere(order, held, session, placement.ranked.map(({ host }) => host))
}

function taken({ vm }: ProvisionOrder, known: readonly Found[]): Answer {
  return { host: null, running: false, tried: [], message: `a VM called ${vm.name} is on ${known.map(({ host, found }) => `${host.host} (${found.state})`).join(' and ')} already, and was not made from this definition: pick another name` }
}

interface Found {
  readonly host: SeenHost
  readonly found: SeenVm
}

/** An earlier process was cut after it had defined it, or it runs already. */
async function goOn(order: ProvisionOrder, held: Hands, session: ProvisionSession, known: readonly Found[]): Promise<Answer> {
  const running = known.find(({ found }) => found.state !== 'shutOff')
  if (running !== undefined) return { host: running.host.host, running: true, tried: [], message: `${order.vm.name} is on ${running.host.host} already (${running.found.state}): nothing was done` }
  const home = known[0]!.host.host
  if (!(await isWanted(order.vm.name, home, session))) return left(order)
  return startSomewhere(order, held, session, [home])
}

async function isWanted(name: string, host: HostId, { options, terminal, signals }: ProvisionSession): Promise<boolean> {
  if (options.yes === true) return true
  const answer = await Promise.race([terminal.ask!(`Define and start ${name} on ${host}? Type yes: `), signals.first.then(() => '')])
  return answer.trim().toLowerCase() === 'yes'
}

/** On the first host that takes it. A start that is refused leaves nothing behind on that host. */
async function startSomewhere(order: ProvisionOrder, held: Hands, session: ProvisionSession, hosts: readonly HostId[]): Promise<Answer> {
  const { vm } = order
  const tried: Tried[] = []
  for (const host of hosts.slice(0, HOSTS_MAX)) {
    if (session.signals.came() !== null) break
    const end = await startOn(order, held, session, host, tried.length)
    tried.push({ host, ...end })
    if (end.outcome === 'done') return { host, running: true, tried, message: `${vm.name} runs on ${host}` }
    if (!(await takenAway(order, session, host))) return { host, running: false, tried, message: `${vm.name} did not start on ${host} (${end.message}), and is not known to be stopped: look at it, then run the same command again` }
  }
  return { host: null, running: false, tried, message: `${vm.name} was not made: ${tried.map(({ host, message }) => `${host}: ${message}`).join('; ')}` }
}

async function startOn({ vm, pool }: ProvisionOrder, held: Hands, session: ProvisionSession, host: HostId, number: number): Promise<Omit<Tried, 'host'>> {
  writeProvisioned(pool.stateFolder, { vm: vm.name, host, definitionHash: vm.hash, atUnixMs: held.time.unixMs() })
  const [seen] = await session.define.look([host])
  if (!seen!.vms.some((other) => other.vm === vmId(vm.name))) {
    const defined = await session.define.define(host, vm.xml, held.time.unixMs() + CALL_MS)
    if (!defined.ok) return { outcome: 'failed', code: 'notDefined', message: defined.failure?.text ?? 'it was not defined' }
  }
  if (session.options.quiet !== true) session.terminal.err(`${vm.name} is defined on ${host} and is started\n`)
  const step = { id: stepId(`provision-${vm.name}-${number}`), kind: 'startVm' as const, vm: vmId(vm.name), target: host, after: [], estimateMs: 0, reason: reason('provision', 'a person asked for this VM') }
  const { outcome, code, message } = await held.perform(step, Math.ceil(vm.definition.memoryMib))
  return { outcome, code, message }
}

/** Whether the host has no VM of that name any more. One that runs, or whose host is silent, is left as it is. */
async function takenAway({ vm, pool }: ProvisionOrder, { define }: ProvisionSession, host: HostId): Promise<boolean> {
  const [seen] = await define.look([host])
  if (seen === undefined || !seen.reachable) return false
  const found = seen.vms.find((other) => other.vm === vmId(vm.name))
  if (found !== undefined && found.state !== 'shutOff') return false
  if (found !== undefined && !(await define.undefine(host, found.uuid, Date.now() + CALL_MS)).ok) return false
  forgetProvisioned(pool.stateFolder, vm.name)
  return true
}
