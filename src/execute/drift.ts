import type { HostId, VmId } from '../model/ids.ts'
import type { Step } from '../model/plan.ts'
import { type PoolIndex, findHost, findVm, indexPool } from '../model/poolIndex.ts'
import { HOST_MODES, NOWHERE, POWER_STATES, type Pool, VM, VM_STATES } from '../model/pool.ts'

/** One difference between the pool that a plan was made on and the pool as it is. */
export interface Drift {
  readonly subject: HostId | VmId
  readonly message: string
  /** Whether it is about a VM or host of the plan's steps. */
  readonly matters: boolean
}

/** Everything that differs, in the order of hosts, then VMs; `steps` are those that are left to do. What a step that is done has changed is no difference: `moved` names its VMs, `switched` its hosts. */
export function driftOf(before: Pool, now: Pool, steps: readonly Step[], did: { readonly moved: ReadonlySet<VmId>; readonly switched: ReadonlySet<HostId> }): readonly Drift[] {
  const hosts = new Set(steps.flatMap((step) => ('host' in step ? [step.host] : [...('source' in step ? [step.source] : []), ...('target' in step ? [step.target] : [])])))
  const vms = new Set(steps.flatMap((step) => ('vm' in step ? [step.vm] : [])))
  const [then, later] = [indexPool(before), indexPool(now)]
  return [
    ...hostDrift(before, now, later, did.switched).map(([subject, message]) => ({ subject, message, matters: hosts.has(subject) })),
    ...vmDrift(before, now, then, later, did.moved).map(({ vm, at, message }) => ({ subject: vm, message, matters: vms.has(vm) || at.some((host) => hosts.has(host)) })),
  ]
}

function hostDrift(before: Pool, now: Pool, later: PoolIndex, switched: ReadonlySet<HostId>): [HostId, string][] {
  const found: [HostId, string][] = []
  before.hosts.forEach(({ id, capacity }, host) => {
    const at = findHost(later, id)
    if (at === NOWHERE) return void found.push([id, `${id} was in the pool, and is not seen now`])
    if (now.hostReachable[at] === 0 && before.hostReachable[host] === 1) found.push([id, `${id} answered, and does not now`])
    if (!switched.has(id) && now.hostPower[at] !== before.hostPower[host]) found.push([id, `${id} was ${POWER_STATES[before.hostPower[host]!]!}, and is ${POWER_STATES[now.hostPower[at]!]!}`])
    if (now.hostMode[at] !== before.hostMode[host]) found.push([id, `${id} was ${HOST_MODES[before.hostMode[host]!]!}, and is ${HOST_MODES[now.hostMode[at]!]!}`])
    const memoryMib = now.hosts[at]!.capacity.memoryMib
    if (memoryMib !== capacity.memoryMib) found.push([id, `${id} had ${capacity.memoryMib} MiB, and has ${memoryMib} MiB`])
  })
  const known = new Set(before.hosts.map(({ id }) => id))
  for (const { id } of now.hosts) if (!known.has(id)) found.push([id, `${id} is new in the pool`])
  return found
}

interface VmDrift {
  readonly vm: VmId
  /** Hosts that hold it, then or now. */
  readonly at: readonly HostId[]
  readonly message: string
}

function vmDrift(before: Pool, now: Pool, then: PoolIndex, later: PoolIndex, moved: ReadonlySet<VmId>): VmDrift[] {
  const found: VmDrift[] = []
  for (const [vm, was] of then.vms) {
    const is = findVm(later, vm)
    const [from, to] = [placeOf(before, was), is === NOWHERE ? null : placeOf(now, is)]
    const tell = (message: string): void => void found.push({ vm, at: [from, to].filter((host) => host !== null), message })
    if (is === NOWHERE) tell(`${vm} was in the pool, and is gone`)
    else {
      if (!moved.has(vm) && (before.vmState[was] !== now.vmState[is] || from !== to)) tell(`${vm} was ${stateText(before, was, from)}, and is ${stateText(now, is, to)}`)
      const [had, has] = [before.vms[was]!.memoryMib, now.vms[is]!.memoryMib]
      if (had !== has) tell(`${vm} had ${had} MiB, and has ${has} MiB`)
    }
  }
  for (const [vm, is] of later.vms) {
    const place = placeOf(now, is)
    if (!then.vms.has(vm)) found.push({ vm, at: place === null ? [] : [place], message: `${vm} is new, ${stateText(now, is, place)}` })
  }
  return found
}

/** A VM that is stopped is nowhere, whichever host has its definition. */
const placeOf = (pool: Pool, vm: number): HostId | null => (pool.vmHost[vm] === NOWHERE || pool.vmState[vm] === VM.stopped ? null : pool.hosts[pool.vmHost[vm]!]!.id)

const stateText = (pool: Pool, vm: number, host: HostId | null): string => `${VM_STATES[pool.vmState[vm]!]!}${host === null ? '' : ` on ${host}`}`
