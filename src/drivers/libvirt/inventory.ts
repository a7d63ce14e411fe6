import type { LiveHost, LivePool } from '../../model/livePool.ts'
import type { Credentials, LibvirtAddress, LibvirtHost } from './address.ts'

/** How we reach a host's libvirt, and how the other hosts do. */
export function libvirtHostOf({ id, driver, transport, address, port, migrationAddress }: LiveHost): LibvirtHost {
  // What the file's reader let through: tcp stands there only with insecure: true.
  const reached: LibvirtAddress = { driver, transport, host: transport === 'local' ? null : address, port, insecure: transport === 'tcp' }
  return { id, address: reached, peer: migrationAddress === null ? peerOf(reached, address ?? id) : { ...reached, transport: transport === 'local' ? 'tls' : transport, host: migrationAddress, port: null } }
}

const peerOf = (reached: LibvirtAddress, name: string): LibvirtAddress => (reached.transport === 'local' ? { ...reached, transport: 'tls', host: name } : reached)

export const credentialsOf = ({ access }: Pick<LivePool, 'access'>): Credentials => access
