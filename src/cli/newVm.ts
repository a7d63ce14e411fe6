import { createHash } from 'node:crypto'
import { isAbsolute, join, dirname } from 'node:path'
import { type NewVmFields, parseNewVm } from '../config/newVmFile.ts'
import type { SourceDocument } from '../config/sourceDocument.ts'
import { type Definition, definitionOf } from '../drivers/libvirt/definition.ts'
import { domainXml } from '../drivers/libvirt/newDomain.ts'
import { first, parseXml } from '../drivers/libvirt/xml.ts'
import { NAME_PATTERN } from '../model/ids.ts'
import { BadInput } from '../model/result.ts'
import { readDocument, readText } from './openFile.ts'

/** A VM that is to be made: what libvirt is told, and what that says of it. */
export interface NewVm {
  readonly name: string
  readonly xml: string
  readonly hash: string
  readonly definition: Definition
  readonly fields: NewVmFields
  readonly document: SourceDocument
  /** Hypervisors that such a definition is for. */
  readonly driver: 'qemu' | 'xen'
}

/** Reads the file of a new VM, and the definition that it names. Throws BadInput with what is wrong. */
export function readNewVm(path: string): NewVm {
  const document = readDocument(path)
  const fields = parseNewVm(document)
  const xml = fields.definition === undefined ? madeXml(fields) : readText(isAbsolute(fields.definition) ? fields.definition : join(dirname(path), fields.definition))
  const { name, driver, definition } = understood(xml, `${path}, definition`)
  return { name, xml, hash: createHash('sha256').update(xml).digest('hex'), definition, fields, document, driver }
}

function madeXml({ name, vcpus, memoryMib, virtualization, machine, firmware, cpu, disks, interfaces }: NewVmFields): string {
  return domainXml({
    name: name!, vcpus: vcpus!, memoryMib: memoryMib!, virtualization: virtualization ?? 'kvm', machine: machine ?? null, firmware: firmware ?? 'bios', cpu: cpu ?? 'default',
    disks: (disks ?? []).map(({ file, format, bus, readOnly }) => ({ file, format: format ?? 'raw', bus: bus ?? 'virtio', readOnly: readOnly ?? false })),
    interfaces: (interfaces ?? []).map(({ bridge, network, mac }) => ({ kind: bridge === undefined ? 'network' as const : 'bridge' as const, name: (bridge ?? network)!, mac: mac ?? null })),
  })
}

function understood(xml: string, path: string): Pick<NewVm, 'name' | 'driver' | 'definition'> {
  try {
    const domain = parseXml(xml)
    const definition = definitionOf(xml)
    const name = first(domain, 'name')?.text ?? ''
    if (!NAME_PATTERN.test(name)) throw new Error(`its name is ${JSON.stringify(name)}: up to 64 letters, digits and . _ - are expected`)
    return { name, driver: domain.attributes.get('type') === 'xen' ? 'xen' : 'qemu', definition }
  } catch (error) {
    throw new BadInput([{ path, message: `is no definition of a VM: ${error instanceof Error ? error.message : String(error)}` }])
  }
}
