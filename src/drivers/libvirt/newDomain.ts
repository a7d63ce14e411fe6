/** A VM for QEMU/KVM hosts that has no definition of its own yet. */
export interface NewDomain {
  readonly name: string
  readonly virtualization: 'kvm' | 'qemu'
  readonly vcpus: number
  readonly memoryMib: number
  readonly machine: string | null
  readonly firmware: 'bios' | 'efi'
  readonly cpu: 'default' | 'hostModel' | 'hostPassthrough'
  readonly disks: readonly { readonly file: string; readonly format: 'raw' | 'qcow2'; readonly bus: 'virtio' | 'scsi' | 'sata' | 'ide'; readonly readOnly: boolean }[]
  readonly interfaces: readonly { readonly kind: 'bridge' | 'network'; readonly name: string; readonly mac: string | null }[]
}

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', '\'': '&apos;' }
const escaped = (text: string): string => text.replace(/[<>&"']/g, (sign) => ENTITIES[sign]!)

/** `name` and attributes, escaped; those that are null are left out. */
function tag(name: string, attributes: Readonly<Record<string, string | null>>, content = ''): string {
  const written = Object.entries(attributes).flatMap(([key, value]) => (value === null ? [] : [` ${key}='${escaped(value)}'`])).join('')
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`
}

/** Prefix of the guest's names of disks, by bus. */
const PREFIX = { virtio: 'vd', scsi: 'sd', sata: 'sd', ide: 'hd' } as const
const MODES = { hostModel: 'host-model', hostPassthrough: 'host-passthrough' } as const

/** libvirt's definition of it: caches off, so that it may be migrated; a serial console; what the guest does not need is left out. */
export function domainXml(vm: NewDomain): string {
  const os = tag('os', vm.firmware === 'efi' ? { firmware: 'efi' } : {}, `${tag('type', { machine: vm.machine }, 'hvm')}${vm.disks.length > 0 ? tag('boot', { dev: 'hd' }) : tag('boot', { dev: 'network' })}`)
  const cpu = vm.cpu === 'default' ? '' : tag('cpu', { mode: MODES[vm.cpu] })
  const devices = [...vm.disks.map(diskXml), ...vm.interfaces.map(interfaceXml), tag('serial', { type: 'pty' }), tag('console', { type: 'pty' })]
  return tag('domain', { type: vm.virtualization }, [
    tag('name', {}, escaped(vm.name)), tag('memory', { unit: 'MiB' }, String(vm.memoryMib)), tag('vcpu', {}, String(vm.vcpus)), os, cpu, tag('features', {}, `${tag('acpi', {})}${tag('apic', {})}`),
    tag('on_poweroff', {}, 'destroy'), tag('on_reboot', {}, 'restart'), tag('on_crash', {}, 'destroy'), tag('devices', {}, devices.join('')),
  ].join(''))
}

function diskXml({ file, format, bus, readOnly }: NewDomain['disks'][number], at: number): string {
  return tag('disk', { type: 'file', device: 'disk' }, `${tag('driver', { name: 'qemu', type: format, cache: 'none' })}${tag('source', { file })}${tag('target', { dev: `${PREFIX[bus]}${letters(at)}`, bus })}${readOnly ? tag('readonly', {}) : ''}`)
}

/** a to z, then aa and on. */
const letters = (at: number): string => `${at < 26 ? '' : String.fromCharCode(96 + Math.floor(at / 26))}${String.fromCharCode(97 + (at % 26))}`

function interfaceXml({ kind, name, mac }: NewDomain['interfaces'][number]): string {
  return tag('interface', { type: kind }, `${mac === null ? '' : tag('mac', { address: mac })}${tag('source', { [kind]: name })}${tag('model', { type: 'virtio' })}`)
}
