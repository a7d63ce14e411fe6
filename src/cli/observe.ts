import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { credentialsOf } from '../drivers/libvirt/inventory.ts'
import type { HostCounters } from '../drivers/libvirt/messages.ts'
import { LibvirtProcess } from '../drivers/libvirt/process.ts'
import { readCounters, readHost } from '../drivers/libvirt/readPool.ts'
import { type Interval, type ObservedPool, observedPool, usageOf } from '../drivers/libvirt/observedPool.ts'
import type { HostId } from '../model/ids.ts'
import type { LivePool } from '../model/livePool.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { snapshotFrom } from '../config/snapshotFile.ts'
import { parseQuantity } from '../config/quantity.ts'
import { writeFileAtomic, writeFolderAtomic } from '../store/atomic.ts'
import { loadFolderFiles } from '../../sim/workloads/loadFolder/loadFolderFiles.ts'
import { historyOf } from './observedHistory.ts'
import { OutsideFailure } from '../drivers/prometheus/outsideFailure.ts'
import type { ExitCode } from './exitCode.ts'
import { snapshotText } from './importSnapshot.ts'
import { whileUninterrupted } from './interrupt.ts'
import { livePoolFrom, type LiveOptions } from './livePool.ts'
import { bad } from './options.ts'
import type { Terminal } from './terminal.ts'

export interface ObserveOptions extends LiveOptions {
  readonly out?: string
  readonly history?: string
  readonly for?: string
  readonly every?: string
}

const EVERY_MS = 10_000

/** Looks at a live pool, writes what it is and what its VMs used, and changes nothing. */
export async function observeCommand(options: ObserveOptions, terminal: Terminal): Promise<ExitCode> {
  const { pool } = livePoolFrom(options, terminal)
  const everyMs = durationOf('--every', options.every, EVERY_MS)
  const forMs = durationOf('--for', options.for, everyMs)
  if (everyMs < 1000 || forMs < everyMs) throw bad(everyMs < 1000 ? '--every' : '--for', everyMs < 1000 ? 'is under a second: usage is measured between two readings' : `is shorter than the time between two readings, ${everyMs} ms`)
  const process = new LibvirtProcess(credentialsOf(pool))
  try {
    const seen = await watch(pool, process, everyMs, Math.floor(forMs / everyMs), options.quiet === true ? null : terminal)
    return await writeObserved(seen, options, terminal)
  } finally {
    process.close()
  }
}

function durationOf(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const parsed = parseQuantity(text, 'duration')
  if (!parsed.ok) throw bad(option, parsed.refusal.message)
  return parsed.value
}

export interface Watched {
  readonly observed: ObservedPool
  readonly intervals: readonly Interval[]
  readonly everyMs: number
  readonly beganUnixMs: number
}

/** Readings at equal distances; the pool itself is read at the end, so that the snapshot is of then. */
export async function watch(pool: LivePool, process: LibvirtProcess, everyMs: number, count: number, terminal: Terminal | null): Promise<Watched> {
  const intervals: Interval[] = []
  const beganUnixMs = Date.now()
  const began = performance.now()
  let before: ReadonlyMap<HostId, HostCounters> = await readCounters(process, pool.hosts)
  for (let index = 1; index <= count; index++) {
    await wait(Math.max(0, began + index * everyMs - performance.now()))
    const after = await readCounters(process, pool.hosts)
    intervals.push(usageOf(before, after))
    before = after
    if (terminal?.isInteractive === true) terminal.err(`\r${index} of ${count} readings`)
  }
  if (terminal?.isInteractive === true) terminal.err('\r\u001b[K')
  const hosts = await Promise.all(pool.hosts.map((host) => readHost(process, host)))
  return { observed: observedPool(hosts, intervals.at(-1) ?? new Map(), Date.now()), intervals, everyMs, beganUnixMs }
}

/** What was watched, as a snapshot in `out` and, where it is wanted, a load folder in `history`; both are read back by plan, forecast and simulate. */
export async function writeObserved({ observed, intervals, everyMs, beganUnixMs }: Watched, options: ObserveOptions, terminal: Terminal): Promise<ExitCode> {
  const out = resolve(terminal.workingDirectory, options.out ?? 'snapshot.json')
  const fields = withSilent(observed, out)
  // Read as any other snapshot would be: what is written can be read back.
  const snapshot = snapshotFrom(fields, { placeOf: (path) => `${out} ${path.join('.')}` })
  await whileUninterrupted(() => writeFileAtomic(out, snapshotText(fields)))
  if (options.history !== undefined) {
    const folder = resolve(terminal.workingDirectory, options.history)
    const files = loadFolderFiles(historyOf(snapshot, observed.uuids, intervals, everyMs, beganUnixMs), `observed, pool of ${snapshot.hosts.length} hosts`)
    await whileUninterrupted(() => writeFolderAtomic(folder, 'load.json', files))
  }
  report(snapshot, observed, options, terminal)
  return 0
}

interface Fields {
  readonly hosts: readonly { readonly id: string }[]
  readonly vms: readonly { readonly id: string; readonly host?: string | null }[]
}

/** A host that does not answer is neither dead nor empty: it stays as it was last written, with its VMs, and counts as unreachable. */
function withSilent({ fields, silent }: ObservedPool, out: string): object {
  if (silent.length === 0) return fields
  const last = existsSync(out) ? (JSON.parse(readFileSync(out, 'utf8')) as Fields) : null
  const present = fields as Fields
  const seenVms = new Set(present.vms.map(({ id }) => id))
  const hosts = silent.map(({ host, failure }) => {
    const known = last?.hosts.find(({ id }) => id === host.id)
    if (known === undefined) throw new OutsideFailure(`${host.id} does not answer (${failure}), and what it is is not known from an earlier snapshot: nothing was written`)
    return { ...known, reachable: false }
  })
  const names = new Set(hosts.map(({ id }) => id))
  const vms = (last?.vms ?? []).filter((vm) => vm.host != null && names.has(vm.host) && !seenVms.has(vm.id))
  return { ...fields, hosts: [...present.hosts, ...hosts].sort((a, b) => (a.id < b.id ? -1 : 1)), vms: [...present.vms, ...vms] }
}

function report(snapshot: Snapshot, { notes, silent }: ObservedPool, options: ObserveOptions, terminal: Terminal): void {
  const said = [...notes, ...silent.map(({ host, failure }) => `${host.id} does not answer: ${failure}`)]
  if (options.quiet !== true) for (const note of said) terminal.err(`${note}\n`)
  const running = snapshot.vms.filter(({ state }) => state === 'running').length
  const facts = { out: options.out ?? 'snapshot.json', history: options.history ?? null, takenAtUnixMs: snapshot.takenAtMs, hosts: snapshot.hosts.length, unreachable: silent.map(({ host }) => host.id), vms: snapshot.vms.length, running, notes: said }
  if (options.json === true) terminal.out(`${JSON.stringify(facts)}\n`)
  else terminal.out(`${facts.hosts} hosts and ${facts.vms} VMs, ${running} of them running, are in ${facts.out}\nTry: plimsoll plan ${facts.out} --explain\n`)
}

