import { mkdtempSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseControlMessage } from '../../../src/config/controlMessage.ts'
import { listenForControl, socketOf, tellControl } from '../../../src/drivers/live/controlSocket.ts'
import { hostId } from '../../../src/model/ids.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-socket-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the control socket', () => {
  it('takes a message and gives an answer, to its owner alone', async () => {
    const heard: unknown[] = []
    const listening = await listenForControl(socketOf(folder), (line) => (heard.push(parseControlMessage(line)), { ok: true, count: heard.length }))
    expect(statSync(socketOf(folder)).mode & 0o777).toBe(0o600)
    expect(await tellControl(socketOf(folder), { kind: 'maintenanceEnter', host: hostId('h1'), method: null })).toEqual({ ok: true, count: 1 })
    expect(heard).toEqual([{ kind: 'maintenanceEnter', host: 'h1', method: null }])
    await listening.close()
    expect(await tellControl(socketOf(folder), { kind: 'status' })).toBeNull()
  })
  it('belongs to whoever listened last: one that ends later leaves it to that one', async () => {
    const place = join(folder, 'both.sock')
    const first = await listenForControl(place, () => 'first')
    // As a second process would: its socket has another name.
    rmSync(place)
    symlinkSync('other.sock', place)
    await first.close()
    expect(readlinkSync(place)).toBe('other.sock')
  })
  it('says that no loop runs where there is no socket', async () => {
    expect(await tellControl(join(folder, 'none.sock'), { kind: 'status' })).toBeNull()
  })
  it('cuts off who sends without end', async () => {
    const listening = await listenForControl(socketOf(folder), () => ({}))
    const socket = connect(socketOf(folder))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => undefined)
    const block = 'x'.repeat(16 * 1024)
    for (let count = 0; count < 8; count++) socket.write(block)
    await closed
    await listening.close()
  })
  it.each(['', '{', '[]', '{"kind":"shell"}', '{"kind":"maintenanceEnter"}', '{"kind":"maintenanceEnter","host":"-x"}', '{"kind":"maintenanceEnter","host":"a;b"}', '{"kind":"status","extra":1}', '{"kind":"approve","plan":"x"}', '{"kind":"mode","mode":"auto"}'])('refuses %s', (line) => {
    expect(() => parseControlMessage(line)).toThrow(/message/)
  })
})
