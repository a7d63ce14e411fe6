import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../src/cli/runProgram.ts'
import { listenForControl, socketOf } from '../../src/drivers/live/controlSocket.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-live-cli-'))
const config = join(folder, 'pool.yaml')
beforeAll(() => {
  writeFileSync(config, JSON.stringify({ formatVersion: 1, name: 'lab', stateFolder: folder, hosts: [{ id: 'a', driver: 'test', bmc: { kind: 'dry' } }, { id: 'b', driver: 'test', bmc: { kind: 'ipmi', address: '127.0.0.1', user: 'x', password: { environment: 'PLIMSOLL_NO_SUCH_SECRET' } } }] }))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await runProgram(args, { out: (text) => void (out += text), err: (text) => void (err += text), isInteractive: false, columns: 80, workingDirectory: folder })
  return { code, out, err }
}

describe('plimsoll power status', () => {
  it('says what each controller says, and exits 3 where one can’t be asked', async () => {
    const { code, out } = await run('power', 'status', '--config', config, '--json')
    expect(code).toBe(3)
    expect(JSON.parse(out)).toMatchObject({ pool: 'lab', hosts: [{ host: 'a', bmc: 'dry', power: 'on', failures: [] }, { host: 'b', power: null, failures: [expect.stringContaining('PLIMSOLL_NO_SUCH_SECRET')] }] })
    expect(await run('power', 'status', 'a', '--config', config)).toMatchObject({ code: 0, out: expect.stringContaining('dry') as string })
  })
  it('refuses hosts that the pool does not have, and a pool that is not named', async () => {
    expect(await run('power', 'status', 'nobody', '--config', config)).toMatchObject({ code: 2, err: expect.stringContaining('nobody is not in the pool') as string })
    expect((await run('power', 'status')).code).toBe(2)
  })
})

describe('plimsoll maintenance enter and exit', () => {
  it('exit 3 while no loop runs', async () => {
    expect(await run('maintenance', 'enter', 'a', '--config', config)).toMatchObject({ code: 3, err: expect.stringContaining('no loop runs for lab') as string })
  })
  it('tell the loop that runs, and say what it answered', async () => {
    const heard: string[] = []
    const listening = await listenForControl(socketOf(folder), (line) => (heard.push(line), { ok: heard.length === 1, message: 'as you wish' }))
    expect(await run('maintenance', 'enter', 'a', '--method', 'shutdown', '--config', config)).toMatchObject({ code: 0, out: 'as you wish\n' })
    expect(await run('maintenance', 'exit', 'a', '--config', config)).toMatchObject({ code: 1, err: 'as you wish\n' })
    expect(heard.map((line) => JSON.parse(line) as unknown)).toEqual([{ kind: 'maintenanceEnter', host: 'a', method: 'shutdown' }, { kind: 'maintenanceLeave', host: 'a' }])
    await listening.close()
  })
  it('refuse a method that there is not', async () => expect((await run('maintenance', 'enter', 'a', '--method', 'kill', '--config', config)).code).toBe(2))
})
