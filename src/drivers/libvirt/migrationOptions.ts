import type { LibvirtDriver } from './address.ts'

/** libvirt's flags; 16 takes the definition away from the source, 8 leaves it on the target. */
const LIVE = 1
const PEER_TO_PEER = 2
const PERSIST_TARGET = 8
const UNDEFINE_SOURCE = 16
const AUTO_CONVERGE = 8192
const TLS = 65_536

/** How running VMs are migrated. */
export interface MigrationSettings {
  readonly bandwidthMibPerS: number | null
  /** Pauses allowed one after the other where a migration makes no progress. */
  readonly downtimeStepsMs: readonly number[]
  /** Slows a guest that changes memory faster than it can be sent, in a second try after the first has stalled. */
  readonly autoConverge: boolean
  readonly encrypted: boolean
  readonly stallMs: number
  /** In all, for each GiB, counting at least two. */
  readonly limitMsPerGib: number
  readonly pollMs: number
}

/** As KubeVirt and VDSM give up: 150 s without progress, 150 s for each GiB in all; VDSM's steps. */
export const MIGRATION_DEFAULTS: MigrationSettings = {
  bandwidthMibPerS: null, downtimeStepsMs: [300, 500, 1000], autoConverge: true, encrypted: false, stallMs: 150_000, limitMsPerGib: 150_000, pollMs: 500,
}

/** What a driver takes of these settings. Post-copy and "unsafe" are never among it: they can lose the VM. */
export interface MigrationOptions {
  readonly flags: number
  readonly downtimeStepsMs: readonly number[]
  readonly bandwidthMibPerS: number | null
  readonly canAbort: boolean
}

const BASE = LIVE + PEER_TO_PEER + PERSIST_TARGET + UNDEFINE_SOURCE

export function migrationOptions(driver: LibvirtDriver, settings: MigrationSettings, isSecondTry: boolean): MigrationOptions {
  // Xen refuses all that tunes a migration, and a running one can't be cancelled.
  if (driver !== 'qemu') return { flags: BASE, downtimeStepsMs: [], bandwidthMibPerS: null, canAbort: false }
  const flags = BASE + (settings.encrypted ? TLS : 0) + (isSecondTry ? AUTO_CONVERGE : 0)
  return { flags, downtimeStepsMs: settings.downtimeStepsMs, bandwidthMibPerS: settings.bandwidthMibPerS, canAbort: true }
}

const GIB_MIN = 2
const MIB_PER_GIB = 1024

export const migrationLimitMs = ({ limitMsPerGib }: MigrationSettings, memoryMib: number): number => Math.round(limitMsPerGib * Math.max(GIB_MIN, memoryMib / MIB_PER_GIB))
