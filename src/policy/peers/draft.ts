import type { LoadHistory } from '../../model/history.ts'
import { MODE, NOWHERE, POWER, VM, copyPool, memoryForVmsMib, type Pool } from '../../model/pool.ts'
import { ruleAgainst } from '../../model/ruleCheck.ts'
import { misfit } from '../../model/compat.ts'
import type { PeerView } from './peer.ts'

/**
 * A pool on which a peer tries its moves out, with the loads that it reads. A gap in the samples reads as 0, as it does
 * in the systems that state no rule for it.
 */
export interface Draft {
  readonly pool: Pool
  /** Mean CPU that a VM used over the window. */
  readonly vmMhz: Float64Array
  /** Mean CPU that a host used over the window, with the moves made so far. */
  readonly hostMhz: Float64Array
}

/** Loads as means over the last `windowMs`; 0: the last sample alone. */
export function draftOf({ pool, frames, atMs }: PeerView, windowMs: number): Draft {
  const own = copyPool(pool)
  for (let vm = 0; vm < own.vms.length; vm++) {
    if (own.vmTarget[vm] === NOWHERE) continue
    own.vmHost[vm] = own.vmTarget[vm]!
  }
  return { pool: own, vmMhz: meanOf(frames, atMs, windowMs, pool.vms.length, 'vmCpuMhz'), hostMhz: meanOf(frames, atMs, windowMs, pool.hosts.length, 'hostCpuMhz') }
}

/** The same with hosts as the sum of what the VMs that are there now used, wherever they were when they used it. */
export function placedDraftOf(view: PeerView, windowMs: number): Draft {
  const draft = draftOf(view, windowMs)
  draft.hostMhz.fill(0)
  for (let vm = 0; vm < draft.vmMhz.length; vm++) if (draft.pool.vmHost[vm]! >= 0) draft.hostMhz[draft.pool.vmHost[vm]!]! += draft.vmMhz[vm]!
  return draft
}

/** Means of a column over the frames of a window. */
export function meanOf(frames: LoadHistory, atMs: number, windowMs: number, size: number, column: 'vmCpuMhz' | 'hostCpuMhz'): Float64Array {
  const within = frames.filter((frame, position) => position === frames.length - 1 || frame.takenAtMs > atMs - windowMs)
  const means = new Float64Array(size)
  for (const frame of within) for (let at = 0; at < size; at++) means[at]! += (frame[column][at]! >= 0 ? frame[column][at]! : 0) / within.length
  return means
}

/** Whether samples of the last `windowMs` are there at all. */
export const covers = (frames: LoadHistory, atMs: number, windowMs: number): boolean => frames.length > 0 && frames[0]!.takenAtMs - frames[0]!.intervalMs <= atMs - windowMs

export const cpuRatio = ({ pool, hostMhz }: Draft, host: number): number => hostMhz[host]! / pool.hosts[host]!.capacity.cpuMhz
export const memoryRatio = ({ pool }: Draft, host: number): number => pool.hostMemoryMib[host]! / memoryForVmsMib(pool.hosts[host]!)
export const freeMemoryMib = ({ pool }: Draft, host: number): number => memoryForVmsMib(pool.hosts[host]!) - pool.hostMemoryMib[host]!

/** Hosts that are on, by index; those in maintenance are left out. */
export const usableHosts = ({ pool }: Draft): number[] => hostsWhere(pool, (host) => pool.hostPower[host] === POWER.on && pool.hostMode[host] === MODE.available && pool.hostReachable[host] === 1)

/** Hosts that are on, whatever mode they are in. */
export const runningHosts = ({ pool }: Draft): number[] => hostsWhere(pool, (host) => pool.hostPower[host] === POWER.on && pool.hostReachable[host] === 1)

export const hostsWhere = (pool: Pool, claim: (host: number) => boolean): number[] => Array.from(pool.hosts.keys()).filter(claim)

/** VMs that run on a host and that may be moved, by index. */
export function movableOn({ pool }: Draft, host: number): number[] {
  const vms: number[] = []
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmHost[vm] === host && pool.vmState[vm] === VM.running && pool.vms[vm]!.movable) vms.push(vm)
  return vms
}

/** Those of them that a balancer may move: every system has some way to leave single VMs out. */
export const vmsOn = (draft: Draft, host: number): number[] => movableOn(draft, host).filter((vm) => (draft.pool.vms[vm]!.automation ?? 'automatic') === 'automatic')

/** VMs that hold a place on a host, whatever they do. */
export function heldBy({ pool }: Draft, host: number): number {
  let count = 0
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmState[vm] !== VM.gone && (pool.vmHost[vm] === host || pool.vmTarget[vm] === host)) count++
  return count
}

/** Whether the host has memory for the VM. */
export const fits = (draft: Draft, vm: number, host: number): boolean => draft.pool.vmHost[vm] !== host && draft.pool.vms[vm]!.memoryMib <= freeMemoryMib(draft, host)

/** Whether the VM can run there by what it needs, and no hard rule is against it, with the moves made so far. */
export function isAllowed({ pool }: Draft, vm: number, host: number): boolean {
  const source = pool.vmHost[vm] === NOWHERE ? null : pool.hosts[pool.vmHost[vm]!]!
  return misfit(pool.vms[vm]!, source, pool.hosts[host]!) === null && ruleAgainst(pool, vm, host) === null
}

/** Moves a VM on the draft. */
export function moveTo({ pool, vmMhz, hostMhz }: Draft, vm: number, host: number): void {
  const source = pool.vmHost[vm]!
  if (source !== NOWHERE) {
    pool.hostMemoryMib[source]! -= pool.vms[vm]!.memoryMib
    pool.hostVmCount[source]!--
    hostMhz[source]! -= vmMhz[vm]!
  }
  pool.vmHost[vm] = host
  pool.hostMemoryMib[host]! += pool.vms[vm]!.memoryMib
  pool.hostVmCount[host]!++
  hostMhz[host]! += vmMhz[vm]!
}

/** The first of the best by a score, lowest first; null of none. */
export function lowest<T>(items: readonly T[], score: (item: T) => number): T | null {
  let best: T | null = null
  let least = Infinity
  for (const item of items) {
    const value = score(item)
    if (value < least) [best, least] = [item, value]
  }
  return best
}

export const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length)

/** Of the whole set, not of a sample. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
}

/** What `measure` would be with the VM on another host; the draft is as before afterwards. */
export function tried(draft: Draft, vm: number, host: number, measure: () => number): number {
  const source = draft.pool.vmHost[vm]!
  moveTo(draft, vm, host)
  const value = measure()
  moveTo(draft, vm, source)
  return value
}
