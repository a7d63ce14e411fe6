import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GuardClient, commandOf, guardClient } from '../../../src/drivers/guard/guardClient.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-guard-client-'))
const soon = (): number => Date.now() + 30_000
const put = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}
/** The real guard on a host that is a folder. */
let guard: GuardClient
beforeAll(() => {
  mkdirSync(join(folder, 'proc'))
  put('virsh', `cat ${folder}/guests`)
  writeFileSync(join(folder, 'guests'), '')
  writeFileSync(join(folder, 'conf'), `STATE=${folder}/state\nRUN=${folder}/run\nURI=test:///default\nPOWEROFF="touch ${folder}/switchedOff"\nPROC=${folder}/proc\n`)
  guard = guardClient({ kind: 'command', run: [put('reach', `export PATH=${folder}:$PATH PLIMSOLL_GUARD_CONF=${folder}/conf\nexec ${resolve('packaging/plimsoll-guard')} "$@"`)] })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the guard, from here', () => {
  it('is cordoned, looked at, switched off and freed, and refuses with a code', async () => {
    expect(await guard.powerOff('e-1', soon())).toMatchObject({ ok: false, refusal: { code: 'hostNotCordoned' } })
    expect(await guard.cordon('e-2', true, soon())).toEqual({ ok: true, value: undefined })
    utimesSync(join(folder, 'state/cordoned'), 1, 1)
    writeFileSync(join(folder, 'guests'), 'web-1\n')
    expect(await guard.status(soon())).toMatchObject({ ok: true, value: { cordoned: true, guests: 1 } })
    expect(await guard.powerOff('e-3', soon())).toMatchObject({ ok: false, refusal: { code: 'hostNotEmpty' } })
    writeFileSync(join(folder, 'guests'), '')
    expect(await guard.powerOff('e-4', Date.now() - 2000)).toMatchObject({ ok: false, refusal: { code: 'tooLate' } })
    expect(await guard.powerOff('e-5', soon())).toEqual({ ok: true, value: undefined })
    expect(await guard.cordon('e-6', false, soon())).toEqual({ ok: true, value: undefined })
    expect(await guard.status(soon())).toMatchObject({ ok: true, value: { cordoned: false, guests: 0 } })
  })
  it('is unknown when its answer is lost, never "nothing happened"', async () => {
    for (const lost of [put('killed', 'kill -9 $$'), put('cut', 'echo "client_loop: send disconnect" >&2; exit 255')]) {
      expect(await guardClient({ kind: 'command', run: [lost] }).powerOff('e-7', soon())).toMatchObject({ ok: false, refusal: { code: 'unknown' } })
    }
    expect(await guardClient({ kind: 'command', run: [join(folder, 'none')] }).powerOff('e-8', soon())).toMatchObject({ ok: false })
  })
})

describe('the way to it over ssh', () => {
  const ssh = { kind: 'ssh', address: 'kvm-1.test', port: 22, user: 'plimsoll', keyFile: '/etc/plimsoll/key', knownHostsFile: '/etc/plimsoll/known_hosts', program: '/usr/local/sbin/plimsoll-guard' } as const
  it('pins the host’s key, reads no configuration and asks nobody', () => {
    const words = commandOf(ssh, ['power-off', '--not-after', '1', '--id', 'e-1'])
    expect(words.slice(-3)).toEqual(['--', 'kvm-1.test', '/usr/local/sbin/plimsoll-guard power-off --not-after 1 --id e-1'])
    for (const word of ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'UserKnownHostsFile=/etc/plimsoll/known_hosts', 'none']) expect(words).toContain(word)
  })
  it.each(['a;b', '$(x)', 'a b', '`x`', 'a\nb', '', "'"])('lets no word through that a shell could read otherwise: %j', (word) => {
    expect(() => commandOf(ssh, ['cordon', word])).toThrow(/not asked with/)
    expect(() => commandOf({ ...ssh, program: word }, ['status'])).toThrow(/not asked with/)
  })
})
