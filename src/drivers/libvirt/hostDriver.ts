import type { Action, Effect, HostDriver, Reply, SeenHost } from '../../execute/protocol/effects.ts'
import type { HostId, StepId, VmId } from '../../model/ids.ts'
import type { Step } from '../../model/plan.ts'
import { type Result, done, refuse } from '../../model/result.ts'
import { begun, notDone, replyOf } from './reply.ts'
import type { MigrationProgress } from './messages.ts'
import { MIGRATION_DEFAULTS, type MigrationSettings } from './migrationOptions.ts'
import { migrate } from './migrate.ts'
import { EFFECT_MS, LOOK_MS, type ManagedHost, type MigrationRecord, type Reach, vmAt } from './reach.ts'
import type { LibvirtProcess } from './process.ts'
import { memoryForVmsMibOf, seenVmsOf } from './seen.ts'
import { startVm } from './startVm.ts'

export interface LibvirtDriverOptions {
  readonly hosts: readonly ManagedHost[]
  readonly process: LibvirtProcess
  readonly migration?: Partial<MigrationSettings>
  readonly onMigration?: (record: MigrationRecord) => void
  readonly onProgress?: (vm: VmId, progress: MigrationProgress) => void
}

const POWER_LOOK_MS = 8000

/** Hosts behind libvirt, KVM and Xen alike. */
export interface LibvirtHostDriver extends HostDriver {
  /** Makes a new VM known on a host; it is started by a step. `xml` is libvirt's definition. */
  define(host: HostId, xml: string, deadlineUnixMs: number): Promise<Reply>
  /** Takes the definition of a VM that does not run away again; its disks stay. */
  undefine(host: HostId, uuid: string, deadlineUnixMs: number): Promise<Reply>
}

export function libvirtHostDriver(options: LibvirtDriverOptions): LibvirtHostDriver {
  const hosts = new Map(options.hosts.map((host) => [host.id, host]))
  const ignore = (): void => undefined
  const reach: Reach = {
    hosts, process: options.process, migration: { ...MIGRATION_DEFAULTS, ...options.migration }, onMigration: options.onMigration ?? ignore, onProgress: options.onProgress ?? ignore,
    lookAt: (host) => lookAt(reach, host),
  }
  const performed = new Set<string>()
  const onHost = async (what: string, host: HostId, call: (address: ManagedHost['address']) => Promise<Parameters<typeof replyOf>[1]>): Promise<Reply> => {
    const managed = hosts.get(host)
    return managed === undefined ? notDone(what, 'operator', `${host} is not in the inventory`) : replyOf(what, await call(managed.address))
  }
  return {
    perform: async (effect) => {
      // The same command twice is one command.
      if (performed.has(effect.id)) return notDone(effect.id, 'sameLater', `${effect.id} was performed before: nothing was done`)
      performed.add(effect.id)
      try {
        return await perform(reach, effect)
      } catch (error) {
        return begun(effect.id, `the driver failed: ${error instanceof Error ? error.message : String(error)}`)
      }
    },
    look: (wanted) => Promise.all(wanted.map((host) => lookAt(reach, host))),
    able: (action) => able(reach, action),
    define: (host, xml, deadlineUnixMs) => onHost('define', host, (address) => options.process.call(address, 'define', { xml, notAfterUnixMs: deadlineUnixMs }, { timeoutMs: EFFECT_MS })),
    undefine: (host, uuid, deadlineUnixMs) => onHost('undefine', host, (address) => options.process.call(address, 'undefine', { uuid, notAfterUnixMs: deadlineUnixMs }, { timeoutMs: EFFECT_MS })),
    close: () => {
      options.process.close()
      return Promise.resolve()
    },
  }
}

