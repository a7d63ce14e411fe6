import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { libvirtHostDriver, type LibvirtHostDriver } from '../../../src/drivers/libvirt/hostDriver.ts'
import { LibvirtProcess } from '../../../src/drivers/libvirt/process.ts'
import type { SeenHost } from '../../../src/execute/protocol/effects.ts'
import { hostId, vmId } from '../../../src/model/ids.ts'
import { effectOf, hostDriverContract, migrateStep, stepEffect, stopStep } from '../../contract/hostDriver.ts'
import { bedDone, downAtExit, until, whyNoBed, xenBed, xenHosts } from '../support/beds.ts'

const why = whyNoBed('xen')
const [x1, x2] = [hostId('xen1'), hostId('xen2')]
const guest = vmId('g1')
const folder = process.env['XEN_TESTBED_DIR'] ?? '/var/tmp/xen-testbed'
const silent = { ...xenHosts(1)[0]!, id: hostId('xen9'), address: { ...xenHosts(1)[0]!.address, port: 16_609 } }

describe.skipIf(why !== null)(`two Xen hosts${why === null ? '' : ` (${why})`}`, () => {
  let process_: LibvirtProcess
  let driver: LibvirtHostDriver
  const lookAt = async (host: typeof x1): Promise<SeenHost> => (await driver.look([host]))[0]!
  const define = async (name: string): Promise<void> => {
    const xml = await bedDone(xenBed('guest', name, '96', '5'))
    await until(`${name} is defined`, async () => ((await driver.define(x1, xml, Date.now() + 60_000)).ok ? true : null))
  }

  beforeAll(async () => {
    downAtExit('xen')
    if (!existsSync(`${folder}/img/root.img`)) await bedDone(xenBed('build'))
    await bedDone(xenBed('down'))
    await bedDone(xenBed('up', '2'))
    process_ = new LibvirtProcess({ tlsFolder: null, ssh: null })
    driver = libvirtHostDriver({ hosts: xenHosts(2), process: process_, migration: { pollMs: 500 } })
    await define('g1')
    await define('g2')
    const [seen] = await driver.look([x1])
    expect(await process_.call(xenHosts(1)[0]!.address, 'start', { uuid: seen!.vms.find(({ vm }) => vm === guest)!.uuid, notAfterUnixMs: Date.now() + 60_000 }, { timeoutMs: 60_000 })).toMatchObject({ ok: true })
  }, 900_000)
  afterAll(async () => {
    await driver.close()
    await bedDone(xenBed('down'))
  }, 120_000)

  it('the control domain is overhead and no VM', async () => {
    const seen = await lookAt(x2)
    expect(seen).toMatchObject({ reachable: true, vms: [] })
    const facts = await process_.call(xenHosts(2)[1]!.address, 'facts', null, { timeoutMs: 30_000 })
    expect(facts).toMatchObject({ ok: true, value: { unsupported: ['virConnectGetAllDomainStats', 'virNodeGetCPUStats', 'virNodeGetMemoryStats'] } })
    expect(seen.memoryForVmsMib).toBeLessThan(facts.ok ? facts.value.memoryKib / 1024 : 0)
  }, 60_000)

  it('a migration can not be aborted, and that is said beforehand', () => {
    expect(driver.able({ kind: 'abort', vm: guest, host: x1, step: effectOfStep })).toMatchObject({ ok: false, refusal: { code: 'cannotAbort' } })
  })

  hostDriverContract('Xen', () => {
    const own = new LibvirtProcess({ tlsFolder: null, ssh: null })
    const opened = libvirtHostDriver({ hosts: xenHosts(2), process: own, migration: { pollMs: 500 } })
    const other = libvirtHostDriver({ hosts: [xenHosts(1)[0]!, silent], process: own })
    return Promise.resolve({ driver: opened, hosts: [x1, x2], running: guest, stopped: vmId('g2'), silent: { driver: other, host: silent.id }, canSave: true, close: () => opened.close() })
  })

  it('a refused migration leaves a guest that runs and says "paused": it is never seen as paused', async () => {
    const [from, to] = (await lookAt(x1)).vms.some(({ vm, state }) => vm === guest && state === 'running') ? [x1, x2] : [x2, x1]
    const { uuid } = (await lookAt(from)).vms.find(({ vm }) => vm === guest)!
    const [source, target] = [xenHosts(2).find(({ id }) => id === from)!, xenHosts(2).find(({ id }) => id === to)!]
    const xml = await process_.call(source.address, 'xml', { uuid, inactive: true }, { timeoutMs: 30_000 })
    // Another VM of the same name on the target: its libvirt refuses.
    expect(await driver.define(to, (xml.ok ? xml.value[0]!.xml : '').replace(uuid, '00000000-1111-4222-8333-444444444444'), Date.now() + 30_000)).toMatchObject({ ok: true })
    expect(await driver.perform(stepEffect(migrateStep(guest, from, to)))).toMatchObject({ ok: false, failure: { class: 'otherHost', code: null } })
    expect((await lookAt(from)).vms.find(({ vm }) => vm === guest)).toMatchObject({ state: 'running' })
    // The same without our look before the call.
    const answer = await process_.call(source.address, 'migrate', { uuid, targetUri: `xen+tcp://${target.peer.host}/system`, flags: 27, bandwidthMibPerS: null, dataUri: null, downtimeStepsMs: [], stallMs: 1e9, limitMs: 1e9, pollMs: 500, notAfterUnixMs: Date.now() + 30_000 }, { timeoutMs: 120_000 })
    expect(answer).toMatchObject({ ok: false, failure: { code: 9 } })
    for (let look = 0; look < 3; look++) expect((await lookAt(from)).vms.find(({ vm }) => vm === guest)!.state).toMatch(/^(running|unsure)$/)
  }, 300_000)

  it('a guest that shuts down when told is then off, and nothing else was', async () => {
    const at = (await lookAt(x1)).vms.some(({ vm, state }) => vm === vmId('g2') && state === 'running') ? x1 : x2
    expect(await driver.perform(stepEffect(stopStep(vmId('g2'), at, 'shutdownVm')))).toMatchObject({ ok: true })
    await until('g2 is off', async () => ((await lookAt(at)).vms.some(({ vm, state }) => vm === vmId('g2') && state === 'shutOff') ? true : null))
  }, 200_000)

  it('a host without power is unknown, not empty', async () => {
    await bedDone(xenBed('stop', '2'))
    expect(await lookAt(x2)).toMatchObject({ reachable: false, power: null })
  }, 120_000)
})

const effectOfStep = ((): never => effectOf({ kind: 'step', step: migrateStep(guest, x1, x2) }).id as never)()
