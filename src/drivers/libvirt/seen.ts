import type { SeenVm, SeenVmState } from '../../execute/protocol/effects.ts'
import { NAME_PATTERN, vmId, type VmId } from '../../model/ids.ts'
import type { LibvirtDriver } from './address.ts'
import type { LookedHost, SeenDomain } from './messages.ts'

/** virDomainState. */
const STATE = { paused: 3, shutOff: 5, crashed: 6, suspendedToMemory: 7 } as const
const PAUSED_FOR_MIGRATION = 2
const DOMAIN_0 = '00000000-0000-0000-0000-000000000000'
const KIB_PER_MIB = 1024

/** Xen lists its own control domain among the guests: it is the host's overhead. */
export const isControlDomain = ({ uuid, name }: { readonly uuid: string; readonly name: string }): boolean => uuid === DOMAIN_0 || name === 'Domain-0'

/** The VM's id: the domain's name; where that can't be one, its letters with a piece of the UUID, so that two never become one. */
export function vmIdOf({ name, uuid }: { readonly name: string; readonly uuid: string }): VmId {
  if (NAME_PATTERN.test(name)) return vmId(name)
  return vmId(`${name.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^-/, '_').slice(0, 50)}.${uuid.slice(0, 8)}`)
}

/**
 * What a domain's state means. On KVM the copy that a migration fills says "paused (migrating)", on Xen "shut off", but
 * without a definition. On Xen a refused migration leaves "paused (migrating)" on a guest that goes on running: only its
 * CPU time tells, and where that does not grow, nobody can say.
 */
export function seenStateOf(driver: LibvirtDriver, domain: SeenDomain): SeenVmState {
  if (domain.id === null) {
    if (domain.hasManagedSave) return 'saved'
    if (!domain.isPersistent) return 'incoming'
    return domain.state === STATE.crashed ? 'crashed' : 'shutOff'
  }
  if (domain.state === STATE.crashed) return 'crashed'
  if (domain.state === STATE.suspendedToMemory) return 'paused'
  if (domain.state !== STATE.paused) return 'running'
  return domain.reason === PAUSED_FOR_MIGRATION ? pausedForMigration(driver, domain) : 'paused'
}

function pausedForMigration(driver: LibvirtDriver, domain: SeenDomain): SeenVmState {
  // The last moments on the source: the guest is stopped while the rest is sent.
  if ((domain.jobType ?? 0) > 0) return 'running'
  if (driver !== 'xen') return 'incoming'
  return domain.cpuTimeLaterNs !== null && domain.cpuTimeLaterNs > domain.cpuTimeNs ? 'running' : 'unsure'
}

export function seenVmOf(driver: LibvirtDriver, domain: SeenDomain): SeenVm {
  const state = seenStateOf(driver, domain)
  // An inactive domain has no job; what arrives has one, whatever the host tells of it.
  const hasJob = state === 'incoming' || (domain.id !== null && domain.jobType !== 0)
  return { vm: vmIdOf(domain), uuid: domain.uuid, state, hasJob, memoryMib: domain.memoryMaxKib / KIB_PER_MIB }
}

export function seenVmsOf(driver: LibvirtDriver, { domains }: LookedHost): readonly SeenVm[] {
  return domains.filter((domain) => !isControlDomain(domain)).map((domain) => seenVmOf(driver, domain)).sort((a, b) => (a.vm < b.vm ? -1 : 1))
}

/** Memory that VMs may hold together: the host's, less what its control domain holds. */
export function memoryForVmsMibOf({ domains, memoryKib }: LookedHost): number {
  const control = domains.find(isControlDomain)
  return (memoryKib - (control?.memoryKib ?? 0)) / KIB_PER_MIB
}
