import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createSocket } from 'node:dgram'

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commandController } from '../../../src/drivers/power/command.ts'
import type { PowerController } from '../../../src/drivers/power/controller.ts'
import { ipmiController } from '../../../src/drivers/power/ipmi.ts'
import { powerOf } from '../../../src/drivers/power/powerOf.ts'
import { magicPacket } from '../../../src/drivers/power/wakeOnLan.ts'
import { Secret, readSecret } from '../../../src/drivers/secret.ts'
import type { PowerControl } from '../../../src/model/powerControl.ts'
import { type FakeRedfish, certificate, fakeRedfish } from './fakeRedfish.ts'

const CANARY = 'canary-7f3a91'
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-power-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const within = (durationMs: number): number => Date.now() + durationMs
const script = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}
const controllerOf = (control: PowerControl, environment: NodeJS.ProcessEnv = {}): PowerController => {
  const made = powerOf(control, environment)
  if (!made.ok) throw new Error(made.refusal.message)
  return made.value
}

describe('a secret', () => {
  it('is never printed, whichever way it is looked at', () => {
    const secret = new Secret(CANARY)
    for (const text of [String(secret), secret.toString(), JSON.stringify({ secret }), inspect({ secret }, { depth: 9, showHidden: true })]) expect(text).not.toContain(CANARY)
    expect(secret.reveal()).toBe(CANARY)
  })
  it('comes from a file or the environment, and is refused when it is not there, empty or no text', () => {
    const path = join(folder, 'secret')
    writeFileSync(path, `${CANARY}\n`)
    const read = readSecret({ file: path }, {})
    expect(read.ok && read.value.reveal()).toBe(CANARY)
    const codes = [readSecret({ file: join(folder, 'none') }, {}), readSecret({ environment: 'NONE' }, {}), readSecret({ environment: 'EMPTY' }, { EMPTY: '' }), readSecret({ environment: 'ODD' }, { ODD: 'a\nb' })]
    expect(codes.map((result) => (result.ok ? 'read' : result.refusal.code))).toEqual(['noSecret', 'noSecret', 'noSecret', 'secretNotText'])
  })
})

describe('IPMI', () => {
  const state = join(folder, 'power')
  // Stands for ipmitool: keeps a power state, writes its arguments down, and wants the password from the environment.
  const tool = script('ipmitool', `echo "$@" >> ${folder}/arguments\n[ "$IPMI_PASSWORD" = ${CANARY} ] || { echo "Error: Unable to establish IPMI v2 / RMCP+ session" >&2; exit 1; }\nfor last; do :; done\nif [ "$last" = status ]; then echo "Chassis Power is $(cat ${state})"; else [ -e ${folder}/refuse ] && { echo "Set Chassis Power Control to Up/On failed: Command not supported in present state" >&2; exit 1; }; echo on > ${state}; fi`)
  const control = { kind: 'ipmi', address: '127.0.0.1', port: 623, user: 'admin', password: { environment: 'P' }, cipherSuite: 3 } as const
  const controller = (password = CANARY): PowerController => ipmiController(control, new Secret(password), tool)
  beforeEach(() => writeFileSync(state, 'off'))

  it('looks first, and switches on what is off', async () => {
    expect(await controller().status(within(20_000))).toEqual({ power: 'off', failure: null })
    expect(await controller().powerOn(within(20_000))).toEqual({ ok: true, failure: null })
    expect(readFileSync(state, 'utf8').trim()).toBe('on')
  })
  it('takes a host that is on for a success, whatever the controller would say', async () => {
    writeFileSync(state, 'on')
    writeFileSync(join(folder, 'refuse'), '')
    expect((await controller().powerOn(within(20_000))).ok).toBe(true)
    writeFileSync(state, 'off')
    expect(await controller().powerOn(within(20_000))).toEqual({ ok: false, failure: expect.stringContaining('not supported in present state') as string })
    rmSync(join(folder, 'refuse'))
  })
  it('never takes no answer for off', async () => {
    expect(await controller('wrong').status(within(20_000))).toEqual({ power: null, failure: expect.stringContaining('no answer, or a wrong user') as string })
    expect((await controller('wrong').powerOn(within(20_000))).ok).toBe(false)
  })
  it('hands the password over in the environment alone', () => {
    const seen = readFileSync(join(folder, 'arguments'), 'utf8')
    expect(seen).toContain('-C 3')
    expect(seen).not.toContain(CANARY)
  })
  it('takes the password out of what the tool says', async () => {
    const telling = ipmiController(control, new Secret(CANARY), script('telling', 'echo "no, $IPMI_PASSWORD is wrong" >&2; exit 1'))
    expect(await telling.status(within(20_000))).toEqual({ power: null, failure: 'no, *** is wrong' })
  })
  it('ends a tool that hangs, at the deadline', async () => {
    const hanging = ipmiController(control, new Secret(CANARY), script('hanging', 'exec sleep 1000'))
    expect(await hanging.status(within(50))).toEqual({ power: null, failure: 'ipmitool did not end in time' })
  })
})

