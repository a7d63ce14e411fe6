import { memoryForVmsMib, type Host, type Vm } from '../model/pool.ts'
import type { Problems } from './problems.ts'
import type { FieldPath } from './sourceDocument.ts'

/** Hardware threads of a core that has them. */
const THREADS_PER_CORE = 2

/** Reports VMs that occur twice and VMs that no host could ever hold. `path` is the list's, VM i at `path[i]`. */
export function vmFaults(vms: readonly Vm[], hosts: readonly Host[], path: FieldPath, problems: Problems): void {
  const seen = new Set<string>()
  const { memoryMib, threads } = largestOf(hosts)
  for (const [index, vm] of vms.entries()) {
    if (seen.has(vm.id)) problems.add([...path, index, 'id'], `is ${vm.id}, as that of another VM: ids must differ`)
    seen.add(vm.id)
    const fault = sizeFault(vm, memoryMib, threads)
    if (fault !== null) problems.add([...path, index, fault.key], fault.message)
    if (vm.cpuLimitMhz !== null && vm.cpuReservationMhz > vm.cpuLimitMhz) problems.add([...path, index, 'cpuReservationMhz'], `is ${vm.cpuReservationMhz} MHz, above cpuLimitMhz, which is ${vm.cpuLimitMhz} MHz`)
    if (vm.cpuReservationMhz > vm.cpuMhz) problems.add([...path, index, 'cpuReservationMhz'], `is ${vm.cpuReservationMhz} MHz, but ${vm.id} can use at most ${vm.cpuMhz} MHz`)
  }
}

/** The most memory for VMs and the most hardware threads that any host has. */
export function largestOf(hosts: readonly Host[]): { readonly memoryMib: number; readonly threads: number } {
  let memoryMib = 0
  let threads = 0
  for (const host of hosts) {
    memoryMib = Math.max(memoryMib, memoryForVmsMib(host))
    threads = Math.max(threads, host.smtYield > 1 ? host.cores * THREADS_PER_CORE : host.cores)
  }
  return { memoryMib, threads }
}

/** Why no host could hold the VM, or null. */
export function sizeFault(vm: Pick<Vm, 'vcpus' | 'memoryMib'> & { readonly id: string }, memoryMib: number, threads: number): { readonly key: string; readonly message: string } | null {
  if (vm.memoryMib > memoryMib) return { key: 'memoryMib', message: `is ${vm.memoryMib} MiB, but the largest host has ${memoryMib} MiB for VMs: ${vm.id} fits nowhere` }
  if (vm.vcpus > threads) return { key: 'vcpus', message: `is ${vm.vcpus}, but the largest host has ${threads} hardware threads: ${vm.id} fits nowhere` }
  return null
}
