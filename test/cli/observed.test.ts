import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Watched, writeObserved } from '../../src/cli/observe.ts'
import { runProgram } from '../../src/cli/runProgram.ts'
import type { Interval } from '../../src/drivers/libvirt/observedPool.ts'
import type { MeasuredVm } from '../../src/drivers/libvirt/usage.ts'
import { hostId, vmId } from '../../src/model/ids.ts'
import { openSource } from '../../src/store/bytes.ts'
import { readLoad } from '../../sim/workloads/formats.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-observed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string): string => join(folder, name)

const EVERY_MS = 300_000
const COUNT = 3 * 288
const VMS = ['a', 'b', 'c', 'd']
const BEGAN = Date.UTC(2026, 2, 2)

/** Cores that a VM used: a day's wave, of another height for each. */
const coresOf = (vm: number, sample: number): number => 0.2 * (vm + 1) * (1 + Math.sin((2 * Math.PI * sample) / 288))
/** Of b no reading came for an hour: it was on its way between hosts. */
const isGap = (vm: number, sample: number): boolean => vm === 1 && sample >= 100 && sample < 112

/** Three days of a pool; c moved to the second host half-way. */
function watched(): Watched {
  const hostAt = (vm: number, sample: number): string => (vm === 3 || (vm === 2 && sample >= COUNT / 2) ? 'kvm2' : 'kvm1')
  const measured = (vm: number, sample: number): MeasuredVm => ({ cores: coresOf(vm, sample), delayRatio: 0, memoryMib: 1024 + vm, networkMibPerS: null, diskMibPerS: vm })
  const interval = (sample: number): Interval => new Map(['kvm1', 'kvm2'].map((host) => [hostId(host), {
    intervalMs: EVERY_MS, cores: 4, overheadCores: 0, memoryFreeMib: 20_000,
    vms: new Map(VMS.flatMap((name, vm) => (hostAt(vm, sample) === host && !isGap(vm, sample) ? [[`uuid-${name}`, measured(vm, sample)] as const] : []))),
  }]))
  const fields = {
    formatVersion: 1, takenAt: new Date(BEGAN + COUNT * EVERY_MS).toISOString(),
    hosts: ['kvm1', 'kvm2'].map((id) => ({ id, cores: 4, coreMhz: 2500, memoryMib: 32_768, migrationLinkMibPerS: 1000 })),
    vms: VMS.map((id, vm) => ({ id, vcpus: 4, memoryMib: 4096, state: 'running', host: hostAt(vm, COUNT - 1) })), rules: [],
  }
  return { observed: { fields, uuids: new Map(VMS.map((name) => [vmId(name), `uuid-${name}`])), silent: [], notes: [] }, intervals: Array.from({ length: COUNT }, (_, sample) => interval(sample)), everyMs: EVERY_MS, beganUnixMs: BEGAN }
}

async function command(...args: string[]): Promise<string> {
  let [out, err] = ['', '']
  const code = await runProgram(args, { out: (text) => void (out += text), err: (text) => void (err += text), isInteractive: false, columns: 80, workingDirectory: folder })
  expect(code, `${args.join(' ')}: ${err}${out}`).toBe(0)
  return out
}

describe('what observe writes', () => {
  it('is read back by plan, forecast and simulate, with the values that were seen', async () => {
    const terminal = { out: () => undefined, err: () => undefined, isInteractive: false, columns: 80, workingDirectory: folder }
    expect(await writeObserved(watched(), { out: 'pool.json', history: 'history' }, terminal)).toBe(0)

    const { workload, startUnixMs } = readLoad('load', openSource(join(folder, 'history')))
    expect(startUnixMs).toBe(BEGAN)
    const cpu = workload.cpu!
    expect([cpu.stepMs, cpu.sampleCount, [...cpu.names]]).toEqual([EVERY_MS, COUNT, VMS])
    for (let sample = 0; sample < COUNT; sample++) {
      VMS.forEach((name, vm) => {
        const ratio = cpu.codes[sample * VMS.length + vm]! / cpu.divisor
        if (isGap(vm, sample)) expect(ratio, `${name} at ${sample}`).toBeNaN()
        else expect(Math.abs(ratio - coresOf(vm, sample) / 4), `${name} at ${sample}`).toBeLessThanOrEqual(0.0001)
      })
    }
    expect(workload.network).toBeNull()
    expect(workload.disk!.codes.at(-1)).toBe(3)

    expect(JSON.parse(await command('plan', at('pool.json'), '--json'))).toMatchObject({ complete: true })
    await command('check', at('pool.json'))
    const ahead = await command('forecast', at('history'), '--json')
    for (const name of VMS) expect(ahead).toContain(`"${name}"`)
    writeFileSync(join(folder, 'scenario.yaml'), 'formatVersion: 1\nname: seen\nsnapshot: pool.json\nworkload: {format: load, path: history}\npolicies: [balanced]\n')
    const run = JSON.parse(await command('simulate', at('scenario.yaml'), '--json', '--out', at('runs'))) as Record<string, unknown>
    expect(JSON.stringify(run)).toContain('balanced')
    expect(readFileSync(join(folder, 'pool.json'), 'utf8')).toContain('"takenAt": "2026-03-05T00:00:00.000Z"')
  })
})
