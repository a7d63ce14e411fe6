import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Action, Effect, HostDriver, SeenHost, SeenVm } from '../../src/execute/protocol/effects.ts'
import { hostId, stepId, vmId, type HostId, type VmId } from '../../src/model/ids.ts'
import type { Step } from '../../src/model/plan.ts'
import { reason } from '../../src/model/result.ts'

/** Hosts under test behind their driver. */
export interface OpenedHosts {
  readonly driver: HostDriver
  /** Where `running` runs, and where it may go; one host only where the driver can't migrate. */
  readonly hosts: readonly HostId[]
  readonly running: VmId
  /** A VM that is defined on the first host and does not run; null where there is none. */
  readonly stopped: VmId | null
  /** A second driver, whose inventory has a host that does not answer: while there is one, nothing may be started elsewhere. */
  readonly silent: { readonly driver: HostDriver; readonly host: HostId }
  /** Whether VMs can be saved to disk and started again. */
  readonly canSave: boolean
  close(): Promise<void>
}

const base = (id: string) => ({ id: stepId(id), after: [], estimateMs: 0, reason: reason('test', 'contract suite') })
export const migrateStep = (vm: VmId, source: HostId, target: HostId): Step => ({ ...base('s'), kind: 'migrate', vm, source, target })
export const startStep = (vm: VmId, target: HostId, kind: 'startVm' | 'resumeVm' = 'startVm'): Step => ({ ...base('s'), kind, vm, target })
export const stopStep = (vm: VmId, source: HostId, kind: 'shutdownVm' | 'suspendVm'): Step => ({ ...base('s'), kind, vm, source })

let effects = 0
/** An effect that has never been before. */
export const effectOf = (action: Action, lateMs = -60_000): Effect => ({ id: `contract-${++effects}`, deadlineUnixMs: Date.now() - lateMs, action })
export const stepEffect = (step: Step, lateMs?: number): Effect => effectOf({ kind: 'step', step }, lateMs)

const isActive = ({ state }: SeenVm): boolean => state === 'running' || state === 'paused' || state === 'unsure'
const on = (seen: SeenHost, vm: VmId): SeenVm | null => seen.vms.find((other) => other.vm === vm) ?? null

