import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simulate } from '../../../sim/run.ts'
import { vmId } from '../../../src/model/ids.ts'
import type { PowerSaveSettings } from '../../../src/model/policy.ts'
import type { RunEvent } from '../../../src/model/run.ts'
import type { ScenarioEvent } from '../../../src/model/scenario.ts'
import { greedySolver } from '../../../src/optimize/greedy.ts'
import { HOUR, MINUTE, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../../support/parts.ts'

const HOSTS = ['h0', 'h1', 'h2', 'h3']
/** h0 holds least: it is emptied first. */
const HOME = ['h0', 'h0', 'h0', 'h1', 'h1', 'h1', 'h1', 'h2', 'h2', 'h2', 'h2', 'h3', 'h3', 'h3', 'h3']

function run(fill: PowerSaveSettings['fill'], events: readonly ScenarioEvent[], parts: { readonly seed?: number; readonly migrationFailureRatio?: number; readonly weighBenefit?: boolean } = {}): readonly RunEvent[] {
  const { seed = 1, migrationFailureRatio = 0, weighBenefit = false } = parts
  const made = makeRun({
    hosts: HOSTS.map((name) => initially(makeHost(name))), durationMs: 6 * HOUR, seed, events,
    policy: makePolicy({ powerSave: { enabled: true, fill, reserveHosts: 0, hostsOnMin: 1, offWindowMs: 20 * MINUTE }, budgets: { weighBenefit } }),
    workload: { vms: HOME.map((host, vm) => workloadVm(makeVm(`v${vm}`, { dirtyMibPerS: 1 }), host, { cpuColumn: vm })), cpu: loadOf(HOUR, Array.from({ length: 6 }, () => HOME.map(() => 0.1))), memory: null, network: null, disk: null },
  })
  return simulate({ ...made, faults: { ...made.faults, migrationFailureRatio } }, { solver: greedySolver }).events
}

const lock = (...vms: readonly number[]): ScenarioEvent[] => vms.map((vm) => ({ kind: 'vmLock', atMs: 0, vm: vmId(`v${vm}`) }))

/** Follows the VMs by the events alone: hosts powered off while one is there, and where all are in the end. */
function followed(events: readonly RunEvent[]): { readonly faults: readonly string[]; readonly at: ReadonlyMap<string, string> } {
  const at = new Map<string, string>(HOME.map((host, vm) => [`v${vm}`, host] as const))
  const under = new Map<string, string>()
  const off = new Set<string>()
  const faults: string[] = []
  for (const event of events) {
    if (event.kind === 'start' && event.action === 'migrate') {
      if (off.has(event.target!)) faults.push(`${event.vm} is sent to ${event.target}, which is off`)
      under.set(event.vm!, event.target!)
    } else if (event.kind === 'end' && event.action === 'migrate') {
      under.delete(event.vm!)
      if (event.outcome === 'done') at.set(event.vm!, event.target!)
    } else if (event.kind === 'start' && event.action === 'powerOff') {
      for (const [vm, host] of [...at, ...under]) if (host === event.host) faults.push(`${host} goes off with ${vm}`)
      off.add(event.host!)
    } else if (event.kind === 'start' && event.action === 'powerOn') off.delete(event.host!)
  }
  return { faults, at }
}

const offs = (events: readonly RunEvent[]): string[] => events.flatMap((event) => (event.kind === 'start' && event.action === 'powerOff' ? [event.host!] : []))
const movesOf = (events: readonly RunEvent[]) => events.flatMap((event) => (event.kind === 'end' && event.action === 'migrate' && event.outcome === 'done' ? [event] : []))

describe('a host of which a VM does not leave', () => {
  describe.each(['utilization', 'risk'] as const)('filled by %s', (fill) => {
    it.each([[[0]], [[1]], [[2]], [[0, 1]], [[1, 2]], [[0, 2]]])('stays on, whichever VM it is (%j)', (locked) => {
      const events = run(fill, lock(...locked))
      expect(offs(events)).not.toContain('h0')
      expect(followed(events).faults).toEqual([])
      for (const vm of locked) expect(followed(events).at.get(`v${vm}`)).toBe('h0')
    })

    it('keeps the moves that were made, and the run says that it does and why', () => {
      const events = run(fill, lock(2))
      const left = movesOf(events).filter(({ source }) => source === 'h0')
      expect(left.length).toBeGreaterThan(0)
      // Only much later may another host be emptied onto this one.
      const back = movesOf(events).filter(({ vm, target, atMs }) => target === 'h0' && left.some((move) => move.vm === vm && atMs - move.atMs < 30 * MINUTE))
      expect(back).toEqual([])
      const notes = events.flatMap((event) => (event.kind === 'note' && event.reason.code === 'predecessorLost' ? [event.reason.text] : []))
      expect(notes[0]).toMatch(/\(powerOff\) is dropped: .*did not succeed.*; h0 stays on, and what left it stays where it is/)
    })

    it('other hosts are emptied in its stead', () => {
      expect(offs(run(fill, lock(2))).length).toBeGreaterThan(0)
    })
  })

  it('whichever migrations break, and however often: no host goes off with a VM, and no VM is carried about', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(0.1, 0.4, 0.9), fc.constantFrom('utilization' as const, 'risk' as const), fc.boolean(), (seed, migrationFailureRatio, fill, weighBenefit) => {
        const events = run(fill, [], { seed, migrationFailureRatio, weighBenefit })
        expect(followed(events).faults).toEqual([])
        const moves = movesOf(events)
        // Six quiet hours: once to where it is packed, once more as a further host is emptied.
        for (const vm of HOME.keys()) expect(moves.filter((move) => move.vm === `v${vm}`).length, `v${vm} (seed ${seed}, ${migrationFailureRatio}, ${fill})`).toBeLessThanOrEqual(3)
      }),
      { numRuns: 30, seed: 11 },
    )
  })
})
