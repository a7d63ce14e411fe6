import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { jsonSchemas } from '../../src/config/jsonSchemas.ts'
import { inFolder } from './support.ts'

const { run, write } = inFolder()

const SIX = resolve(import.meta.dirname, '../../scenarios/examples/six-hosts.json')
/** The first answer: these tests are not about how good it is. */
const FIRST = ['--nodes-max', '0']
const POOL = `formatVersion: 1
hosts: [{id: a, model: rack-2020}, {id: b, model: rack-2020}, {id: c, model: rack-2020}]
vms:
  - {id: v, vcpus: 30, memoryMib: 32 GiB, host: a, usage: {cpuMhz: 40000}}
  - {id: w, vcpus: 30, memoryMib: 16 GiB, host: a, usage: {cpuMhz: 30000}}
  - {id: x, vcpus: 2, memoryMib: 4096, host: b, usage: {cpuMhz: 1000}}
rules:
  - {id: r, kind: keepOff, vms: [x], hosts: [c]}
`
const withRules = (rules: string): string => `${POOL}${rules}`

interface Printed {
  readonly hash: string
  readonly complete: boolean
  readonly goal: string
  readonly unmet: readonly { readonly code: string }[]
  readonly steps: readonly { readonly id: string; readonly kind: string; readonly vm?: string; readonly source?: string; readonly target?: string; readonly after: readonly string[] }[]
  readonly score: { readonly before: number; readonly after: number; readonly lowerBound: number | null; readonly movesCurve: readonly { readonly moves: number; readonly score: number }[] }
  readonly timing?: unknown
}
const printed = (out: string): Printed => JSON.parse(out) as Printed
const withoutTiming = (out: string): string => JSON.stringify({ ...printed(out), timing: null })

