import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inFolder } from './support.ts'

const { run, write } = inFolder()
const SIX = resolve(import.meta.dirname, '../../scenarios/examples/six-hosts.json')

interface Answer {
  readonly ok: boolean
  readonly blockers: readonly { readonly code: string; readonly vm: string | null; readonly fix: string }[]
  readonly plan: { readonly steps: readonly { readonly kind: string; readonly vm?: string; readonly source?: string }[] }
}
const pool = (parts: string): string => `formatVersion: 1
hosts: [{id: a, model: rack-2020}, {id: b, model: rack-2020, mode: maintenance}, {id: c, model: rack-2020}]
vms:
${parts}`

describe('maintenance check', () => {
  it('says how a host is emptied when nothing keeps it', async () => {
    const { code, out } = await run('maintenance', 'check', SIX, 'kvm-2', '--json')
    const { ok, blockers, plan } = JSON.parse(out) as Answer
    expect([code, ok, blockers]).toEqual([0, true, []])
    expect(plan.steps.every(({ source }) => source === 'kvm-2')).toBe(true)
  })

  it('lists everything that keeps it, each with what helps', async () => {
    write('pool.yaml', pool(`  - {id: v, vcpus: 2, memoryMib: 4096, host: a, movable: false}
  - {id: w, vcpus: 2, memoryMib: 4096, host: a, needs: {devices: [gpu]}}
  - {id: x, vcpus: 2, memoryMib: 4096, host: a, onMaintenance: shutdown, movable: false}
`))
    const { code, out } = await run('maintenance', 'check', 'pool.yaml', 'a', '--json')
    const { blockers } = JSON.parse(out) as Answer
    expect(code).toBe(1)
    expect(blockers.map(({ code: why, vm }) => [why, vm])).toEqual([['vmNotMovable', 'v'], ['deviceStays', 'w']])
    expect(blockers.every(({ fix }) => fix.length > 0)).toBe(true)
    expect((await run('maintenance', 'check', 'pool.yaml', 'a', '--method', 'suspend', '--json')).code).toBe(0)
  })

  it('keeps the room for failures that the policy asks for', async () => {
    write('pool.yaml', pool('  - {id: v, vcpus: 2, memoryMib: 4096, host: a}\n'))
    expect((await run('maintenance', 'check', 'pool.yaml', 'a')).code).toBe(0)
    const { code, out } = await run('maintenance', 'check', 'pool.yaml', 'a', '--set', 'availability.hostFailures=1')
    expect(code).toBe(1)
    expect(out).toContain("a can't be emptied")
  })

  it('refuses a host and a method that there are not', async () => {
    for (const args of [['nope'], ['kvm-1', '--method', 'explode']]) expect((await run('maintenance', 'check', SIX, ...args)).code).toBe(2)
  })
})

describe('maintenance rolling', () => {
  it('restarts every host that is in service once, one at a time unless told otherwise', async () => {
    const { code, out } = await run('maintenance', 'rolling', SIX, '--json')
    const { steps, hostsAtOnce } = JSON.parse(out) as { readonly steps: readonly { readonly kind: string; readonly host?: string }[]; readonly hostsAtOnce: number }
    expect([code, hostsAtOnce]).toEqual([0, 1])
    const power = steps.filter(({ kind }) => kind.startsWith('power'))
    expect(power.filter(({ kind }) => kind === 'powerOff').map(({ host }) => host).sort()).toEqual(['kvm-1', 'kvm-2', 'kvm-3', 'kvm-4', 'kvm-6'])
    power.forEach(({ kind }, position) => expect(kind).toBe(position % 2 === 0 ? 'powerOff' : 'powerOn'))
    const two = JSON.parse((await run('maintenance', 'rolling', SIX, '--json', '--set', 'maintenance.hostsAtOnceMax=2')).out) as { readonly hostsAtOnce: number }
    expect(two.hostsAtOnce).toBe(2)
  })
})

describe('check --failover', () => {
  const full = (priority: string): string => `formatVersion: 1
hosts: [{id: a, model: rack-2020, memoryMib: 64 GiB}, {id: b, model: rack-2020, memoryMib: 64 GiB}]
vms:
  - {id: v, vcpus: 2, memoryMib: 20 GiB, host: a, restartPriority: 2}
  - {id: w, vcpus: 2, memoryMib: 10 GiB, host: a${priority}}
  - {id: x, vcpus: 2, memoryMib: 36 GiB, host: b}
`

  it('names the VMs that would not restart, those that come last by priority', async () => {
    write('pool.yaml', full(''))
    const { code, out } = await run('check', 'pool.yaml', '--failover', '--json')
    expect(code).toBe(1)
    expect((JSON.parse(out) as { failover: unknown }).failover).toEqual([{ host: 'a', homeless: ['v'] }, { host: 'b', homeless: ['x'] }])
    write('pool.yaml', full(', restartPriority: 3'))
    expect((JSON.parse((await run('check', 'pool.yaml', '--failover', '--json')).out) as { failover: unknown[] }).failover[0]).toEqual({ host: 'a', homeless: ['w'] })
  })

  it('is content with a pool that survives any host, and silent where it is not asked', async () => {
    write('pool.yaml', full(''))
    expect((await run('check', 'pool.yaml')).code).toBe(0)
    expect((await run('check', SIX, '--failover')).code).toBe(0)
  })
})
