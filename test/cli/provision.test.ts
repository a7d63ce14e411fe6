import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type ProvisionSession, provisionOn } from '../../src/cli/provision.ts'
import type { NewVm } from '../../src/cli/newVm.ts'
import { parseNewVm } from '../../src/config/newVmFile.ts'
import { snapshotFrom } from '../../src/config/snapshotFile.ts'
import { parseSource } from '../../src/config/sourceDocument.ts'
import { definitionOf } from '../../src/drivers/libvirt/definition.ts'
import { domainXml, type NewDomain } from '../../src/drivers/libvirt/newDomain.ts'
import { at, first, parseXml } from '../../src/drivers/libvirt/xml.ts'
import type { LiveHost } from '../../src/model/livePool.ts'
import { BadInput } from '../../src/model/result.ts'
import { Crash, FakeHosts } from '../support/fakeHosts.ts'
import { FakeSignals } from '../support/fakeSignals.ts'
import { makePolicy } from '../support/parts.ts'

const root = mkdtempSync(join(tmpdir(), 'plimsoll-provision-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const fresh = (): string => join(root, `state-${folders++}`)

const plain: NewDomain = { name: 'web7', virtualization: 'kvm', vcpus: 2, memoryMib: 2048, machine: null, firmware: 'bios', cpu: 'default', disks: [{ file: '/srv/web7.qcow2', format: 'qcow2', bus: 'virtio', readOnly: false }], interfaces: [{ kind: 'bridge', name: 'br0', mac: null }] }

const newVm = (changes: Partial<NewDomain> = {}): NewVm => {
  const xml = domainXml({ ...plain, ...changes })
  const document = parseSource('web7.yaml', 'formatVersion: 1\nname: web7\nvcpus: 2\nmemoryMib: 2048\n')
  return { name: changes.name ?? 'web7', xml, hash: `hash of ${xml}`, definition: definitionOf(xml), fields: parseNewVm(document), document, driver: 'qemu' }
}

/** Host b has least to do. */
const three = (): FakeHosts => new FakeHosts(['a', 'b', 'c'], { v1: 'a', v2: 'a', v3: 'c' })
const snapshotOf = (hosts: FakeHosts) => snapshotFrom({
  formatVersion: 1, rules: [], hosts: hosts.names.map((id) => ({ id, cores: 8, coreMhz: 2000, memoryMib: 32_768 })),
  vms: [...hosts.vms].filter(([, { host }]) => host !== null).map(([id, { host }]) => ({ id, vcpus: 4, memoryMib: 8192, host, state: 'running', usage: { cpuMhz: 4000 } })),
}, { placeOf: () => 'the test' })

interface Answer {
  readonly running?: boolean
  readonly host?: string | null
  readonly message?: string
  readonly tried?: readonly { readonly host: string; readonly outcome: string }[]
}

async function provision(hosts: FakeHosts, vm: NewVm, stateFolder: string, { refusesToDefine = [] as readonly string[], answer = null as string | null } = {}): Promise<{ readonly code: number | null; readonly told: Answer }> {
  let out = ''
  const ending = { code: null as number | null, isOver: false }
  const before = hosts.event
  hosts.event = (what) => {
    try {
      before(what)
    } catch (error) {
      ending.isOver = true
      throw error
    }
  }
  const hands = hosts.begin()
  const around = <T>(call: () => T): Promise<T> => new Promise((resolve) => {
    if (ending.isOver) return
    try {
      hosts.event('before a definition')
      const value = call()
      hosts.event('after a definition')
      resolve(value)
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
  })
  const ok = { id: 'define', ok: true, failure: null }
  const session: ProvisionSession = {
    signals: new FakeSignals(), options: { json: true, yes: answer === null, quiet: true }, see: () => Promise.resolve(snapshotOf(hosts)),
    terminal: { out: (part) => void (out += part), err: () => undefined, isInteractive: false, columns: 80, workingDirectory: '/', ...(answer === null ? {} : { ask: () => Promise.resolve(answer) }) },
    define: {
      look: (names) => Promise.resolve(hosts.see().filter(({ host }) => names.includes(host))),
      define: (host) => around(() => {
        if (refusesToDefine.includes(host)) return { ...ok, ok: false, failure: { class: 'otherHost' as const, code: 1, domain: 10, text: 'no such disk' } }
        hosts.vms.set(vm.name, { host, state: 'shutOff', target: null })
        return ok
      }),
      undefine: () => around(() => (hosts.vms.delete(vm.name), ok)),
    },
  }
  const pool = { name: 'lab', stateFolder, hosts: hosts.names.map((id) => ({ id, driver: 'qemu' }) as LiveHost) }
  void provisionOn({ vm, pool, policy: makePolicy() }, hands, session).then((code) => { ending.code = code }).finally(() => { ending.isOver = true })
  await hosts.pass(() => ending.isOver)
  hosts.event = before
  hosts.kill()
  return { code: ending.code, told: out === '' ? {} : (JSON.parse(out) as Answer) }
}

describe('a definition that is made', () => {
  it('says what was asked, and nothing that a name or path can break out of', () => {
    const nasty = '/srv/<disk file=\'x\'>&"\'/> disk.img'
    const xml = domainXml({ ...plain, disks: [{ file: nasty, format: 'raw', bus: 'sata', readOnly: true }], machine: 'q35\'><devices>', firmware: 'efi', cpu: 'hostPassthrough' })
    const domain = parseXml(xml)
    expect(first(domain, 'os', 'type')!.attributes.get('machine')).toBe('q35\'><devices>')
    const disks = at(domain, 'devices', 'disk')
    expect(disks).toHaveLength(1)
    expect(first(disks[0]!, 'source')!.attributes.get('file')).toBe(nasty)
    expect(first(disks[0]!, 'target')!.attributes.get('dev')).toBe('sda')
    expect(definitionOf(domainXml(plain))).toEqual({ vcpus: 2, memoryMib: 2048, shares: null, needs: { networks: ['br0'], storages: ['/srv'] } })
  })

  it('is refused with everything that is wrong with its file', () => {
    const faults = (text: string): string[] => {
      try {
        parseNewVm(parseSource('vm.yaml', text))
      } catch (error) {
        if (error instanceof BadInput) return error.issues.map(({ path, message }) => `${path} ${message}`)
        throw error
      }
      return []
    }
    const found = faults('formatVersion: 1\nname: "../etc"\nvcpus: 0\ndisks: [{file: relative.img}, {file: /srv/../etc/shadow}]\ninterfaces: [{bridge: br0, network: default}]\n').join('\n')
    for (const part of ['name', 'vcpus', 'disks[0].file', 'disks[1].file', 'interfaces[0]', 'memoryMib']) expect(found).toContain(part)
    expect(faults('formatVersion: 1\nname: web\ndefinition: web.xml\n').join()).toContain('is given beside definition')
  })
})

describe('a new VM', () => {
  it('is defined and started where place would put it, and is not made a second time', async () => {
    const hosts = three()
    const folder = fresh()
    expect(await provision(hosts, newVm(), folder)).toMatchObject({ code: 0, told: { running: true, host: 'b' } })
    expect(hosts.vms.get('web7')).toEqual({ host: 'b', state: 'running', target: null })
    const again = await provision(hosts, newVm(), folder)
    expect(again).toMatchObject({ code: 0, told: { running: true, host: 'b' } })
    expect(again.told.message).toContain('already')
    expect(hosts.effects).toHaveLength(1)
  })

  it('takes no name that another VM has', async () => {
    const hosts = three()
    const { code, told } = await provision(hosts, newVm({ name: 'v1' }), fresh())
    expect([code, hosts.effects]).toEqual([1, []])
    expect(told.message).toMatch(/v1 is on a .*another name/)
  })

  it('goes to the next host when one refuses it, and leaves nothing behind there', async () => {
    const hosts = three()
    const { code, told } = await provision(hosts, newVm(), fresh(), { refusesToDefine: ['b'] })
    expect([code, told.host, told.tried!.map(({ host, outcome }) => `${host} ${outcome}`)]).toEqual([0, 'c', ['b failed', 'c done']])
  })

  it('that no host starts leaves nothing behind at all', async () => {
    const hosts = three()
    hosts.refuses.set('web7', { class: 'otherHost', code: 1, domain: 10, text: 'no' })
    const { code, told } = await provision(hosts, newVm(), fresh())
    expect([code, told.running, told.tried!.length, hosts.vms.has('web7')]).toEqual([1, false, 3, false])
  })

  it('is not made unless a person says yes, nor while a host that may have that name is silent', async () => {
    const hosts = three()
    expect((await provision(hosts, newVm(), fresh(), { answer: 'no' })).code).toBe(1)
    expect(hosts.vms.has('web7')).toBe(false)
  })

  it('that a crash cuts anywhere is one VM after the next try, and it runs', async () => {
    let events = 0
    const counted = three()
    counted.event = () => { events++ }
    await provision(counted, newVm(), fresh())
    expect(events).toBeGreaterThan(6)
    for (let cut = 0; cut < events; cut++) {
      const hosts = three()
      const folder = fresh()
      let seen = 0
      hosts.event = (what) => { if (seen++ === cut) throw new Crash(what) }
      expect((await provision(hosts, newVm(), folder)).code, `event ${cut}`).toBeNull()
      hosts.event = () => undefined
      const { code, told } = await provision(hosts, newVm(), folder)
      expect([code, told.running], `after a crash at event ${cut}: ${told.message}`).toEqual([0, true])
      expect(hosts.vms.get('web7')?.state).toBe('running')
    }
  }, 60_000)
})
