import { describe, expect, it } from 'vitest'
import { parseLivePool } from '../../../src/config/livePoolFile.ts'
import { parseSource } from '../../../src/config/sourceDocument.ts'
import { type LibvirtAddress, peerUriOf, uriOf } from '../../../src/drivers/libvirt/address.ts'
import { libvirtHostOf } from '../../../src/drivers/libvirt/inventory.ts'
import type { LivePool } from '../../../src/model/livePool.ts'
import { BadInput } from '../../../src/model/result.ts'

const none = { tlsFolder: null, ssh: null }
const keys = { tlsFolder: '/etc/plimsoll/tls', ssh: { user: 'plimsoll', keyFile: '/etc/plimsoll/key', knownHostsFile: '/etc/plimsoll/known_hosts' } }
const at = (host: string, more: Partial<LibvirtAddress> = {}): LibvirtAddress => ({ driver: 'qemu', transport: 'tcp', host, port: null, insecure: true, ...more })

/** Host names that mean more than a host: a local or remote program, a file, another address, an option. */
const ATTACKS = [
  'h1/system?command=/bin/sh', 'h1?socket=/x;touch%20/tmp/pwned', 'h1/?netcat=/bin/sh', 'h1?keyfile=/etc/shadow', 'h1/../..', 'user@h1', 'user:password@h1', 'h1#x', 'h1:22', '-oProxyCommand=sh', '-h1',
  'h1 h2', 'h1\nh2', 'h1\0', '$(reboot)', '`id`', 'h1;id', 'h1|id', 'h1&x', '%2e%2e', '', '.', 'h1.', 'a'.repeat(254), '[::1]', '::1]/x', 'ö', 'h1\\x', "h1'", 'h1"',
  // A Cyrillic letter, a full-width one, a name written from right to left, a zone, a socket of this machine, other line ends.
  '\u0430dmin', '\uff48ost', 'h\u202e1', 'h1\u200b', 'fe80::1%eth0', 'fe80::1%25eth0', '/run/libvirt/libvirt-sock', 'unix:/run/x', 'h1\r', 'h1\t', 'h1\u2028', '--', '-', '*', '?', '#',
]

describe('an address', () => {
  it('is built from its parts alone', () => {
    expect(uriOf(at('h1'), none)).toBe('qemu+tcp://h1/system')
    expect(uriOf(at('10.0.0.7', { port: 16_601, driver: 'xen' }), none)).toBe('xen+tcp://10.0.0.7:16601/system')
    expect(uriOf(at('fd00::7', { transport: 'tls' }), none)).toBe('qemu+tls://[fd00::7]/system')
    expect(uriOf(at('h1', { transport: 'tls' }), keys)).toBe('qemu+tls://h1/system?pkipath=/etc/plimsoll/tls')
    expect(uriOf(at('h1', { transport: 'ssh', port: 2222 }), keys)).toBe('qemu+libssh://plimsoll@h1:2222/system?keyfile=/etc/plimsoll/key&known_hosts=/etc/plimsoll/known_hosts&known_hosts_verify=normal&sshauth=privkey&no_tty=1')
    expect(uriOf({ ...at('x'), transport: 'local', host: null }, none)).toBe('qemu:///system')
    expect(peerUriOf(at('h2', { transport: 'ssh' }))).toBe('qemu+ssh://h2/system?no_tty=1')
  })

  it.each(ATTACKS)('is never built from %j', (host) => {
    for (const transport of ['tcp', 'tls', 'ssh'] as const) expect(() => uriOf(at(host, { transport }), keys)).toThrow()
    expect(() => peerUriOf(at(host))).toThrow()
  })

  it('without encryption and authentication wants insecure: true', () => {
    expect(() => uriOf(at('h1', { insecure: false }), none)).toThrow(/insecure: true/)
    expect(() => peerUriOf(at('h1', { insecure: false }))).toThrow(/insecure: true/)
  })

  it('does not take ports, key files or users that mean more', () => {
    for (const port of [0, -1, 65_536, 1.5, NaN]) expect(() => uriOf(at('h1', { port }), none)).toThrow()
    for (const keyFile of ['/k&no_verify=1', 'k', '/k?x', '/k k', '']) expect(() => uriOf(at('h1', { transport: 'ssh' }), { ...keys, ssh: { ...keys.ssh, keyFile } })).toThrow()
    for (const user of ['-l', 'a b', 'a@b', '', 'a:b']) expect(() => uriOf(at('h1', { transport: 'ssh' }), { ...keys, ssh: { ...keys.ssh, user } })).toThrow()
    expect(() => uriOf(at('h1', { transport: 'tls' }), { ...keys, tlsFolder: '/x&y' })).toThrow()
  })
})

describe('the file of a pool', () => {
  const pool = (host: object): LivePool => parseLivePool(parseSource('pool.yaml', JSON.stringify({ formatVersion: 1, name: 'p', stateFolder: '/var/lib/plimsoll', hosts: [host] })))

  it.each([
    ...ATTACKS.map((address) => ({ id: 'h1', transport: 'tcp', insecure: true, address })), ...ATTACKS.filter((text) => !text.startsWith('[')).map((migrationAddress) => ({ id: 'h1', transport: 'tcp', insecure: true, migrationAddress })),
    { id: 'h1', transport: 'tcp' }, { id: 'h1', transport: 'tls' }, { id: 'h1', transport: 'ssh' }, { id: 'h1', uri: 'qemu+ext:///system?command=/bin/sh' }, { id: 'h1', driver: 'esx', transport: 'local' }, { id: 'h1', transport: 'ext' },
    { id: '-h1', transport: 'local' }, { id: 'h1/x', transport: 'local' }, { id: '__proto__', transport: 'local' },
    { id: 'h1', transport: 'local', bmc: { kind: 'ipmi', address: '-oX', user: 'a', password: { file: '/f' } } }, { id: 'h1', transport: 'local', bmc: { kind: 'ipmi', address: 'b', user: '-x', password: { file: '/f' } } },
    { id: 'h1', transport: 'local', bmc: { kind: 'ipmi', address: 'b', user: 'a', password: 'secret' } }, { id: 'h1', transport: 'local', bmc: { kind: 'redfish', address: 'b', system: '/../../x', user: 'a', password: { file: '/f' } } },
    { id: 'h1', transport: 'local', bmc: { kind: 'redfish', address: '169.254.169.254/latest?', system: '/redfish/v1/Systems/1', user: 'a', password: { file: '/f' } } },
    { id: 'h1', transport: 'local', bmc: { kind: 'wakeOnLan', mac: '52:54:00:12:34:56; reboot' } }, { id: 'h1', transport: 'local', guard: { kind: 'ssh', program: '/bin/sh -c reboot' } },
  ])('refuses %j', (host) => {
    expect(() => pool(host)).toThrow(BadInput)
  })

  it('keeps the way of others to a host apart from ours', () => {
    const { address, peer } = libvirtHostOf(pool({ id: 'h1', driver: 'xen', transport: 'tcp', insecure: true, address: '127.0.0.1', port: 16_601, migrationAddress: 'xen1' }).hosts[0]!)
    expect([uriOf(address, none), peerUriOf(peer)]).toEqual(['xen+tcp://127.0.0.1:16601/system', 'xen+tcp://xen1/system'])
  })
})