describe('plan', () => {
  it('relieves a loaded host, and says as a note why, what it costs, and how to undo it', async () => {
    write('pool.yaml', POOL)
    const { code, out } = await run('plan', 'pool.yaml', '--policy', 'even-distribution', '--explain')
    expect(code).toBe(0)
    expect(out).toMatch(/^Goal overload: 1 migration\./)
    for (const part of ['Why now: a at 87 % of CPU', 'migrate w from a to', 'How long: ', 'Risk: ', 'To undo: migrate w from', 'Assumed: Loads are what the VMs used', 'Hold times count as held']) expect(out).toContain(part)
  })

  it('prints a plan as its schema says, the same bytes again but for timing', async () => {
    const validate = new Ajv2020({ strict: false }).compile(jsonSchemas().get('plan.json')!)
    const [one, two] = [await run('plan', SIX, ...FIRST, '--json'), await run('plan', SIX, ...FIRST, '--json')]
    expect([one.code, one.err]).toEqual([0, ''])
    expect(validate(JSON.parse(one.out)), JSON.stringify(validate.errors)).toBe(true)
    expect(withoutTiming(one.out)).toBe(withoutTiming(two.out))
  })

  it('writes a plan to a file, whose bytes are the same each time', async () => {
    await run('plan', SIX, ...FIRST, '--out', 'one.json', '--quiet')
    await run('plan', SIX, ...FIRST, '--out', 'two.json', '--json')
    expect(readFileSync('one.json').equals(readFileSync('two.json'))).toBe(true)
  })

  it('does nothing for a quiet pool, and each goal says why', async () => {
    write('pool.yaml', POOL.replace('40000', '4000').replace('30000', '3000'))
    const { code, out } = await run('plan', 'pool.yaml', '--policy', 'even-distribution')
    expect(code).toBe(0)
    expect(out).toMatch(/^Nothing was done because there is nothing to do: .*No host was above 80 % of CPU/)
    expect(printed((await run('plan', 'pool.yaml', '--policy', 'even-distribution', '--json')).out)).toMatchObject({ steps: [], complete: true })
  })

  it('obeys a policy’s file and single settings', async () => {
    write('pool.yaml', POOL)
    write('mine.yaml', 'base: even-distribution\n')
    expect(printed((await run('plan', 'pool.yaml', '--policy', 'mine.yaml', '--json')).out).steps).toHaveLength(1)
    expect(printed((await run('plan', 'pool.yaml', '--policy', 'mine.yaml', '--json', '--set', 'evenDistribution.utilizationHigh=90 %', '--set', 'evenDistribution.balancePool=false')).out).steps).toEqual([])
    expect(printed((await run('plan', 'pool.yaml', '--policy', 'mine.yaml', '--json', '--moves-max', '0')).out).steps).toEqual([])
  })

  it('mends broken rules and overfull hosts before anything else', async () => {
    write('pool.yaml', withRules('  - {id: apart, kind: apart, vms: [v, w]}\n  - {id: there, kind: runOn, vms: [x], hosts: [a, c]}\n').replace('kind: keepOff, vms: [x], hosts: [c]', 'kind: keepOff, vms: [x], hosts: [b]'))
    const { code, out } = await run('plan', 'pool.yaml', '--policy', 'none', '--json')
    const plan = printed(out)
    expect([code, plan.goal, plan.score.before, plan.score.after]).toEqual([0, 'repair', 3, 0])
    expect(plan.steps.map(({ vm }) => vm).sort()).toEqual(expect.arrayContaining(['x']))
    write('full.yaml', 'formatVersion: 1\nhosts: [{id: a, cores: 8, coreMhz: 2000, memoryMib: 8192}, {id: b, cores: 8, coreMhz: 2000, memoryMib: 8192}]\nvms: [{id: v, vcpus: 1, memoryMib: 5000, host: a}, {id: w, vcpus: 1, memoryMib: 5000, host: a}]\n')
    expect(printed((await run('plan', 'full.yaml', '--json')).out)).toMatchObject({ goal: 'repair', steps: [{ kind: 'migrate', source: 'a', target: 'b' }] })
  })

  it('says exactly what it can’t mend, and answers 1', async () => {
    write('pool.yaml', 'formatVersion: 1\nhosts: [{id: a, cores: 8, coreMhz: 2000, memoryMib: 8192}, {id: b, cores: 8, coreMhz: 2000, memoryMib: 8192}]\nvms: [{id: v, vcpus: 1, memoryMib: 1000, host: a, movable: false}, {id: w, vcpus: 1, memoryMib: 1000, host: a, movable: false}]\nrules: [{id: r, kind: apart, vms: [v, w]}]\n')
    const { code, out } = await run('plan', 'pool.yaml')
    expect(code).toBe(1)
    expect(out).toMatch(/Not reached: rule r: .*no placement that was found mends it.*\[ruleBroken\]/)
  })

  it.each<[string, string, number, RegExp]>([
    ['all hosts off', 'hosts: [{id: a, model: rack-2020, state: "off"}]\nvms: [{id: v, vcpus: 1, memoryMib: 512}]', 1, /Not reached: v \(512 MiB\) fits no host: 0 are on/],
    ['one host that is to be left', 'hosts: [{id: a, model: rack-2020, mode: entering}]\nvms: [{id: v, vcpus: 1, memoryMib: 512, host: a}]', 1, /Not reached: v finds no other host/],
    ['one host', 'hosts: [{id: a, model: rack-2020}]\nvms: [{id: v, vcpus: 1, memoryMib: 512, host: a}]', 0, /^Nothing was done/],
    ['no VMs', 'hosts: [{id: a, model: rack-2020}]', 0, /./],
  ])('of a pool with %s is valid, perhaps empty, and says why', async (_, pool, expected, message) => {
    write('pool.yaml', `formatVersion: 1\n${pool}\n`)
    const { code, out } = await run('plan', 'pool.yaml')
    expect(out).toMatch(message)
    expect(code).toBe(expected)
    expect((await run('plan', 'pool.yaml', '--objective', 'ganeti')).code).toBeLessThanOrEqual(1)
  })

  it.each<[string, string[], RegExp]>([
    ['a pool that is not there', ['plan', 'none.json'], /^none.json: does not exist/],
    ['no hosts', ['plan', 'empty.json'], /^empty.json:1 hosts: is empty, expected at least 1/],
    ['VMs on unknown hosts, twice, and larger than any host, all at once', ['plan', 'bad.yaml'], /unknown host "z"[\s\S]*as that of another VM[\s\S]*fits nowhere/],
    ['negative sizes', ['plan', 'negative.yaml'], /memoryMib: is -5/],
    ['rules that name nothing, and contradict each other', ['plan', 'rules.yaml'], /unknown VM "nobody"[\s\S]*keeps v and w apart, but other rules keep them together/],
    ['an unknown objective', ['plan', 'pool.yaml', '--objective', 'ganetti'], /^--objective: unknown objective "ganetti": did you mean "ganeti"/],
    ['an unknown policy', ['plan', 'pool.yaml', '--policy', 'balancd'], /^--policy: unknown policy "balancd": did you mean "balanced"/],
    ['a policy of the study', ['plan', 'pool.yaml', '--policy', 'thr-mmt-0.8'], /^--policy: thr-mmt-0.8 is a policy of the PlanetLab study/],
    ['a setting that is none', ['plan', 'pool.yaml', '--set', 'powerSave.fillMx=1'], /^--set powerSave.fillMx: unknown key "fillMx"/],
    ['a deadline without a unit', ['plan', 'pool.yaml', '--deadline', '5'], /^--deadline: "5" is not a quantity/],
    ['a deadline of nothing', ['plan', 'pool.yaml', '--deadline', '0 s'], /^--deadline: is 0 s, expected more than nothing/],
    ['moves that are no number', ['plan', 'pool.yaml', '--moves-max', 'few'], /^--moves-max: is "few", expected a whole number/],
  ])('refuses %s', async (_, args, message) => {
    write('pool.yaml', POOL)
    write('empty.json', '{"formatVersion": 1, "hosts": []}')
    write('bad.yaml', POOL.replace('host: b', 'host: z').replace('id: w', 'id: v').replace('rules:', '  - {id: large, vcpus: 1, memoryMib: 8 TiB}\nrules:'))
    write('negative.yaml', POOL.replace('4096', '-5'))
    write('rules.yaml', withRules('  - {id: s, kind: runOn, vms: [nobody], hosts: [a]}\n  - {id: t, kind: apart, vms: [v, w]}\n  - {id: u, kind: together, vms: [v, w]}\n'))
    const { code, out, err } = await run(...args)
    expect(err).toMatch(message)
    expect([code, out]).toEqual([2, ''])
  })

  it('is safe with a deadline of a millisecond', async () => {
    for (const args of [[], ['--objective', 'ganeti']]) {
      const { code } = await run('plan', SIX, '--deadline', '1ms', '--out', 'plan.json', ...args)
      expect(code).toBeLessThanOrEqual(1)
      expect((await run('check', 'plan.json', '--snapshot', SIX)).code).toBe(0)
    }
  })
})

