import type { LiveHost } from '../../model/livePool.ts'
import { libvirtHostOf } from '../libvirt/inventory.ts'
import type { LibvirtProcess } from '../libvirt/process.ts'

const CALL_MS = 20_000
/** Hosts that were away, and all of them after libvirt's process was replaced, are listened to again within this. */
const AGAIN_MS = 30_000

/**
 * Listens to the hosts' own events, as hints to look: they may be lost, so looks go on without them. Asking again for
 * what is listened to already costs no connection.
 */
export class HostWatch {
  private readonly process: LibvirtProcess
  private readonly hosts: readonly LiveHost[]
  private readonly timer: NodeJS.Timeout

  constructor(process: LibvirtProcess, hosts: readonly LiveHost[]) {
    this.process = process
    this.hosts = hosts
    this.timer = setInterval(() => this.listen(), AGAIN_MS)
    this.listen()
  }

  /** Where it fails, that host's looks say why. */
  listen(): void {
    for (const host of this.hosts) void this.process.call(libvirtHostOf(host).address, 'watch', null, { timeoutMs: CALL_MS })
  }

  close(): void {
    clearInterval(this.timer)
  }
}