describe('Redfish', () => {
  let fake: FakeRedfish
  const controller = (changed: Partial<Extract<PowerControl, { kind: 'redfish' }>> = {}, password = CANARY): PowerController =>
    controllerOf({ kind: 'redfish', address: '127.0.0.1', port: fake.port, system: '/redfish/v1/Systems/1', user: 'admin', password: { environment: 'P' }, certificateFile: certificate('pinned'), ...changed }, { P: password })
  beforeEach(async () => {
    fake = await fakeRedfish('admin', CANARY)
  })
  afterEach(() => fake.close())

  it('looks first, and switches on what is off', async () => {
    expect(await controller().powerOn(within(20_000))).toEqual({ ok: true, failure: null })
    expect(fake.power).toBe('PoweringOn')
    expect(await controller().status(within(20_000))).toEqual({ power: 'changing', failure: null })
  })
  it('takes a host that is on for a success without a command, and states the failure of one that stays off', async () => {
    fake.power = 'On'
    expect((await controller().powerOn(within(20_000))).ok).toBe(true)
    expect(fake.requests.filter((line) => line.startsWith('POST'))).toEqual([])
    fake.power = 'Off'
    fake.refuseReset = 409
    expect(await controller().powerOn(within(20_000))).toEqual({ ok: false, failure: expect.stringContaining('409') as string })
  })
  it('talks to nobody who shows another certificate than the pinned one', async () => {
    expect(await controller({ certificateFile: certificate('other') }).status(within(20_000))).toMatchObject({ power: null })
    expect(await controller({ certificateFile: null }).status(within(20_000))).toMatchObject({ power: null })
    expect(fake.requests).toEqual([])
  })
  it('follows no redirect, and says what is wrong with the password', async () => {
    expect((await controller({}, 'wrong').status(within(20_000))).failure).toContain('refuses the user or password')
    fake.redirectTo = 'https://169.254.169.254/'
    expect((await controller().status(within(20_000))).failure).toContain('redirects are not followed')
  })
  it('knows no power of a controller that stalls, or that names another state', async () => {
    fake.power = 'Unknown'
    expect(await controller().status(within(20_000))).toMatchObject({ power: null })
    fake.stalls = true
    expect(await controller().status(within(60))).toMatchObject({ power: null, failure: expect.stringContaining('no answer in time') as string })
  })
  it('says so where a host can’t be switched on', async () => {
    fake.allowed = ['ForceOff']
    expect((await controller().powerOn(within(20_000))).failure).toContain('it allows ForceOff')
  })
})

describe('programs of the site', () => {
  const power = (status: string, on = 'exit 0'): PowerController => commandController({ kind: 'command', status: [script('status', status)], on: [script('on', on), 'a b; touch /nowhere'] })
  it('say the power by how they end', async () => {
    for (const [ends, seen] of [['exit 0', 'on'], ['exit 1', 'off'], ['exit 2', null], ['kill -9 $$', null]] as const) expect((await power(ends).status(within(20_000))).power).toBe(seen)
  })
  it('get their arguments as they are, not through a shell', async () => {
    const marker = join(folder, 'woken')
    expect(await power(`[ -e ${marker} ]`, `printf %s "$1" > ${marker}`).powerOn(within(20_000))).toEqual({ ok: true, failure: null })
    expect(readFileSync(marker, 'utf8')).toBe('a b; touch /nowhere')
  })
  it('are a failure when they are not there', async () => {
    expect(await controllerOf({ kind: 'command', on: ['/nowhere/on'], status: ['/nowhere/status'] }).status(within(20_000))).toMatchObject({ power: null, failure: expect.stringContaining('/nowhere/status') as string })
  })
})

describe('wake-on-LAN', () => {
  it('sends six bytes of ones and the address sixteen times, and knows no power', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const received = new Promise<Buffer>((resolve) => socket.once('message', resolve))
    const controller = controllerOf({ kind: 'wakeOnLan', mac: '52:54:00:ab:cd:ef', broadcast: '127.0.0.1', port: (socket.address()).port })
    expect(await controller.powerOn(within(20_000))).toEqual({ ok: true, failure: null })
    expect((await received).equals(magicPacket('52-54-00-AB-CD-EF'))).toBe(true)
    expect((await received).toString('hex')).toBe('ff'.repeat(6) + '525400abcdef'.repeat(16))
    expect((await controller.status(within(20_000))).power).toBeNull()
    socket.close()
  })
})
