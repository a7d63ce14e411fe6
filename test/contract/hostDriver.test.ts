import { existsSync } from 'node:fs'
import { describe, it } from 'vitest'
import { libvirtHostDriver } from '../../src/drivers/libvirt/hostDriver.ts'
import { LibvirtProcess } from '../../src/drivers/libvirt/process.ts'
import type { ManagedHost } from '../../src/drivers/libvirt/reach.ts'
import { hostId, vmId } from '../../src/model/ids.ts'
import { hostDriverContract } from './hostDriver.ts'

const hasLibvirt = existsSync('/usr/lib/x86_64-linux-gnu/libvirt.so.0') || existsSync('/usr/lib/aarch64-linux-gnu/libvirt.so.0')
const address = { driver: 'test', transport: 'local', host: null, port: null, insecure: false } as const
const silent = { driver: 'test', transport: 'tcp', host: '127.0.0.1', port: 1, insecure: true } as const
const host = (id: string, at: ManagedHost['address']): ManagedHost => ({ id: hostId(id), address: at, peer: at, guard: null, power: null })

if (!hasLibvirt || !existsSync('dist/libvirt.js')) describe.skip('the libvirt test driver: needs the package libvirt0 and npm run build', () => it('is tried'))
else {
  hostDriverContract('libvirt test driver', () => {
    const process = new LibvirtProcess({ tlsFolder: null, ssh: null })
    const driver = libvirtHostDriver({ hosts: [host('t1', address)], process })
    const other = libvirtHostDriver({ hosts: [host('silent', silent)], process })
    return Promise.resolve({ driver, hosts: [hostId('t1')], running: vmId('test'), stopped: null, silent: { driver: other, host: hostId('silent') }, canSave: true, close: () => driver.close() })
  })
}
