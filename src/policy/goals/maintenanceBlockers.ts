import { misfit } from '../../model/compat.ts'
import { NOWHERE, VM, VM_STATES, memoryForVmsMib, type MaintenanceMethod, type Pool } from '../../model/pool.ts'
import { isServing } from '../../model/transition.ts'

/** Something that keeps a host from maintenance, and what to do about it. */
export interface Blocker {
  readonly code: string
  readonly text: string
  readonly fix: string
  /** Null: it is about the host. */
  readonly vm: string | null
}

/** What keeps a host from maintenance whatever the others hold: the host itself, what is being done with its VMs, and VMs that no other host can ever take. */
export function maintenanceBlockers(pool: Pool, host: number, methodOf: (vm: number) => MaintenanceMethod): Blocker[] {
  const { id } = pool.hosts[host]!
  const found: Blocker[] = []
  if (pool.hostReachable[host] === 0) found.push({ code: 'hostUnreachable', text: `${id} does not answer: nothing is known of its VMs`, fix: `bring its management agent back, or fence it`, vm: null })
  for (let vm = 0; vm < pool.vms.length; vm++) {
    if (pool.vmState[vm] === VM.gone || (pool.vmHost[vm] !== host && pool.vmTarget[vm] !== host)) continue
    const blocker = blockerOf(pool, vm, host, methodOf(vm))
    if (blocker !== null) found.push({ ...blocker, vm: pool.vms[vm]!.id })
  }
  return found
}

function blockerOf(pool: Pool, vm: number, host: number, method: MaintenanceMethod): Omit<Blocker, 'vm'> | null {
  const { id, movable } = pool.vms[vm]!
  const state = pool.vmState[vm]!
  if (pool.vmTarget[vm] !== NOWHERE || state === VM.starting || state === VM.stopping) return { code: 'vmBusy', text: `${id} is ${VM_STATES[state]!} now`, fix: 'wait until that has ended' }
  if (method !== 'migrate') return null
  const otherwise = 'shut it down or suspend it, or let it stay (onMaintenance)'
  if (state === VM.suspended) return { code: 'vmNotRunning', text: `${id} is suspended on ${pool.hosts[host]!.id} and can't be migrated`, fix: 'resume it, or let it stay (onMaintenance: leave)' }
  if (!movable) return { code: 'vmNotMovable', text: `${id} may not be migrated`, fix: otherwise }
  const others = pool.hosts.flatMap((_, other) => (other !== host && isServing(pool, other) ? [other] : []))
  if (others.length === 0) return { code: 'noOtherHost', text: `no other host serves that could take ${id}`, fix: 'wake one, or take one out of maintenance' }
  const misfits = others.map((other) => misfit(pool.vms[vm]!, pool.hosts[host]!, pool.hosts[other]!))
  const first = misfits.every((no) => no !== null) ? misfits[0]! : null
  return first === null ? null : { code: first.code, text: `no other host suits ${id}: ${first.message}`, fix: otherwise }
}

/** How many hosts may be away at once, at most `most`, so that the VMs of any `failures` further ones still find memory; at least 1. */
export function hostsAwayMax(pool: Pool, failures: number, most: number): number {
  const sizes = pool.hosts.flatMap((host, at) => (isServing(pool, at) ? [memoryForVmsMib(host)] : [])).sort((a, b) => b - a)
  const heldMib = pool.hosts.reduce((sum, _, at) => sum + pool.hostMemoryMib[at]!, 0)
  let away = Math.max(1, Math.min(most, sizes.length - 1))
  while (away > 1 && sizes.slice(away + failures).reduce((sum, mib) => sum + mib, 0) < heldMib) away--
  return away
}
