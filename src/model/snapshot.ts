import type { HostId } from './ids.ts'
import type { HostMode, Vm } from './pool.ts'
import type { Rule } from './rules.ts'
import type { InitialHost } from './scenario.ts'

/** What a VM used when the snapshot was taken. */
export interface VmUsage {
  readonly cpuMhz: number
  readonly memoryMib: number
  readonly networkMibPerS: number
  readonly diskMibPerS: number
}

export interface SnapshotHost extends InitialHost {
  readonly mode: HostMode
  /** Whether it answered. Unknown is neither dead nor empty. */
  readonly reachable: boolean
}

export const SNAPSHOT_VM_STATES = ['running', 'pending', 'stopped', 'suspended'] as const
export type SnapshotVmState = (typeof SNAPSHOT_VM_STATES)[number]

export interface SnapshotVm {
  readonly vm: Vm
  readonly state: SnapshotVmState
  /** Where it is; null when it waits for a place or is stopped. */
  readonly host: HostId | null
  readonly usage: VmUsage | null
}

/** A pool at one instant: what `observe` writes, and what plans and scenarios begin from. */
export interface Snapshot {
  readonly formatVersion: 1
  /** Unix ms; null when nobody noted it. */
  readonly takenAtMs: number | null
  readonly hosts: readonly SnapshotHost[]
  readonly vms: readonly SnapshotVm[]
  readonly rules: readonly Rule[]
}
