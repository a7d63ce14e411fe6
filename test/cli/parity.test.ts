import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { simulate } from '../../sim/run.ts'
import { runProgram } from '../../src/cli/runProgram.ts'
import { inputLine } from '../../src/control/inputRecord.ts'
import { decisionOf } from '../../src/control/replay.ts'
import { beginLiveRecord, liveLines } from '../../src/store/liveRecord.ts'
import { HOUR, MINUTE, MONDAY_UNIX_MS, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../support/parts.ts'

const root = mkdtempSync(join(tmpdir(), 'plimsoll-parity-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A record as a live loop leaves it, of a pool whose first host is relieved. */
function recorded(number: number): string {
  const policy = makePolicy({ evenDistribution: { enabled: true, utilizationLow: 0.4 } })
  const vms = Array.from({ length: 8 }, (_, at) => workloadVm(makeVm(`v${at}`), 'h0', { cpuColumn: 0 }))
  const record = beginLiveRecord(root, MONDAY_UNIX_MS + number, { formatVersion: 1, pool: 'lab', policy, mode: 'automatic', startUnixMs: MONDAY_UNIX_MS })
  simulate(makeRun({ hosts: ['h0', 'h1', 'h2'].map((name) => initially(makeHost(name))), durationMs: 2 * HOUR, policy, workload: { vms, cpu: loadOf(10 * MINUTE, Array.from({ length: 12 }, () => [0.9])), memory: null, network: null, disk: null } }), {
    onTurn: (input, outputs) => {
      record.add('inputs', inputLine(input, null))
      record.add('decisions', decisionOf(input.atMs, outputs))
    },
  })
  for (let at = 0; at < 20; at++) record.add('migrations', { memoryMib: 64 * (1 + (at % 5)), dirtyMibPerS: 0, durationMs: 700 + 64 * (1 + (at % 5)) * 10, downtimeMs: 80, ok: true })
  return record.folder
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await runProgram(args, { out: (text) => void (out += text), err: (text) => void (err += text), isInteractive: false, columns: 80, workingDirectory: root })
  return { code, out, err }
}

describe('plimsoll parity', () => {
  it('finds every decision of a record again, and says how well its migrations were foretold', async () => {
    const { code, out } = await run('parity', recorded(0), '--json')
    const report = JSON.parse(out) as { inputs: number; equal: number; hash: { recorded: string; replayed: string }; plans: number; migrations: number; fidelity: { duration: { errorP90Ratio: number } }; loadAfter: { count: number; errorP90Ratio: number } }
    expect([code, report.equal, report.migrations]).toEqual([0, report.inputs, 20])
    expect(report.plans).toBeGreaterThan(0)
    expect(report.hash.replayed).toBe(report.hash.recorded)
    expect(report.loadAfter.count).toBeGreaterThan(2)
    expect(report.loadAfter.errorP90Ratio).toBeLessThan(0.02)
    expect(report.fidelity.duration.errorP90Ratio).toBeLessThan(0.05)
  })
  it('simulates the recorded pool again and comes to the same moves', async () => {
    const folder = recorded(5)
    const { code, out } = await run('parity', folder, '--closed-loop', '--repeats', '3', '--json')
    const { closedLoop } = JSON.parse(out) as { closedLoop: { live: { moves: number; hostsOnAtEnd: number }; simulated: { moves: number; hostsOnAtEnd: number }[] } }
    expect(code).toBe(0)
    expect(closedLoop.live.moves).toBeGreaterThan(1)
    expect(closedLoop.simulated.map(({ moves, hostsOnAtEnd }) => [moves, hostsOnAtEnd])).toEqual(Array.from({ length: 3 }, () => [closedLoop.live.moves, closedLoop.live.hostsOnAtEnd]))
    expect((await run('parity', folder, '--closed-loop')).out).toMatch(/moves +\d+ +\d+ \(\d+ to \d+\)/)
    expect((await run('parity', folder, '--repeats', '3')).code).toBe(2)
    expect((await run('parity', folder, '--closed-loop', '--repeats', '0')).code).toBe(2)
  })
  it('writes a record as a run that compare reads beside simulated ones, and refuses an empty one', async () => {
    const folder = recorded(7)
    const written = join(root, 'as-run')
    expect((await run('parity', folder, '--run', written)).code).toBe(0)
    const { code, out, err } = await run('compare', written, '--json')
    expect([code, err]).toEqual([0, expect.any(String)])
    expect(out).toContain('"lab"')
    writeFileSync(join(folder, 'inputs.ndjson'), '')
    writeFileSync(join(folder, 'decisions.ndjson'), '')
    expect(await run('parity', folder, '--run', join(root, 'nothing'))).toMatchObject({ code: 2, err: expect.stringContaining('--run') as string })
  })
  it('tells of a decision that was another one, and exits 1', async () => {
    const folder = recorded(1)
    const file = join(folder, 'decisions.ndjson')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"plans":\["[0-9a-f]{64}"\]/, '"plans":["0"]'))
    expect(await run('parity', folder)).toMatchObject({ code: 1, out: expect.stringContaining('recorded') as string })
    const { hash } = JSON.parse((await run('parity', folder, '--json')).out) as { hash: { recorded: string; replayed: string } }
    expect(hash.replayed).not.toBe(hash.recorded)
  })
  it('reads a record that was cut off in the middle of a line, and refuses what is none', async () => {
    const folder = recorded(2)
    const file = join(folder, 'decisions.ndjson')
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20))
    expect((await run('parity', folder)).code).toBe(0)
    expect(liveLines(folder, 'alarms')).toEqual([])
    expect((await run('parity', root)).code).toBe(2)
  })
})
