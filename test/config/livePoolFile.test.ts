import { describe, expect, it } from 'vitest'
import { parseLivePool } from '../../src/config/livePoolFile.ts'
import { parseSource } from '../../src/config/sourceDocument.ts'
import type { LivePool } from '../../src/model/livePool.ts'
import { BadInput } from '../../src/model/result.ts'

const SMALL = { formatVersion: 1, name: 'lab', stateFolder: '/var/lib/plimsoll/lab', tls: { folder: '/etc/plimsoll/pki' }, hosts: [{ id: 'kvm-1' }, { id: 'kvm-2' }] }
const read = (value: unknown): LivePool => parseLivePool(parseSource('pool.yaml', JSON.stringify(value)))
const faults = (value: unknown): string => {
  try {
    read(value)
  } catch (error) {
    if (error instanceof BadInput) return error.issues.map(({ path, message }) => `${path} ${message}`).join('\n')
    throw error
  }
  return ''
}
const withHost = (host: object): object => ({ ...SMALL, hosts: [{ id: 'kvm-1', ...host }] })
const ipmi = (changed: object): object => withHost({ bmc: { kind: 'ipmi', address: 'bmc-1', user: 'plimsoll', password: { environment: 'BMC' }, ...changed } })

describe('the file of a live pool', () => {
  it('needs little, and then only looks', () => {
    const pool = read(SMALL)
    expect(pool).toMatchObject({ mode: 'observe', policy: 'balanced', intervalMs: 30_000, staged: null })
    expect(pool.hosts[0]).toMatchObject({ driver: 'qemu', transport: 'tls', address: 'kvm-1', port: null, bmc: null, guard: null, power: null, powerManaged: true })
  })

  it('takes figures of hosts from models, and keys for the guard from one place', () => {
    const pool = read({ ...SMALL, ssh: { user: 'plimsoll', keyFile: '/etc/plimsoll/key', knownHostsFile: '/etc/plimsoll/known' }, hosts: [{ id: 'kvm-1', model: 'rack-2020', guard: { kind: 'ssh' } }] })
    expect(pool.hosts[0]!.power!.curveW).toHaveLength(11)
    expect(pool.hosts[0]!.guard).toMatchObject({ address: 'kvm-1', port: 22, user: 'plimsoll', keyFile: '/etc/plimsoll/key', program: '/usr/local/sbin/plimsoll-guard' })
  })

  it('names all its faults at once, each with its place', () => {
    const text = faults({ ...SMALL, mode: 'auto', hosts: [{ id: 'a', transport: 'tcp' }, { id: 'a', guard: { kind: 'ssh' } }, { id: 'b', power: { offW: 3 } }, { id: 'c', transport: 'ssh' }] })
    for (const part of ['mode unknown value', 'hosts[0].transport is tcp', 'insecure: true', 'hosts[1].id is a', 'hosts[1].guard', 'hosts[2].power', 'hosts[3].transport is ssh']) expect(text).toContain(part)
  })

  it.each([
    ['a connection address', { address: 'qemu+tcp://evil/system' }], ['a path in the address', { address: 'host/../x' }], ['a query', { address: 'host?command=/bin/sh' }], ['a user in the address', { address: 'root@host' }],
    ['a port in the address', { address: 'host:22' }], ['an option', { address: '-oProxyCommand=x' }], ['a space', { address: 'a b' }], ['a line feed', { address: 'a\nb' }], ['a zero byte', { address: 'a\0b' }], ['a URI of its own', { uri: 'esx://x' }],
    ['the same in migrationAddress', { migrationAddress: 'x;y' }], ['a guard that is no path', { guard: { kind: 'command', run: ['sh'] } }], ['an id that is an option', { id: '-x' }],
  ])('refuses %s', (_, host) => expect(faults(withHost(host))).toContain('hosts[0]'))

  it.each([
    ['a password in the file', { password: 'secret' }], ['a user that is an option', { user: '-x' }], ['a user with a space', { user: 'a b' }], ['an address with a shell in it', { address: '$(x)' }], ['a cipher that is a text', { cipherSuite: '3; x' }], ['an unknown key', { extra: 1 }],
  ])('refuses a management controller with %s', (_, changed) => {
    const text = faults(ipmi(changed))
    expect(text).toContain('hosts[0].bmc')
    expect(text).not.toContain('secret\n')
  })

  it('refuses a Redfish system that is no path of the standard', () => {
    for (const system of ['http://169.254.169.254/', '/redfish/v1/Systems/../../x', '/etc/passwd']) expect(faults(withHost({ bmc: { kind: 'redfish', address: 'bmc', system, user: 'a', password: { file: '/x' } } }))).toContain('hosts[0].bmc')
  })

  it('takes a lease in a database, whose URL stands elsewhere', () => {
    expect(read(SMALL).lease).toBeNull()
    const lease = { postgresql: { url: { environment: 'PLIMSOLL_LEASE' } } }
    expect(read({ ...SMALL, lease }).lease).toEqual(lease)
    expect(faults({ ...SMALL, lease: { postgresql: { url: 'postgresql://u:canary@h/d' } } })).toContain('lease.postgresql.url expected {file: PATH} or {environment: NAME}')
  })

  it('takes staged autonomy up to a mode that is not below the one it begins with', () => {
    expect(read({ ...SMALL, staged: { upTo: 'approve' } }).staged).toEqual({ upTo: 'approve', goodDays: 7, missesMax: 3 })
    expect(faults({ ...SMALL, mode: 'automatic', staged: { upTo: 'approve' } })).toContain('staged.upTo is approve, below the mode')
  })

  it('takes plain tcp when it is meant', () => {
    expect(read(withHost({ transport: 'tcp', insecure: true, address: '10.0.0.1', port: 16509 })).hosts[0]).toMatchObject({ transport: 'tcp', address: '10.0.0.1', port: 16_509 })
    expect(read(withHost({ driver: 'test' })).hosts[0]).toMatchObject({ transport: 'local', address: null })
  })
})
