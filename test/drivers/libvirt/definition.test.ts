import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { definitionOf, hostTraitsOf, seesHostCpu } from '../../../src/drivers/libvirt/definition.ts'
import { parseXml } from '../../../src/drivers/libvirt/xml.ts'

const domain = (inside: string): string => `<domain type='kvm'><name>x</name><memory unit='KiB'>2097152</memory><vcpu placement='static' current='2'>4</vcpu>${inside}</domain>`
const devicesOf = (devices: string): readonly string[] | undefined => definitionOf(domain(`<devices>${devices}</devices>`)).needs.devices

describe('a definition', () => {
  it('tells size and shares', () => {
    expect(definitionOf(domain('<cputune><shares>2048</shares></cputune>'))).toEqual({ vcpus: 2, memoryMib: 2048, shares: 2048, needs: {} })
    expect(definitionOf(domain('').replace("unit='KiB'>2097152", "unit='GiB'>3")).memoryMib).toBe(3072)
  })

  it.each([
    ["<hostdev mode='subsystem' type='pci'/>", 'host device pci'], ["<hostdev mode='subsystem' type='mdev'/>", 'virtual GPU'], ["<interface type='hostdev'/>", 'network device of the host'], ["<filesystem type='mount'/>", 'folder of the host'],
    ["<disk type='file' device='cdrom'><source file='/iso/a.iso'/></disk>", 'connected CD image'], ["<disk type='file' device='disk'><source file='/a'/><transient/></disk>", 'transient disk'], ["<disk type='block' device='lun'><source dev='/dev/sda'/></disk>", 'disk of the host'],
  ])('%s ties the VM to its host', (devices, name) => {
    expect(devicesOf(devices)).toEqual([name])
  })

  it('says what is needed elsewhere: networks, storages, huge pages, a NUMA cell, the very CPU', () => {
    const xml = domain("<cpu mode='host-passthrough'/><memoryBacking><hugepages/></memoryBacking><numatune><memory mode='strict' nodeset='0'/></numatune><devices><interface type='bridge'><source bridge='br0'/></interface><interface type='network'><source network='lan'/></interface><disk type='file' device='disk'><source file='/srv/images/a.qcow2'/></disk><disk type='file' device='cdrom'/><disk type='network' device='disk'><source protocol='rbd' name='pool/a'/></disk></devices>")
    expect(definitionOf(xml).needs).toEqual({ networks: ['br0', 'lan'], storages: ['/srv/images', 'pool'], hugePages: true, oneNumaCell: true })
    expect([seesHostCpu(xml), seesHostCpu(domain("<cpu mode='custom'/>"))]).toEqual([true, false])
  })

  it('pinned CPUs tie it too', () => {
    expect(definitionOf(domain("<cputune><vcpupin vcpu='0' cpuset='1'/></cputune><devices/>")).needs.devices).toEqual(['pinned CPUs'])
  })

  it.each([
    ['a document type', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><domain>&a;</domain>'], ['an entity', domain('<title>&a;</title>')], ['a bomb', `<!DOCTYPE x [<!ENTITY a "aaaa">]>${domain('')}`],
    ['too deep', '<a>'.repeat(100) + '</a>'.repeat(100)], ['not closed', '<domain><name>'], ['closed wrongly', '<domain></name>'], ['an attribute twice', "<domain a='1' a='2'/>"], ['two roots', '<domain/><domain/>'], ['text around', 'x<domain/>'], ['a bare ampersand', domain('<title>a & b</title>')],
    ['another element', '<network/>'], ['no memory', '<domain/>'],
  ])('with %s is refused', (_, xml) => {
    expect(() => definitionOf(xml)).toThrow()
  })

  it('of any bytes is read or refused, never more', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('<', '>', '/', '&', ';', 'domain', ' ', "'", '=', '!--', '-->', '![CDATA[', ']]>', 'a', '#x41', '?'), { maxLength: 40 }), (parts) => {
      try {
        expect(parseXml(parts.join('')).name).not.toBe('')
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }), { numRuns: 2000, seed: 7 })
  })

  it('keeps texts as they are written', () => {
    expect(parseXml("<a b='x &lt; &#65;&amp;'>1 &gt; 0<![CDATA[<&>]]><!-- no --></a>")).toMatchObject({ text: '1 > 0<&>', attributes: new Map([['b', 'x < A&']]) })
  })
})

it('capabilities tell CPU model and NUMA cells', () => {
  const cell = (id: number) => `<cell id='${id}'><memory unit='KiB'>1048576</memory><cpus num='2'><cpu id='0' socket_id='0' core_id='0'/><cpu id='1' socket_id='0' core_id='1'/></cpus></cell>`
  expect(hostTraitsOf(`<capabilities><host><cpu><model>EPYC</model></cpu><topology><cells num='2'>${cell(0)}${cell(1)}</cells></topology></host></capabilities>`)).toEqual({ cpuModel: 'EPYC', numaCells: [{ cores: 2, memoryMib: 1024 }, { cores: 2, memoryMib: 1024 }] })
})
