import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { libvirtHostDriver, type LibvirtHostDriver } from '../../../src/drivers/libvirt/hostDriver.ts'
import { LibvirtProcess } from '../../../src/drivers/libvirt/process.ts'
import type { MigrationRecord } from '../../../src/drivers/libvirt/reach.ts'
import type { SeenHost } from '../../../src/execute/protocol/effects.ts'
import { hostId, vmId } from '../../../src/model/ids.ts'
import { effectOf, hostDriverContract, migrateStep, startStep, stepEffect } from '../../contract/hostDriver.ts'
import { bedDone, downAtExit, kvmBed, kvmHosts, until, whyNoBed } from '../support/beds.ts'

const why = whyNoBed('kvm')
const [h1, h2, h3] = [hostId('h1'), hostId('h2'), hostId('h3')]
const [small, large] = [vmId('vm1-1'), vmId('large')]
const silent = { id: hostId('h9'), address: { driver: 'qemu', transport: 'tcp', host: '10.213.77.19', port: null, insecure: true }, peer: { driver: 'qemu', transport: 'tcp', host: '10.213.77.19', port: null, insecure: true }, guard: null, power: null } as const

describe.skipIf(why !== null)(`three KVM hosts${why === null ? '' : ` (${why})`}`, () => {
  const records: MigrationRecord[] = []
  let process_: LibvirtProcess
  let driver: LibvirtHostDriver
  const lookAt = async (host: typeof h1): Promise<SeenHost> => (await driver.look([host]))[0]!
  const vmAt = async (host: typeof h1, vm: typeof small) => (await lookAt(host)).vms.find((other) => other.vm === vm) ?? null

  const openDriver = (own: LibvirtProcess, migration = {}): LibvirtHostDriver => libvirtHostDriver({ hosts: kvmHosts(3), process: own, migration: { pollMs: 150, ...migration }, onMigration: (record) => records.push(record) })

  beforeAll(async () => {
    downAtExit('kvm')
    await bedDone(kvmBed('down'))
    await bedDone(kvmBed('up', '3', '1'))
    await bedDone(kvmBed('define', '1', 'spare', '16', '5'))
    await bedDone(kvmBed('define', '1', 'large', '192', '20'))
    // Slow enough that there is time to look, pull cables and cut power while it runs.
    process_ = new LibvirtProcess({ tlsFolder: null, ssh: null })
    driver = openDriver(process_, { bandwidthMibPerS: 12 })
  }, 300_000)
  afterAll(async () => {
    await driver.close()
    await bedDone(kvmBed('down'))
  }, 120_000)

  hostDriverContract('KVM', () => {
    const own = new LibvirtProcess({ tlsFolder: null, ssh: null })
    const other = libvirtHostDriver({ hosts: [...kvmHosts(3), silent], process: own })
    const opened = openDriver(own)
    return Promise.resolve({ driver: opened, hosts: [h1, h2], running: small, stopped: vmId('spare'), silent: { driver: other, host: silent.id }, canSave: true, close: () => opened.close() })
  })

  it('a migration leaves a record with what it sent and how long the VM stood still', () => {
    const done = records.filter(({ ok }) => ok)
    expect(done.length).toBeGreaterThan(0)
    for (const { vm, memoryMib, sentMib, downtimeMs, failure } of done) expect([vm, typeof memoryMib, typeof sentMib, typeof downtimeMs, failure]).toEqual([small, 'number', 'number', 'number', null])
  })

  describe('with a large VM that changes its memory', () => {
    beforeAll(async () => {
      expect(await driver.perform(stepEffect(startStep(large, h1)))).toMatchObject({ ok: true })
      await until('the guest has booted', async () => ((await kvmBed('load', 'large', 'dirty')).code === 0 ? true : null))
    }, 120_000)

    it('the copy on the target is incoming, the VM runs on the source, and an abort leaves it there alone', async () => {
      const effect = stepEffect(migrateStep(large, h1, h2))
      const replying = driver.perform(effect)
      const [from, to] = await until('both ends show the migration', async () => {
        const seen = await driver.look([h1, h2])
        return seen[1]!.incoming === 1 && seen[0]!.outgoing === 1 ? seen : null
      })
      expect(from!.vms.find(({ vm }) => vm === large)).toMatchObject({ state: 'running', hasJob: true })
      expect(to!.vms.find(({ vm }) => vm === large)).toMatchObject({ state: 'incoming', hasJob: true })
      expect(await driver.perform(effectOf({ kind: 'abort', vm: large, host: h1, step: effect.action.kind === 'step' ? effect.action.step.id : ('' as never) }))).toMatchObject({ ok: true })
      expect((await replying).failure).toMatchObject({ code: 78, class: 'unknown' })
      expect(await until('the job is gone', async () => ((await vmAt(h1, large))?.hasJob === false ? vmAt(h1, large) : null))).toMatchObject({ state: 'running' })
      expect(await vmAt(h2, large)).toBeNull()
    }, 200_000)

    it('one that makes no progress is given longer pauses, then ended, and called too busy now', async () => {
      const impatient = libvirtHostDriver({ hosts: kvmHosts(3), process: process_, migration: { bandwidthMibPerS: 10, stallMs: 600, pollMs: 150, downtimeStepsMs: [1, 2], autoConverge: false }, onMigration: (record) => records.push(record) })
      const reply = await impatient.perform(stepEffect(migrateStep(large, h1, h3)))
      expect(reply).toMatchObject({ ok: false, failure: { class: 'vmPinned' } })
      expect(records.at(-1)).toMatchObject({ ok: false, measures: ['downtime 1 ms', 'downtime 2 ms', expect.stringContaining('abort')] })
      expect(await vmAt(h1, large)).toMatchObject({ state: 'running' })
    }, 200_000)

    it('a target whose power is cut: the outcome is unknown, the VM runs on its source', async () => {
      const replying = driver.perform(stepEffect(migrateStep(large, h1, h3)))
      await until('the copy arrives', async () => ((await lookAt(h3)).incoming === 1 ? true : null))
      await bedDone(kvmBed('power', '3', 'off'))
      expect((await replying).failure).toMatchObject({ class: 'unknown' })
      expect(await lookAt(h3)).toMatchObject({ reachable: false })
      expect(await until('the job is over', async () => ((await vmAt(h1, large))?.hasJob === false ? vmAt(h1, large) : null))).toMatchObject({ state: 'running' })
      await bedDone(kvmBed('power', '3', 'on'))
      await until('h3 is back', async () => ((await lookAt(h3)).reachable ? true : null))
      expect(await vmAt(h3, large)).toBeNull()
    }, 300_000)

    it('our own process lost on the way: unknown, and the next look finds out by itself', async () => {
      const replying = driver.perform(stepEffect(migrateStep(large, h1, h2)))
      await until('the copy arrives', async () => ((await lookAt(h2)).incoming === 1 ? true : null))
      process.kill(process_.pid!, 'SIGKILL')
      expect((await replying).failure).toMatchObject({ class: 'unknown', code: null })
      await kvmBed('load', 'large', 'clean')
      const owner = await until('one host has it', async () => {
        const seen = await driver.look([h1, h2])
        const owners = seen.filter(({ vms }) => vms.some(({ vm, state, hasJob }) => vm === large && state === 'running' && !hasJob))
        return seen.every(({ incoming }) => incoming === 0) && owners.length === 1 ? owners[0]! : null
      }, 240_000)
      expect([h1, h2]).toContain(owner.host)
    }, 400_000)
  })

  it('a cordoned host says so; its hook is proven to be heard by refusing a migration that nothing else stopped', async () => {
    expect(await driver.perform(effectOf({ kind: 'cordon', host: h3, cordoned: true }))).toMatchObject({ ok: true })
    expect(await lookAt(h3)).toMatchObject({ cordoned: true })
    const source = (await vmAt(h1, small)) === null ? h2 : h1
    expect(await driver.perform(stepEffect(migrateStep(small, source, h3)))).toMatchObject({ ok: false, failure: { class: 'otherHost', code: null } })
    // The same without our own look before it: now libvirt on the target asks its hook.
    const blind = libvirtHostDriver({ hosts: kvmHosts(3).map((host) => ({ ...host, guard: null })), process: process_ })
    expect(await blind.perform(stepEffect(migrateStep(small, source, h3)))).toMatchObject({ ok: false, failure: { class: 'otherHost', code: 70, domain: 34 } })
    expect(await vmAt(source, small)).toMatchObject({ state: 'running' })
    expect(await driver.perform(effectOf({ kind: 'cordon', host: h3, cordoned: false }))).toMatchObject({ ok: true })
    expect(await driver.perform(stepEffect(migrateStep(small, source, h3)))).toMatchObject({ ok: true })
  }, 200_000)

  it('a stale definition of the same name on the target is found before the call', async () => {
    const source = h3
    const xml = await process_.call(kvmHosts(3)[2]!.address, 'xml', { uuid: (await vmAt(source, small))!.uuid, inactive: true }, { timeoutMs: 20_000 })
    expect(xml.ok).toBe(true)
    expect(await driver.define(h2, xml.ok ? xml.value[0]!.xml : '', Date.now() + 20_000)).toMatchObject({ ok: true })
    expect(await driver.perform(stepEffect(migrateStep(small, source, h2)))).toMatchObject({ ok: false, failure: { class: 'otherHost', code: null } })
    expect(await vmAt(source, small)).toMatchObject({ state: 'running' })
  }, 120_000)
})