async function lookAt({ hosts, process }: Reach, id: HostId): Promise<SeenHost> {
  const host = hosts.get(id)
  const seenUnixMs = Date.now()
  const nothing: SeenHost = { host: id, seenUnixMs, reachable: false, power: null, cordoned: false, vms: [], incoming: 0, outgoing: 0 }
  if (host === undefined) return nothing
  const [looked, power, cordoned] = await Promise.all([process.call(host.address, 'look', null, { timeoutMs: LOOK_MS }), powerOfHost(host), cordonOf(host)])
  if (!looked.ok) return { ...nothing, power }
  const vms = seenVmsOf(host.address.driver, looked.value)
  return {
    // When it began: what changes during the look may not be in it.
    ...nothing, reachable: true, power, cordoned, vms, memoryForVmsMib: memoryForVmsMibOf(looked.value),
    incoming: vms.filter(({ state }) => state === 'incoming').length, outgoing: vms.filter(({ state, hasJob }) => state !== 'incoming' && hasJob).length,
  }
}

async function powerOfHost({ power }: ManagedHost): Promise<'on' | 'off' | null> {
  const seen = power === null ? null : await power.status(Date.now() + POWER_LOOK_MS)
  return seen?.power === 'on' || seen?.power === 'off' ? seen.power : null
}

async function cordonOf({ guard }: ManagedHost): Promise<boolean> {
  const status = guard === null ? null : await guard.status(Date.now() + POWER_LOOK_MS)
  return status !== null && status.ok && status.value.cordoned
}

async function perform(reach: Reach, effect: Effect): Promise<Reply> {
  const { id, deadlineUnixMs, action } = effect
  const can = able(reach, action)
  if (!can.ok) return notDone(id, 'operator', can.refusal.message)
  if (Date.now() > deadlineUnixMs) return notDone(id, 'sameLater', `it is later than ${deadlineUnixMs}: nothing was done`)
  switch (action.kind) {
    case 'step':
      return performStep(reach, effect, action.step)
    case 'cordon':
      return guarded(id, await reach.hosts.get(action.host)!.guard!.cordon(id, action.cordoned, deadlineUnixMs))
    case 'abort':
      return abort(reach, effect, action.vm, action.host, action.step)
  }
}

const guarded = (id: string, result: Result<void>): Reply =>
  result.ok ? { id, ok: true, failure: null } : result.refusal.code === 'unknown' ? begun(id, result.refusal.message) : notDone(id, 'sameLater', result.refusal.message)

function performStep(reach: Reach, effect: Effect, step: Step): Promise<Reply> {
  switch (step.kind) {
    case 'migrate':
      return migrate(reach, effect, step)
    case 'startVm':
      return startVm(reach, effect, step)
    case 'resumeVm':
      return resume(reach, effect, step.vm, step.target)
    case 'shutdownVm':
      return onVm(reach, effect, step.vm, step.source, 'shutdown')
    case 'suspendVm':
      return onVm(reach, effect, step.vm, step.source, 'save')
    case 'powerOn':
      return powerOn(reach, effect, step.host)
    case 'powerOff':
      return reach.hosts.get(step.host)!.guard!.powerOff(effect.id, effect.deadlineUnixMs).then((result) => guarded(effect.id, result))
  }
}

async function onVm(reach: Reach, { id, deadlineUnixMs }: Effect, vm: VmId, host: HostId, call: 'shutdown' | 'save'): Promise<Reply> {
  const there = await vmAt(reach, id, vm, host)
  if ('id' in there) return there
  // A state that may be false is no ground to stop anything.
  if (there.vm.state !== 'running' && !(call === 'save' && there.vm.state === 'paused')) return notDone(id, 'sameLater', `${vm} is ${there.vm.state} on ${host}: nothing was done`)
  return replyOf(id, await reach.process.call(reach.hosts.get(host)!.address, call, { uuid: there.vm.uuid, notAfterUnixMs: deadlineUnixMs }, { timeoutMs: SAVE_MS }))
}

/** Writing a large VM's memory to disk takes long. */
const SAVE_MS = 30 * 60_000

