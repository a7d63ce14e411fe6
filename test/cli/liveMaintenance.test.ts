import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../src/cli/runProgram.ts'
import { listenForControl, socketOf } from '../../src/drivers/live/controlSocket.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-maintenance-'))
const state = join(folder, 'state')
const heard: unknown[] = []
let socket: { close(): Promise<void> }

beforeAll(async () => {
  mkdirSync(state, { recursive: true })
  writeFileSync(join(folder, 'pool.yaml'), `formatVersion: 1\nname: lab\nstateFolder: ${state}\nhosts:\n  - {id: h1, driver: test, transport: local}\n  - {id: h2, driver: test, transport: local}\n`)
  socket = await listenForControl(socketOf(state), (line) => {
    heard.push(JSON.parse(line))
    return { ok: true, message: 'told' }
  })
})
afterAll(async () => {
  await socket.close()
  rmSync(folder, { recursive: true, force: true })
})

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  let said = ''
  const code = await runProgram([...args, '--config', 'pool.yaml'], { out: (text) => void (said += text), err: (text) => void (said += text), isInteractive: false, columns: 80, workingDirectory: folder })
  return { code, said }
}

describe('what people tell the loop by command', () => {
  it.each<[string, readonly string[], object]>([
    ['enter', ['maintenance', 'enter', 'h1', '--method', 'shutdown'], { kind: 'maintenanceEnter', host: 'h1', method: 'shutdown' }],
    ['exit', ['maintenance', 'exit', 'h1'], { kind: 'maintenanceLeave', host: 'h1' }],
    ['schedule', ['maintenance', 'schedule', 'h2', '--at', '2026-12-01T22:00:00+01:00', '--for', '2 h'], { kind: 'maintenancePlan', host: 'h2', atUnixMs: Date.UTC(2026, 11, 1, 21), durationMs: 7_200_000, method: null }],
    ['unschedule', ['maintenance', 'unschedule', 'h2'], { kind: 'maintenanceUnplan', host: 'h2' }],
    ['roll all', ['maintenance', 'roll', '--stay', '20 min'], { kind: 'maintenanceRoll', hosts: null, stayMs: 1_200_000, method: null }],
    ['roll some', ['maintenance', 'roll', 'h2', 'h1'], { kind: 'maintenanceRoll', hosts: ['h1', 'h2'], stayMs: null, method: null }],
    ['stop rolling', ['maintenance', 'stop-rolling'], { kind: 'maintenanceRollStop' }],
    ['run now', ['loop', 'run-now', 'powerSave', '--for', '1 h'], { kind: 'runNow', goal: 'powerSave', forMs: 3_600_000 }],
  ])('%s arrives as it was meant', async (_, args, message) => {
    heard.length = 0
    expect(await run(...args)).toMatchObject({ code: 0 })
    expect(heard).toEqual([message])
  })

  it('is refused with all that is wrong, and nothing is told', async () => {
    heard.length = 0
    const { code, said } = await run('maintenance', 'schedule', 'h1', '--at', 'tomorrow', '--for', '5 s', '--method', 'shove')
    expect(code).toBe(2)
    for (const part of ['--at: is tomorrow', '--for: is 5 s', '--method: is shove']) expect(said).toContain(part)
    expect((await run('maintenance', 'enter', 'h9')).code).toBe(2)
    expect((await run('loop', 'run-now', 'sleep')).code).toBe(2)
    expect(heard).toEqual([])
  })
})