/** What every driver of hosts must do. Run it with each: same tests, different hosts. */
export function hostDriverContract(name: string, open: () => Promise<OpenedHosts>): void {
  describe(`the ${name} hosts`, () => {
    let opened: OpenedHosts
    beforeAll(async () => void (opened = await open()), 600_000)
    afterAll(async () => opened.close(), 120_000)

    const lookAt = async (host: HostId): Promise<SeenHost> => (await opened.driver.look([host]))[0]!
    const owners = async (vm: VmId): Promise<HostId[]> => (await opened.driver.look(opened.hosts)).filter((seen) => seen.vms.some((other) => other.vm === vm && isActive(other))).map(({ host }) => host)
    const resting = async (vm: VmId): Promise<HostId[]> => (await opened.driver.look(opened.hosts)).filter((seen) => seen.vms.some((other) => other.vm === vm && isActive(other) && !other.hasJob)).map(({ host }) => host)
    const home = async (): Promise<HostId> => {
      const [owner, ...others] = await owners(opened.running)
      expect(others).toEqual([])
      return owner!
    }

    it('show what runs, in the order asked, as of now', async () => {
      const before = Date.now()
      const seen = await opened.driver.look([...opened.hosts].reverse())
      expect(seen.map(({ host }) => host)).toEqual([...opened.hosts].reverse())
      for (const host of seen) {
        expect(host).toMatchObject({ reachable: true, incoming: 0, outgoing: 0, cordoned: false })
        expect(host.seenUnixMs).toBeGreaterThanOrEqual(before)
      }
      const vm = on(seen.at(-1)!, opened.running)
      expect(vm).toMatchObject({ state: 'running', hasJob: false })
      expect(vm!.uuid).toMatch(/^[0-9a-f-]{36}$/)
      expect(vm!.memoryMib).toBeGreaterThan(0)
      expect(seen.at(-1)!.memoryForVmsMib).toBeGreaterThan(0)
    })

    it('that do not answer, or that nobody knows, are unknown and neither dead nor empty', async () => {
      const [silent, stranger] = await opened.silent.driver.look([opened.silent.host, hostId('stranger')])
      expect(silent).toMatchObject({ reachable: false, power: null })
      expect(stranger).toMatchObject({ reachable: false, power: null })
    })

    it('are not asked for what can not be done here', () => {
      const [first] = opened.hosts as [HostId]
      expect(opened.driver.able({ kind: 'step', step: migrateStep(opened.running, first, hostId('stranger')) })).toMatchObject({ ok: false })
      expect(opened.driver.able({ kind: 'step', step: migrateStep(opened.running, first, first) })).toMatchObject({ ok: false })
      expect(opened.driver.able({ kind: 'step', step: startStep(opened.running, first) })).toMatchObject({ ok: true })
    })

    it('do nothing after the deadline, and say that nothing was done', async () => {
      const at = await home()
      const reply = await opened.driver.perform(stepEffect(stopStep(opened.running, at, 'shutdownVm'), 1))
      expect(reply.ok).toBe(false)
      expect(reply.failure!.class).not.toBe('unknown')
      expect(await home()).toBe(at)
    })

    it('refuse what is not as the step says, without harm', async () => {
      const at = await home()
      for (const step of [startStep(opened.running, at), stopStep(vmId('nobody'), at, 'shutdownVm'), startStep(opened.running, at, 'resumeVm'), stopStep(opened.running, hostId('stranger'), 'shutdownVm')]) {
        const reply = await opened.driver.perform(stepEffect(step))
        expect(reply).toMatchObject({ ok: false })
        expect(reply.failure!.text).not.toBe('')
      }
      expect(await opened.silent.driver.perform(stepEffect(stopStep(opened.running, opened.silent.host, 'shutdownVm')))).toMatchObject({ ok: false })
      expect(await home()).toBe(at)
    })

    it('move a running VM: never at rest on two hosts, in the end on the target', async () => {
      if (opened.hosts.length < 2) return
      const source = await home()
      const target = opened.hosts.find((host) => host !== source)!
      const uuid = on(await lookAt(source), opened.running)!.uuid
      const effect = stepEffect(migrateStep(opened.running, source, target))
      const progress = { isOver: false }
      const replying = opened.driver.perform(effect).finally(() => {
        progress.isOver = true
      })
      // Hosts are not looked at in one instant: the source may show the VM on its way out while the target has it already.
      while (!progress.isOver) expect((await resting(opened.running)).length).toBeLessThanOrEqual(1)
      expect(await replying).toEqual({ id: effect.id, ok: true, failure: null })
      expect(await home()).toBe(target)
      expect(on(await lookAt(target), opened.running)).toMatchObject({ uuid, state: 'running', hasJob: false })
      expect(on(await lookAt(source), opened.running)).toBeNull()
    }, 400_000)

    it('perform an effect once, however often it is told', async () => {
      if (opened.hosts.length < 2) return
      const source = await home()
      const target = opened.hosts.find((host) => host !== source)!
      const effect = stepEffect(migrateStep(opened.running, source, target))
      expect((await opened.driver.perform(effect)).ok).toBe(true)
      expect((await opened.driver.perform(effect)).ok).toBe(false)
      expect(await home()).toBe(target)
    }, 400_000)

    it('do not migrate to where the VM is not known to run, nor what is off', async () => {
      if (opened.hosts.length < 2 || opened.stopped === null) return
      const at = await home()
      const other = opened.hosts.find((host) => host !== at)!
      expect(await opened.driver.perform(stepEffect(migrateStep(opened.running, other, at)))).toMatchObject({ ok: false })
      expect(await opened.driver.perform(stepEffect(migrateStep(opened.stopped, opened.hosts[0]!, opened.hosts[1]!)))).toMatchObject({ ok: false, failure: { code: null } })
      expect(await home()).toBe(at)
    })

    it('start a VM that is off, on another host too: its definition comes along', async () => {
      if (opened.stopped === null) return
      const [first, second] = opened.hosts as [HostId, HostId?]
      expect(on(await lookAt(first), opened.stopped)).toMatchObject({ state: 'shutOff' })
      const target = second ?? first
      const reply = await opened.driver.perform(stepEffect(startStep(opened.stopped, target)))
      expect(reply).toMatchObject({ ok: true, failure: null })
      expect(on(await lookAt(target), opened.stopped)).toMatchObject({ state: 'running' })
      if (target !== first) expect(on(await lookAt(first), opened.stopped)).toBeNull()
      expect((await opened.driver.perform(stepEffect(startStep(opened.stopped, target)))).ok).toBe(false)
    }, 200_000)

    it('save a VM to disk and resume it, never on another host', async () => {
      if (!opened.canSave) return
      const at = await home()
      expect(await opened.driver.perform(stepEffect(stopStep(opened.running, at, 'suspendVm')))).toMatchObject({ ok: true })
      expect(on(await lookAt(at), opened.running)).toMatchObject({ state: 'saved', hasJob: false })
      const other = opened.hosts.find((host) => host !== at)
      if (other !== undefined) expect(await opened.driver.perform(stepEffect(startStep(opened.running, other)))).toMatchObject({ ok: false, failure: { class: 'operator' } })
      expect(await opened.driver.perform(stepEffect(startStep(opened.running, at, 'resumeVm')))).toMatchObject({ ok: true })
      expect(await home()).toBe(at)
    }, 200_000)
  })
}