async function resume(reach: Reach, { id, deadlineUnixMs }: Effect, vm: VmId, host: HostId): Promise<Reply> {
  const there = await vmAt(reach, id, vm, host)
  if ('id' in there) return there
  const call = there.vm.state === 'paused' ? 'resume' : there.vm.state === 'saved' ? 'start' : null
  if (call === null) return notDone(id, 'sameLater', `${vm} is ${there.vm.state} on ${host}: only what is paused or saved is resumed`)
  return replyOf(id, await reach.process.call(reach.hosts.get(host)!.address, call, { uuid: there.vm.uuid, notAfterUnixMs: deadlineUnixMs }, { timeoutMs: SAVE_MS }))
}

async function powerOn({ hosts }: Reach, { id, deadlineUnixMs }: Effect, host: HostId): Promise<Reply> {
  const reply = await hosts.get(host)!.power!.powerOn(deadlineUnixMs)
  return reply.ok ? { id, ok: true, failure: null } : notDone(id, 'sameLater', reply.failure ?? `${host} was not switched on`)
}

const ABORT_MS = 30_000

async function abort(reach: Reach, { id }: Effect, vm: VmId, host: HostId, step: StepId): Promise<Reply> {
  const there = await vmAt(reach, id, vm, host)
  if ('id' in there) return there
  if (!there.vm.hasJob) return { id, ok: true, failure: null }
  const answer = await reach.process.call(reach.hosts.get(host)!.address, 'abort', { uuid: there.vm.uuid, pollMs: 200, limitMs: ABORT_MS }, { timeoutMs: ABORT_MS + EFFECT_MS })
  if (answer.ok && !answer.value.ended) return begun(id, `the job of ${vm} (${step}) was told to end and goes on`)
  return replyOf(id, answer)
}

/** What can't be done here at all, whatever the state of the pool. */
function able({ hosts }: Reach, action: Action): Result<void> {
  const unknown = hostsIn(action).find((host) => !hosts.has(host))
  if (unknown !== undefined) return refuse('unknownHost', `${unknown} is not in the inventory`)
  const of = (host: HostId): ManagedHost => hosts.get(host)!
  if (action.kind === 'cordon') return of(action.host).guard === null ? refuse('noGuard', `${action.host} has no guard that could cordon it: install plimsoll-guard there`) : done(undefined)
  if (action.kind === 'abort') return of(action.host).address.driver === 'qemu' ? done(undefined) : refuse('cannotAbort', `a migration from ${action.host} can't be aborted: its driver has no such call. Wait for its end`)
  const { step } = action
  switch (step.kind) {
    case 'migrate':
      return ableToMigrate(of(step.source), of(step.target))
    case 'powerOn':
      return of(step.host).power === null || of(step.host).power?.kind === 'dry' ? refuse('noPowerControl', `nothing can switch ${step.host} on: give its management controller in the inventory`) : done(undefined)
    case 'powerOff':
      return of(step.host).guard === null ? refuse('noGuard', `${step.host} has no guard that looks whether it is empty: install plimsoll-guard there`) : done(undefined)
    case 'startVm':
    case 'resumeVm':
    case 'shutdownVm':
    case 'suspendVm':
      return done(undefined)
  }
}

function ableToMigrate(source: ManagedHost, target: ManagedHost): Result<void> {
  if (source.id === target.id) return refuse('sameHost', `${source.id} is both ends of the migration`)
  const [from, to] = [source.address.driver, target.address.driver]
  if (from === 'test') return refuse('cannotMigrate', `${source.id} is libvirt's test driver, which can't migrate`)
  return from === to ? done(undefined) : refuse('otherHypervisor', `${source.id} is ${from}, ${target.id} is ${to}: a running VM can't move between them`)
}

function hostsIn(action: Action): readonly HostId[] {
  if (action.kind !== 'step') return [action.host]
  const { step } = action
  return 'host' in step ? [step.host] : [...('source' in step ? [step.source] : []), ...('target' in step ? [step.target] : [])]
}