describe('plan --objective ganeti', () => {
  it('lowers the score along a curve that begins and ends where it says, and keeps to --moves-max', async () => {
    const whole = printed((await run('plan', SIX, '--objective', 'ganeti', '--json')).out)
    const { before, after, lowerBound, movesCurve } = whole.score
    expect(after).toBeLessThan(before)
    expect(lowerBound).toBeLessThanOrEqual(after)
    expect([movesCurve[0]!.score, movesCurve.at(-1)!.score]).toEqual([before, expect.closeTo(after, 9)])
    const two = printed((await run('plan', SIX, '--objective', 'ganeti', '--json', '--moves-max', '2')).out)
    expect(two.steps.filter(({ kind }) => kind === 'migrate').length).toBeLessThanOrEqual(2)
    expect(two.score.after).toBeGreaterThanOrEqual(after)
  })

  it('repeats to the byte for a seed', async () => {
    const outs = await Promise.all([1, 1].map(async (seed) => withoutTiming((await run('plan', SIX, '--objective', 'ganeti', '--json', '--seed', String(seed))).out)))
    expect(outs[0]).toBe(outs[1])
  })
})

describe('check of a plan', () => {
  it('finds it in order on its own snapshot', async () => {
    await run('plan', SIX, ...FIRST, '--out', 'plan.json')
    expect((await run('check', 'plan.json')).out).toMatch(/^plan.json is in order: a plan of 5 steps, .* Whether it is safe says --snapshot/)
    const { code, out } = await run('check', 'plan.json', '--snapshot', SIX, '--json')
    expect([code, JSON.parse(out)]).toMatchObject([0, { ok: true, kind: 'plan' }])
  })

  it('takes what plan --json printed', async () => {
    write('plan.json', (await run('plan', SIX, ...FIRST, '--json')).out)
    expect((await run('check', 'plan.json', '--snapshot', SIX)).code).toBe(0)
  })

  it.each<[string, (text: string) => string, RegExp]>([
    ['was changed after it was made', (text) => text.replace('"target":"kvm-6"', '"target":"kvm-3"'), /hash: the plan's content has the address/],
    ['was made on another snapshot', (text) => text.replace(/("baseHash": ")./, '$1x'.replace('x', 'f')), /baseHash: the plan was made on another snapshot/],
    ['was made on another revision', (text) => text.replace('"baseRevision": 0', '"baseRevision": 7'), /baseRevision: the plan was made on revision 7 of the pool/],
    ['moves a VM that is elsewhere', (text) => text.replace('"vm":"build-2"', '"vm":"wiki-1"'), /wiki-1 is not on kvm-1/],
  ])('answers 1 to one that %s', async (_, change, message) => {
    await run('plan', SIX, ...FIRST, '--out', 'plan.json')
    write('plan.json', change(readFileSync('plan.json', 'utf8')))
    const { code, out } = await run('check', 'plan.json', '--snapshot', SIX)
    expect(out).toMatch(message)
    expect(code).toBe(1)
  })

  it.each<[string, (text: string) => string, RegExp]>([
    ['an unknown key', (text) => text.replace('"baseRevision"', '"baseRevisio": 1, "baseRevision"'), /^plan.json:\d+ baseRevisio: unknown key "baseRevisio"/],
    ['a step of no known kind', (text) => text.replace('"kind":"migrate"', '"kind":"teleport"'), /^plan.json:\d+ steps\[\d\].kind: /],
    ['a step twice', (text) => text.replace('"id":"p0.1"', '"id":"p0.0"'), /is p0.0, as that of another step/],
  ])('refuses a file with %s', async (_, change, message) => {
    await run('plan', SIX, ...FIRST, '--out', 'plan.json')
    write('plan.json', change(readFileSync('plan.json', 'utf8')))
    const { code, err } = await run('check', 'plan.json')
    expect(err).toMatch(message)
    expect(code).toBe(2)
  })

  it('answers 1 to a pool that breaks its rules', async () => {
    write('pool.yaml', withRules('  - {id: apart, kind: apart, vms: [v, w]}\n'))
    const { code, out } = await run('check', 'pool.yaml')
    expect([code, out]).toEqual([1, expect.stringMatching(/^pool.yaml rules: is broken now: rule apart: v/)])
  })
})

describe('explain', () => {
  it('tells a plan, and what concerns one VM, host or step of it', async () => {
    await run('plan', SIX, ...FIRST, '--out', 'plan.json')
    expect((await run('explain', 'plan.json')).out).toMatch(/^Goal placement: [\s\S]*To undo: /)
    expect((await run('explain', 'plan.json', 'build-2')).out).toMatch(/migrate build-2 from kvm-1 to kvm-4: kvm-1 at 88 % of CPU/)
    expect((await run('explain', 'plan.json', 'kvm-5')).out).toMatch(/kvm-5 enters maintenance/)
    expect((await run('explain', 'plan.json', 'p0.4')).out).toMatch(/p0.4 +migrate build-2/)
    const nothing = await run('explain', 'plan.json', 'wiki-1')
    expect([nothing.code, nothing.out]).toEqual([1, expect.stringMatching(/^the plan says nothing of wiki-1/)])
  })

  it('says why a VM is not on another host', async () => {
    await run('plan', SIX, ...FIRST, '--out', 'plan.json')
    const { code, out } = await run('explain', 'plan.json', 'build-2', '--why-not', 'kvm-5', '--snapshot', SIX)
    expect([code, out]).toEqual([0, expect.stringMatching(/^build-2 is on kvm-4 in this plan, not on kvm-5: kvm-5 is entering/)])
    expect((await run('explain', 'plan.json', 'shop-3', '--why-not', 'kvm-3', '--snapshot', SIX)).out).toMatch(/shop-2/)
    expect((await run('plan', SIX, '--explain')).out).toMatch(/VMs without a place: 1, then 0\n[\s\S]*VMs on hosts that must be left: 2, then 0\n[\s\S]*load above the mark that hosts are relieved to: 23 % of a host, then 0.0 % of a host/)
    const full = await run('explain', 'plan.json', 'build-2', '--why-not', 'kvm-2', '--snapshot', SIX)
    expect(full.out).toMatch(/in the end kvm-2 would carry [\d,]+ MHz of CPU, and is filled to 52,390 at most[\s\S]*\[hardLimit\]/)
    expect(full.out).toMatch(/To change that: kvm-2 needs [\d,]+ MHz of CPU less on it/)
    expect((await run('explain', 'plan.json', 'wiki-1', '--why-not', 'kvm-6', '--snapshot', SIX)).out).toMatch(/no goal asks wiki-1 to move[\s\S]*\[notAsked\]/)
    await run('plan', SIX, '--objective', 'ganeti', '--out', 'score.json')
    const moved = printed(readFileSync('score.json', 'utf8')).steps[0]!
    expect((await run('explain', 'score.json', moved.vm!, '--why-not', moved.source ?? 'kvm-1', '--snapshot', SIX)).out).toMatch(/not on kvm-/)
  })

  it('tells a run, and what concerns one VM of it', async () => {
    await run('init', '.')
    await run('simulate', 'scenario.yaml', '--policy', 'balanced', '--quiet', '--out', 'runs')
    expect((await run('explain', 'runs/balanced-seed1')).out).toMatch(/^first-steps with balanced, seed 1, over 3.0 days:\n/)
    expect((await run('explain', 'runs/balanced-seed1', 'build-01')).out).toMatch(/begins: migrate build-01/)
    expect((await run('explain', 'runs/balanced-seed1', 'nobody')).code).toBe(1)
  })

  it.each<[string, string[], RegExp]>([
    ['no such file', ['explain', 'none.json'], /^none.json: does not exist/],
    ['a folder that is no run', ['explain', '.'], /^\.: is a folder, but not that of a run/],
    ['no name to ask about', ['explain', 'plan.json', '--why-not', 'kvm-2', '--snapshot', SIX], /^NAME: is missing/],
    ['no pool to compare on', ['explain', 'plan.json', 'build-1', '--why-not', 'kvm-2'], /^--snapshot: is missing/],
    ['another pool', ['explain', 'plan.json', 'build-1', '--why-not', 'kvm-2', '--snapshot', 'other.yaml'], /is not the snapshot that the plan was made on/],
    ['a host that is not there', ['explain', 'plan.json', 'build-1', '--why-not', 'kvm-9', '--snapshot', SIX], /^--why-not: kvm-9 is not in the pool/],
  ])('refuses %s', async (_, args, message) => {
    write('other.yaml', POOL)
    await run('plan', SIX, ...FIRST, '--out', 'plan.json')
    const { code, err } = await run(...args)
    expect(err).toMatch(message)
    expect(code).toBe(2)
  })
})

describe('place', () => {
  it('ranks hosts for one VM with reasons, and answers 1 when none takes it', async () => {
    const { code, out } = await run('place', SIX, '--vm', 'vcpus=8,memory=32GiB,name=shop-4,apart=shop-1+shop-2')
    expect(code).toBe(0)
    expect(out).toMatch(/^shop-4 \(8 vCPUs, 32.0 GiB, expected to use \d+ MHz\): best on kvm-\d\n\n\*+\+? +kvm-/)
    expect(out).toMatch(/not kvm-1: [^\n]*rule shop-4-apart-shop-1: [^\n]*\[rule\]/)
    expect(out).toMatch(/not kvm-5: is entering maintenance: take it out \[hostInMaintenance\]/)
    expect((await run('place', SIX, '--vm', 'vcpus=8,memory=250GiB')).code).toBe(1)
  })

  it('places a batch jointly, from options or a file', async () => {
    const { code, out } = await run('place', SIX, '--vm', 'vcpus=4,memory=16GiB', '--count', '6', '--vm', 'vcpus=2,memory=8GiB,name=small', '--json')
    const { placements } = JSON.parse(out) as { placements: { vm: string; host: string | null; stars: number }[] }
    expect([code, placements.map(({ vm }) => vm)]).toEqual([0, [1, 2, 3, 4, 5, 6].map((number) => `new-${number}`).concat([1, 2, 3, 4, 5, 6].map((number) => `small-${number}`))])
    expect(placements.every(({ host, stars }) => host !== 'kvm-5' && (2 * stars) % 1 === 0 && stars >= 1 && stars <= 5)).toBe(true)
    write('vms.yaml', '- {vcpus: 4, memoryMib: 16 GiB, count: 2, spread: "yes"}\n')
    const spread = JSON.parse((await run('place', SIX, '--file', 'vms.yaml', '--json')).out) as typeof placements extends never ? never : { placements: { host: string }[] }
    expect(new Set(spread.placements.map(({ host }) => host)).size).toBe(2)
  })

  it('goes where its disks have room, and says where they have not', async () => {
    const host = { coreMhz: 2000, memoryMib: 65_536 }
    write('disks.json', JSON.stringify({ formatVersion: 1, hosts: [{ id: 'small', cores: 8, ...host, diskMib: 10_240 }, { id: 'large', cores: 4, ...host, diskMib: 102_400 }], vms: [], rules: [] }))
    expect((await run('place', 'disks.json', '--vm', 'vcpus=2,memory=8GiB')).out).toMatch(/best on small/)
    const { out } = await run('place', 'disks.json', '--vm', 'vcpus=2,memory=8GiB,disk=50GiB')
    expect(out).toMatch(/best on large/)
    expect(out).toMatch(/small.*10240 of 10240 MiB of disk left, 51200 are needed/)
  })

  it.each<[string, string[], RegExp]>([
    ['no VM', ['place', SIX], /^--vm: is missing/],
    ['both forms', ['place', SIX, '--vm', 'vcpus=1,memory=1GiB', '--file', 'vms.yaml'], /^--file: is given beside --vm/],
    ['a word that is no setting', ['place', SIX, '--vm', 'large'], /^--vm: "large" is not key=value/],
    ['an unknown key', ['place', SIX, '--vm', 'vcpu=1,memory=1GiB'], /^--vm \[0\].vcpu: unknown key "vcpu"/m],
    ['a size that is missing', ['place', SIX, '--vm', 'vcpus=1'], /^--vm \[0\].memoryMib: is missing/],
    ['a VM that is not there', ['place', SIX, '--vm', 'vcpus=1,memory=1GiB,apart=shop-9'], /unknown VM "shop-9": did you mean "shop-/],
    ['a host that is not there', ['place', SIX, '--vm', 'vcpus=1,memory=1GiB,runOn=kvm-9'], /unknown host "kvm-9"/],
    ['a name that is taken', ['place', SIX, '--vm', 'vcpus=1,memory=1GiB,name=shop-1'], /gives shop-1, as another VM is called/],
    ['a unit of another kind', ['place', SIX, '--vm', 'vcpus=1,memory=1GHz'], /"GHz" is a unit of frequency/],
  ])('refuses %s', async (_, args, message) => {
    write('vms.yaml', '- {vcpus: 1, memoryMib: 512}\n')
    const { code, out, err } = await run(...args)
    expect(err).toMatch(message)
    expect([code, out]).toEqual([2, ''])
    expect(existsSync('plan.json')).toBe(false)
  })
})
