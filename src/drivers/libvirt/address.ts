import type { HostId } from '../../model/ids.ts'
import type { LiveDriver, LiveTransport } from '../../model/livePool.ts'

export type LibvirtDriver = LiveDriver

/** `local` is libvirt on this machine; `tcp` has neither encryption nor authentication and is for test networks. */
export type Transport = LiveTransport

/** Where a host's libvirt answers: parts of the inventory, never an address that somebody wrote out. */
export interface LibvirtAddress {
  readonly driver: LibvirtDriver
  readonly transport: Transport
  /** Null for `local` only. */
  readonly host: string | null
  readonly port: number | null
  /** Said for each host that is reached without encryption and authentication. */
  readonly insecure: boolean
}

/** Files that prove who we are and who the hosts are; absolute paths on the machine that opens the connection. */
export interface Credentials {
  /** Folder with cacert.pem, clientcert.pem and clientkey.pem. */
  readonly tlsFolder: string | null
  readonly ssh: { readonly user: string; readonly keyFile: string; readonly knownHostsFile: string } | null
}

/** A host of the pool as the driver reaches it. */
export interface LibvirtHost {
  readonly id: HostId
  readonly address: LibvirtAddress
  /** How other hosts of the pool reach it, for migrations. */
  readonly peer: LibvirtAddress
}

const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/
const IPV6 = /^[0-9A-Fa-f:]{2,39}$/
const FILE = /^\/[A-Za-z0-9._/-]{1,255}$/
const USER = /^[A-Za-z_][A-Za-z0-9_-]{0,31}$/

export const TRANSPORT_PORTS: Readonly<Record<Transport, number>> = { local: 0, tls: 16_514, ssh: 22, tcp: 16_509 }

/**
 * The address that libvirt understands, made of checked parts and nothing else. Throws where a part could mean more than
 * it should: the inventory's reader has refused it before, so this is the second lock on the same door.
 */
export function uriOf({ driver, transport, host, port, insecure }: LibvirtAddress, { tlsFolder, ssh }: Credentials): string {
  const path = driver === 'test' ? 'default' : 'system'
  if (transport === 'local') return `${driver}:///${path}`
  const at = `${authority(host)}${port === null ? '' : `:${checkedPort(port)}`}`
  switch (transport) {
    case 'tcp':
      if (!insecure) throw new Error(`${at} would be reached without encryption and authentication: say insecure: true for a test network, or use tls or ssh`)
      return `${driver}+tcp://${at}/${path}`
    case 'tls':
      return `${driver}+tls://${at}/${path}${tlsFolder === null ? '' : `?pkipath=${matching(tlsFolder, FILE, 'TLS folder')}`}`
    case 'ssh': {
      if (ssh === null) throw new Error(`${at} is reached by ssh: name user, key file and file of known hosts`)
      // libssh reads no settings of the user and asks nobody: a host whose key is not pinned is refused.
      const query = `keyfile=${matching(ssh.keyFile, FILE, 'key file')}&known_hosts=${matching(ssh.knownHostsFile, FILE, 'file of known hosts')}&known_hosts_verify=normal&sshauth=privkey&no_tty=1`
      return `${driver}+libssh://${matching(ssh.user, USER, 'user')}@${at}/${path}?${query}`
    }
  }
}

/** What the source's daemon opens to migrate to a host: its own credentials, so that nothing of ours is named. */
export function peerUriOf(peer: LibvirtAddress): string {
  const { driver, transport, host, port } = peer
  if (transport === 'ssh') return `${driver}+ssh://${authority(host)}${port === null ? '' : `:${checkedPort(port)}`}/system?no_tty=1`
  return uriOf(peer, { tlsFolder: null, ssh: null })
}

function authority(host: string | null): string {
  if (host === null) throw new Error('a host that is not local needs a name')
  if (HOST_NAME.test(host)) return host
  if (IPV6.test(host) && host.includes(':')) return `[${host}]`
  throw new Error(`${JSON.stringify(host)} is neither a host name nor an IP address`)
}

function checkedPort(port: number): number {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${port} is no port`)
  return port
}

function matching(text: string, pattern: RegExp, what: string): string {
  if (!pattern.test(text)) throw new Error(`${JSON.stringify(text)} is no ${what}: letters, digits and . _ / - are let through`)
  return text
}
