import type { GuardAccess } from './guardAccess.ts'
import type { HostId } from './ids.ts'
import type { PowerControl, SecretPlace } from './powerControl.ts'
import type { PowerModel } from './power.ts'

export const LIVE_DRIVERS = ['qemu', 'xen', 'test'] as const
export type LiveDriver = (typeof LIVE_DRIVERS)[number]
export const LIVE_TRANSPORTS = ['tls', 'ssh', 'tcp', 'local'] as const
export type LiveTransport = (typeof LIVE_TRANSPORTS)[number]

/** What the control loop may do: look; plan and show; do what a person approved; act. */
export const AUTONOMY = ['observe', 'recommend', 'approve', 'automatic'] as const
export type Autonomy = (typeof AUTONOMY)[number]

/** A host of a live pool and how it is reached. Connection addresses are built from these fields and from nothing else. */
export interface LiveHost {
  readonly id: HostId
  readonly driver: LiveDriver
  readonly transport: LiveTransport
  /** Host name or IP address; null with `local` and with the test driver. */
  readonly address: string | null
  /** Null: the transport's own. */
  readonly port: number | null
  /** How the other hosts of the pool reach it for migrations, where that differs. */
  readonly migrationAddress: string | null
  readonly bmc: PowerControl | null
  readonly guard: GuardAccess | null
  readonly powerManaged: boolean
  readonly rack: string | null
  /** Null: assumed from its cores once they are seen. */
  readonly power: PowerModel | null
  readonly migrationLinkMibPerS: number
  /** Memory kept for the host itself, MiB; null: what it uses without VMs is not known, and a tenth is kept. */
  readonly reserveMemoryMib: number | null
  readonly performanceFactor: number
  /** What the metrics server calls it, with or without a port. */
  readonly instances: readonly string[]
}

/** Keys of this program's own, by which hosts are reached. */
export interface LiveAccess {
  /** Folder with cacert.pem, clientcert.pem and clientkey.pem. */
  readonly tlsFolder: string | null
  readonly ssh: { readonly user: string; readonly keyFile: string; readonly knownHostsFile: string } | null
}

/** What the loop may do at most, whatever the policy says. Null: what the policy says. */
export interface BlastRadius {
  readonly migrationsPerHourMax: number | null
  readonly poolMigrationsMax: number | null
  readonly hostsOnMin: number | null
}

export interface StagedAutonomy {
  /** The highest mode that is reached without a person. */
  readonly upTo: Autonomy
  /** Days of good predictions before each next mode. */
  readonly goodDays: number
  /** Missed predictions within a day after which the mode falls by one. */
  readonly missesMax: number
}

/** How far the loop is trusted, and why. Instants are Unix ms. */
export interface Trust {
  readonly mode: Autonomy
  /** Predictions that held in it since the last one that did not. */
  readonly good: number
  /** Time that they cover; a long one without any counts little. */
  readonly goodMs: number
  /** Up to when that is counted. */
  readonly countedMs: number
  /** When predictions were missed within the last day, oldest first. */
  readonly missedMs: readonly number[]
}

/** Trust as it survives restarts: it holds as long as the pool's file says the same mode as when it was written. */
export interface TrustRecord {
  readonly trust: Trust
  /** The mode that the pool's file said. */
  readonly configured: Autonomy
}

/** A lease in a PostgreSQL database. */
export interface LiveLease {
  readonly postgresql: { readonly url: SecretPlace }
}

/** A metrics server that tells loads instead of the hosts' own libvirt. */
export interface LiveMetrics {
  readonly prometheus: string
  /** Bearer token; null: none is sent. */
  readonly token: SecretPlace | null
  /** Samples older than this say nothing. */
  readonly ageMaxMs: number
  /** Labels that name host and VM. */
  readonly hostLabel: string
  readonly vmLabel: string
}

export interface LivePool {
  readonly name: string
  readonly hosts: readonly LiveHost[]
  readonly access: LiveAccess
  readonly mode: Autonomy
  readonly staged: StagedAutonomy | null
  /** Name of a built-in policy, or path of a policy file beside this one. */
  readonly policy: string
  readonly limits: BlastRadius
  /** Whether plans reckon with what migrations took here before, unless the policy says from how many on. */
  readonly learnMigrations: boolean
  /** Where journal, record and lock are kept. */
  readonly stateFolder: string
  /** Where controllers on several machines agree who acts; null: all of them run on this one. */
  readonly lease: LiveLease | null
  /** Null: loads come from libvirt. */
  readonly metrics: LiveMetrics | null
  /** Between two looks at the whole pool. */
  readonly intervalMs: number
}
