import { readFileSync, readdirSync } from 'node:fs'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from './syncFolder.ts'

/** A lease in somebody's hands. Times are of a steady clock that all holders share, in ms. */
export interface HeldLease {
  /** Greater than that of every holder before. */
  readonly epoch: number
  readonly untilMs: number
  /** Prolongs it; null when it is lost: then nothing more may be done under it. */
  renew(): Promise<HeldLease | null>
  /** Gives it back, so that the next holder need not wait. */
  release(): Promise<void>
  /** The epoch in force now, for the condition on every append. */
  currentEpoch(): number
}

/** Says who may act. It does not fence: commands carry deadlines, and appends are conditional on the epoch. */
export interface Lease {
  /** Takes the lease when it is free, over, or its holder is dead; null while somebody else has it. */
  acquire(): Promise<HeldLease | null>
}

/** What a lease needs of the machine: replaced in tests. */
export interface Machine {
  /** Steady, and the same for all processes since the machine started. */
  steadyMs(): number
  /** Changes when the machine restarts: then nobody of before is left. */
  bootId(): string
  /** Tells this process apart from all others since the machine started. */
  self(): ProcessMark
  isAlive(mark: ProcessMark): boolean
}

export interface ProcessMark {
  readonly pid: number
  /** When it started, in the kernel's ticks: a pid alone may be used again. */
  readonly started: string
}

interface LeaseFile {
  readonly formatVersion: 1
  readonly bootId: string
  readonly holder: ProcessMark
  readonly untilMs: number
}

export const LEASE_MS = 30_000

/**
 * A lease among processes of one machine, in a folder. Epoch n is the file epoch-n, which only one process can make; only
 * that one writes to it again. A renewal that was not complete before the old end counts as none, so whoever sees the
 * end passed has seen the last word of the holder.
 */
export function fileLease(folder: string, leaseMs = LEASE_MS, machine: Machine = linuxMachine()): Lease {
  return { acquire: () => acquire(folder, leaseMs, machine) }
}

const nameOf = (epoch: number): string => `epoch-${String(epoch).padStart(9, '0')}.json`

/** Epochs that were ever taken; what is being written has another name. */
const epochsIn = (names: readonly string[]): number[] => names.flatMap((name) => (/^epoch-\d{9}\.json$/.test(name) ? [Number(name.slice(6, 15))] : [])).sort((a, b) => a - b)

async function acquire(folder: string, leaseMs: number, machine: Machine): Promise<HeldLease | null> {
  await mkdir(folder, { recursive: true })
  const last = lastEpoch(folder)
  if (last > 0 && (await isHeld(join(folder, nameOf(last)), machine))) return null
  const epoch = last + 1
  const untilMs = machine.steadyMs() + leaseMs
  const temporary = join(folder, `.${nameOf(epoch)}.${machine.self().pid}`)
  await writeFile(temporary, text(machine, untilMs), { flush: true })
  try {
    // A link is made whole or not at all, and not where one is already.
    await link(temporary, join(folder, nameOf(epoch)))
  } catch (error) {
    // Another process was quicker.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(folder)
  await forget(folder, epoch)
  return held(folder, epoch, untilMs, leaseMs, machine)
}

const lastEpoch = (folder: string): number => epochsIn(readdirSync(folder)).at(-1) ?? 0

const text = (machine: Machine, untilMs: number): string => `${JSON.stringify({ formatVersion: 1, bootId: machine.bootId(), holder: machine.self(), untilMs } satisfies LeaseFile)}\n`

async function isHeld(path: string, machine: Machine): Promise<boolean> {
  const file = await readLease(path)
  // Damaged by something else than us: its epoch is passed over, whoever holds it finds out at the next append.
  if (file === null) return false
  return file.bootId === machine.bootId() && machine.steadyMs() < file.untilMs && machine.isAlive(file.holder)
}

async function readLease(path: string): Promise<LeaseFile | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LeaseFile
  } catch {
    return null
  }
}

function held(folder: string, epoch: number, untilMs: number, leaseMs: number, machine: Machine): HeldLease {
  const isOurs = (): boolean => lastEpoch(folder) === epoch
  return {
    epoch, untilMs,
    currentEpoch: () => lastEpoch(folder),
    renew: async () => {
      if (machine.steadyMs() >= untilMs || !isOurs()) return null
      const nextMs = machine.steadyMs() + leaseMs
      await replace(folder, epoch, text(machine, nextMs))
      return machine.steadyMs() < untilMs && isOurs() ? held(folder, epoch, nextMs, leaseMs, machine) : null
    },
    release: async () => {
      if (isOurs()) await replace(folder, epoch, text(machine, 0))
    },
  }
}

async function replace(folder: string, epoch: number, content: string): Promise<void> {
  const temporary = join(folder, `.${nameOf(epoch)}`)
  await writeFile(temporary, content)
  await rename(temporary, join(folder, nameOf(epoch)))
}

/** Old epochs tell nothing any more; a few stay for people. */
async function forget(folder: string, epoch: number): Promise<void> {
  for (const old of epochsIn(readdirSync(folder))) if (old < epoch - 10) await rm(join(folder, nameOf(old)), { force: true })
}

/** Linux tells all of it in /proc. */
export function linuxMachine(): Machine {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const self = { pid: process.pid, started: startOf(process.pid) ?? '' }
  return { steadyMs: () => Number(process.hrtime.bigint() / 1_000_000n), bootId: () => bootId, self: () => self, isAlive: ({ pid, started }) => startOf(pid) === started }
}

/** Field 22 of /proc/PID/stat; names of processes may hold anything, so it is counted from their closing bracket. Source: proc(5). */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
