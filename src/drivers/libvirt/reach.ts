import type { Reply, SeenHost, SeenVm } from '../../execute/protocol/effects.ts'
import type { HostId, VmId } from '../../model/ids.ts'
import type { GuardClient } from '../guard/guardClient.ts'
import type { PowerController } from '../power/controller.ts'
import type { LibvirtHost } from './address.ts'
import type { MigrationProgress } from './messages.ts'
import type { MigrationSettings } from './migrationOptions.ts'
import type { LibvirtProcess } from './process.ts'
import { notDone } from './reply.ts'

/** A host with what reaches it besides libvirt; null: there is none. */
export interface ManagedHost extends LibvirtHost {
  readonly guard: GuardClient | null
  readonly power: PowerController | null
}

/** A migration as it went; figures that the driver does not tell are null. */
export interface MigrationRecord {
  readonly effect: string
  readonly vm: VmId
  readonly source: HostId
  readonly target: HostId
  readonly beganUnixMs: number
  readonly durationMs: number
  readonly ok: boolean
  /** Given up because the VM dirtied memory faster than the link took it. */
  readonly stalled: boolean
  /** Name of the failure's case, null where there was none. */
  readonly failure: string | null
  readonly memoryMib: number | null
  readonly sentMib: number | null
  readonly downtimeMs: number | null
  readonly dirtyMibPerS: number | null
  readonly iterations: number | null
  /** What was tried to make it converge, in order. */
  readonly measures: readonly string[]
}

/** What the parts of the driver work with. */
export interface Reach {
  readonly hosts: ReadonlyMap<HostId, ManagedHost>
  readonly process: LibvirtProcess
  readonly migration: MigrationSettings
  readonly onMigration: (record: MigrationRecord) => void
  readonly onProgress: (vm: VmId, progress: MigrationProgress) => void
  /** The host as it is now. */
  readonly lookAt: (host: HostId) => Promise<SeenHost>
}

/** libvirt's own daemon may wait 30 s for a lock on the VM. */
export const EFFECT_MS = 45_000
export const LOOK_MS = 15_000

/** Where the VM is there now; a reply where it is not, or the host doesn't answer. */
export async function vmAt(reach: Reach, effect: string, vm: VmId, host: HostId): Promise<{ readonly vm: SeenVm; readonly host: SeenHost } | Reply> {
  const seen = await reach.lookAt(host)
  if (!seen.reachable) return notDone(effect, 'sameLater', `${host} does not answer: nothing was done`)
  const found = seen.vms.find((other) => other.vm === vm)
  return found === undefined ? notDone(effect, 'sameLater', `${host} does not know ${vm}: nothing was done`) : { vm: found, host: seen }
}
