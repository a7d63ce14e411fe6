import * as z from 'zod'
import { vmId } from '../model/ids.ts'
import type { Vm } from '../model/pool.ts'
import { choice, count, duration, flag, frequency, memory, name, rate, strict } from './fields.ts'
import { needsFields, needsOf } from './needsSchema.ts'

/** Typical of a busy server; small VMs change less, a sixteenth of their memory a second at most. */
const DIRTY_MIB_PER_S = 25
const SHARES_PER_VCPU = 1024

/** What a VM is, without its name. */
export const vmShape = {
  vcpus: count('Virtual CPUs.', 1, 1024),
  cpuMhz: frequency('What it can use at most (load ratio 1); vCPUs x the core speed of its host, or of the pool’s first one, without it.', 1).optional(),
  memoryMib: memory('Memory.', 1, 2 ** 26),
  dirtyMibPerS: rate('Memory changed per second at full CPU use; 25, at most a sixteenth of the memory, without it.', 0, 1e6).optional(),
  shares: count('Weight against other VMs when CPU is short; 1024 a vCPU without it.', 1, 2 ** 24).optional(),
  cpuReservationMhz: frequency('CPU that it always gets; none without it.').optional(),
  cpuLimitMhz: frequency('CPU that it never passes; none without it.', 1).nullable().optional(),
  movable: flag('Whether automation may migrate it; true without it.').optional(),
  class: name('Service class, for SLA figures; `standard` without it.').optional(),
  onMaintenance: choice(['migrate', 'shutdown', 'suspend', 'leave'], 'What maintenance does with it; the policy’s method without it.').nullable().optional(),
  automation: choice(['automatic', 'recommend', 'never'], 'Whether optional migrations are made by themselves, only when a person approves them, or never; `automatic` without it.').optional(),
  cooldownMs: duration('Its own rest after a migration; the policy’s without it.').optional(),
  restartPriority: count('Its turn when VMs of a failed host are restarted, 0 first; 1 without it.', 0, 9).optional(),
  needs: needsFields.optional(),
}
export const vmFields = strict(vmShape)
export type VmFields = z.output<typeof vmFields>

/** What is not given stays away, so that VMs without it are what they were. */
const automationOf = ({ automation, cooldownMs, restartPriority }: VmFields): Pick<Vm, 'automation' | 'cooldownMs' | 'restartPriority'> => ({
  ...(automation === undefined ? {} : { automation }), ...(cooldownMs === undefined ? {} : { cooldownMs }), ...(restartPriority === undefined ? {} : { restartPriority }),
})

/** A VM from its fields; `coreMhz` is the speed its vCPUs are counted with when `cpuMhz` is not given. */
export function vmOf(id: string, fields: VmFields, coreMhz: number): Vm {
  return {
    id: vmId(id), vcpus: fields.vcpus, cpuMhz: fields.cpuMhz ?? fields.vcpus * coreMhz, memoryMib: fields.memoryMib,
    dirtyMibPerS: fields.dirtyMibPerS ?? Math.min(DIRTY_MIB_PER_S, fields.memoryMib / 16), shares: fields.shares ?? fields.vcpus * SHARES_PER_VCPU, cpuReservationMhz: fields.cpuReservationMhz ?? 0, cpuLimitMhz: fields.cpuLimitMhz ?? null,
    movable: fields.movable ?? true, class: fields.class ?? 'standard', onMaintenance: fields.onMaintenance ?? null, ...automationOf(fields), ...needsOf(fields.needs),
  }
}
