import type { VmNeeds } from '../../model/pool.ts'
import { type XmlElement, at, first, parseXml } from './xml.ts'

/** What a domain's definition says of the VM. */
export interface Definition {
  readonly vcpus: number
  readonly memoryMib: number
  readonly shares: number | null
  readonly needs: VmNeeds
}

const MIB_OF: ReadonlyMap<string, number> = new Map([['b', 2 ** -20], ['bytes', 2 ** -20], ['KB', 1000 / 2 ** 20], ['k', 1 / 1024], ['KiB', 1 / 1024], ['MB', 1e6 / 2 ** 20], ['M', 1], ['MiB', 1], ['GB', 1e9 / 2 ** 20], ['G', 1024], ['GiB', 1024], ['T', 2 ** 20], ['TiB', 2 ** 20]])

function memoryOf(element: XmlElement | null): number {
  const factor = MIB_OF.get(element?.attributes.get('unit') ?? 'KiB')
  const amount = Number(element?.text)
  if (element === null || factor === undefined || !(amount > 0)) throw new Error('the definition tells no memory')
  return amount * factor
}

/** Reads libvirt's definition of a domain. Throws where it is none. */
export function definitionOf(xml: string): Definition {
  const domain = parseXml(xml)
  if (domain.name !== 'domain') throw new Error(`expected <domain>, found <${domain.name}>`)
  const vcpu = first(domain, 'vcpu')
  const shares = Number(first(domain, 'cputune', 'shares')?.text ?? NaN)
  return { vcpus: Number(vcpu?.attributes.get('current') ?? vcpu?.text ?? 1) || 1, memoryMib: memoryOf(first(domain, 'memory')), shares: shares > 0 ? shares : null, needs: needsOf(domain) }
}

function needsOf(domain: XmlElement): VmNeeds {
  const devices = [...new Set(boundDevices(domain))].sort()
  const networks = [...new Set(at(domain, 'devices', 'interface').flatMap(networkOf))].sort()
  const storages = [...new Set(at(domain, 'devices', 'disk').flatMap(storageOf))].sort()
  return {
    ...(devices.length > 0 ? { devices } : {}), ...(networks.length > 0 ? { networks } : {}), ...(storages.length > 0 ? { storages } : {}),
    ...(first(domain, 'memoryBacking', 'hugepages') === null ? {} : { hugePages: true }), ...(first(domain, 'numatune', 'memory')?.attributes.get('mode') === 'strict' ? { oneNumaCell: true } : {}),
  }
}

/** Whether the guest sees its host's very CPU: it then moves only to a host with the same. */
export const seesHostCpu = (xml: string): boolean => {
  const mode = first(parseXml(xml), 'cpu')?.attributes.get('mode')
  return mode === 'host-passthrough' || mode === 'maximum'
}

/** What ties the VM to its host: each says what it is. */
function boundDevices(domain: XmlElement): string[] {
  const devices = first(domain, 'devices')
  if (devices === null) return []
  const pinned = at(domain, 'cputune', 'vcpupin').length > 0 ? ['pinned CPUs'] : []
  return [...pinned, ...devices.children.flatMap((device) => boundDevice(device) ?? [])]
}

function boundDevice(device: XmlElement): string | null {
  const type = device.attributes.get('type') ?? ''
  switch (device.name) {
    case 'hostdev':
      return type === 'mdev' ? 'virtual GPU' : `host device ${type || 'of the host'}`
    case 'interface':
      return type === 'hostdev' ? 'network device of the host' : null
    case 'filesystem':
      return 'folder of the host'
    case 'shmem':
      return 'shared memory'
    case 'disk':
      return boundDisk(device, type)
    default:
      return null
  }
}

function boundDisk(disk: XmlElement, type: string): string | null {
  const source = first(disk, 'source')
  if (first(disk, 'transient') !== null) return 'transient disk'
  if (disk.attributes.get('device') === 'cdrom' && source !== null) return 'connected CD image'
  if (disk.attributes.get('device') === 'lun') return 'disk of the host'
  return type === 'vhostuser' || type === 'nvme' ? 'disk of the host' : null
}

function networkOf(device: XmlElement): string[] {
  const source = first(device, 'source')?.attributes
  const name = source?.get('bridge') ?? source?.get('network')
  return name === undefined ? [] : [name]
}

/** Where its disks are: folder of a file, pool of a volume, name of a network volume's pool. */
function storageOf(disk: XmlElement): string[] {
  const source = first(disk, 'source')?.attributes
  const file = source?.get('file')
  if (file !== undefined) return [file.slice(0, file.lastIndexOf('/')) || '/']
  const pool = source?.get('pool') ?? source?.get('name')?.split('/')[0]
  return pool === undefined ? [] : [pool]
}

/** What a host's capabilities say that VMs may need: CPU model, NUMA cells. */
export function hostTraitsOf(capabilitiesXml: string): { readonly cpuModel: string | null; readonly numaCells: readonly { readonly cores: number; readonly memoryMib: number }[] } {
  const capabilities = parseXml(capabilitiesXml)
  const cells = at(capabilities, 'host', 'topology', 'cells', 'cell').map((cell) => ({
    cores: new Set(at(cell, 'cpus', 'cpu').map((cpu) => `${cpu.attributes.get('socket_id')}.${cpu.attributes.get('core_id')}`)).size || at(cell, 'cpus', 'cpu').length, memoryMib: Math.floor(Number(first(cell, 'memory')?.text ?? 0) / 1024),
  }))
  return { cpuModel: first(capabilities, 'host', 'cpu', 'model')?.text ?? null, numaCells: cells.filter(({ cores, memoryMib }) => cores > 0 && memoryMib > 0) }
}
