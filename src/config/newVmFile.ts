import * as z from 'zod'
import { choice, count, flag, frequency, memory, name, strict, text } from './fields.ts'
import { fileOrigin } from './origin.ts'
import { type Problems, fit, problemsOf, refuseIssues } from './problems.ts'
import type { SourceDocument } from './sourceDocument.ts'

// What stands in a definition between quotes; control characters are in no path and no name.
// eslint-disable-next-line no-control-regex
const printable = (about: string, max: number) => text(about, max).regex(/^[^\u0000-\u001f\u007f]*$/, 'holds control characters: write it without them')
const absolute = (about: string) => printable(about, 4096).regex(/^\/(?!.*(?:^|\/)\.\.(?:\/|$))/, 'is to be a whole path from / on, without ..')

const diskFields = strict({
  file: absolute('Path of the disk’s file, as the hosts see it: all of them, on storage that they share.'),
  format: choice(['raw', 'qcow2'], 'Format of the file; raw without it.').optional(),
  bus: choice(['virtio', 'scsi', 'sata', 'ide'], 'How the guest sees it; virtio without it.').optional(),
  readOnly: flag('Whether the guest may only read it.').optional(),
}, 'A disk that is there already.')

const interfaceFields = strict({
  bridge: printable('Bridge of the host.', 15).optional(),
  network: printable('Network of libvirt.', 64).optional(),
  mac: z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i).meta({ description: 'Address; libvirt makes one up without it.' }).optional(),
}, 'A network interface: bridge or network is given.')

const names = (about: string) => z.array(name(about)).min(1).max(10_000).optional().meta({ description: about })

const newVmFields = strict({
  formatVersion: z.literal(1).meta({ description: 'Always 1.' }),
  name: name('Name of the VM, which no other has.').optional(),
  definition: printable('File with libvirt’s definition of the VM, beside this one; name, size, disks and interfaces are then those of the definition.', 4096).optional(),
  vcpus: count('Virtual CPUs.', 1, 1024).optional(),
  memoryMib: memory('Memory.', 1, 2 ** 26).optional(),
  disks: z.array(diskFields).max(32).optional().meta({ description: 'Disks, the first of which it starts from.' }),
  interfaces: z.array(interfaceFields).max(16).optional().meta({ description: 'Network interfaces.' }),
  virtualization: choice(['kvm', 'qemu'], 'kvm uses the CPU’s own means, qemu does without; kvm without it.').optional(),
  machine: printable('Machine type of QEMU, such as q35; QEMU’s own choice without it.', 64).optional(),
  firmware: choice(['bios', 'efi'], 'How it starts; bios without it.').optional(),
  cpu: choice(['default', 'hostModel', 'hostPassthrough'], 'CPU that it sees: with hostPassthrough it moves only between equal hosts. default without it.').optional(),
  cpuMhz: frequency('CPU that it is expected to use; what the pool’s VMs use on average, as a ratio of their size, without it.').optional(),
  apart: names('VMs on none of whose hosts it may be.'),
  together: names('VMs on whose host it must be.'),
  runOn: names('Hosts that it may be on.'),
  keepOff: names('Hosts that it may not be on.'),
}, 'A VM to define and start.')

/** What `provision` is to make, as its file has it. */
export const newVmSchema = newVmFields
export type NewVmFields = z.output<typeof newVmFields>

const OF_DEFINITION = ['name', 'vcpus', 'memoryMib', 'disks', 'interfaces', 'virtualization', 'machine', 'firmware', 'cpu'] as const

/** Reads the file of a VM that is to be made. Refuses all its faults at once. */
export function parseNewVm(document: SourceDocument): NewVmFields {
  const problems = problemsOf(fileOrigin(document))
  const fitted = fit(newVmSchema, document.value, [], problems)
  if (fitted !== null) faultsBetween(fitted.value, fitted.problems)
  refuseIssues(problems.issues)
  return fitted!.value
}

function faultsBetween(fields: NewVmFields, problems: Problems): void {
  if (fields.definition !== undefined) {
    for (const key of OF_DEFINITION) if (fields[key] !== undefined) problems.add([key], 'is given beside definition, which says it already: leave one of them out')
    return
  }
  for (const key of ['name', 'vcpus', 'memoryMib'] as const) if (fields[key] === undefined) problems.add([key], 'is missing: a VM without a definition of its own needs it')
  fields.interfaces?.forEach(({ bridge, network }, at) => {
    if ((bridge === undefined) === (network === undefined)) problems.add(['interfaces', at], 'has bridge and network both or neither: give one of them')
  })
}
