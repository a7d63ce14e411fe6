import { mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { type ExecutorLoop, type LoopParts, type LoopTime, runExecutor } from '../drivers/executorLoop.ts'
import { libvirtHostDriver, type LibvirtHostDriver } from '../drivers/libvirt/hostDriver.ts'
import { credentialsOf } from '../drivers/libvirt/inventory.ts'
import { LibvirtProcess } from '../drivers/libvirt/process.ts'
import type { MigrationRecord } from '../drivers/libvirt/reach.ts'
import type { MigrationProgress } from '../drivers/libvirt/messages.ts'
import type { StepEnd } from '../drivers/live/applyPlan.ts'
import { socketOf, tellControl } from '../drivers/live/controlSocket.ts'
import { LiveEyes } from '../drivers/live/eyes.ts'
import { OutsideFailure } from '../drivers/prometheus/outsideFailure.ts'
import type { Ledger } from '../execute/protocol/ledger.ts'
import { PROTOCOL_TIMES, stepsUnderWay } from '../execute/protocol/state.ts'
import type { HostId, VmId } from '../model/ids.ts'
import type { LivePool } from '../model/livePool.ts'
import type { Step } from '../model/plan.ts'
import type { HostMode, Pool } from '../model/pool.ts'
import type { PolicySettings } from '../model/policy.ts'
import type { Rule } from '../model/rules.ts'
import { type ShownHost, keepPool, withSteps } from '../observe/keepPool.ts'
import { openJournal } from '../store/journal.ts'
import { openMigrationLog } from '../store/migrationLog.ts'
import { keepingIn } from './keepMigrations.ts'
import { executorConfig, managedHosts } from './liveHosts.ts'
import { leaseNow, refuseOlderEpoch } from './liveLease.ts'
import { realTime } from './liveLoop.ts'

export interface HoldOptions {
  readonly pool: LivePool
  readonly policy: PolicySettings
  /** Name of the command, as it stands in the journal. */
  readonly command: string
  readonly say: (text: string) => void
  readonly onMigration?: (record: MigrationRecord) => void
  readonly onProgress?: (vm: VmId, progress: MigrationProgress) => void
}

/** What a command does with a pool that it holds. */
export interface Hands {
  /** What the journal told when it was taken: intents that a process before this one left open, for instance. */
  readonly found: Ledger
  readonly executor: ExecutorLoop
  readonly time: LoopTime
  /** Who is named in the journal. */
  readonly who: string
  /** The pool now, with what steps under way hold. */
  look(rules: readonly Rule[]): Promise<Pool>
  /** Told of each end of a step, those of a process before this one included. */
  onEnded(listener: (end: StepEnd) => void): void
  /** Waits until the hosts were looked at and every intent of earlier processes is settled, or `isOver`. */
  settle(isOver: () => boolean): Promise<void>
  /** Waits until nothing of this process is open any more and the journal has all of it, cordons of power-offs that came to nothing included; at most a minute. */
  rest(isOver: () => boolean): Promise<void>
  perform(step: Step, memoryMib: number | null): Promise<StepEnd>
}

/** A live pool in the hands of one command: nobody else acts on it until it is closed. */
export interface HeldPool extends Hands {
  readonly driver: LibvirtHostDriver
  readonly process: LibvirtProcess
  /** Issues nothing further. What is open stays open: whoever comes next settles it. */
  close(): Promise<void>
}

const POLL_MS = 200

/** Takes a pool that nobody holds: lease, journal, driver, eyes. Throws OutsideFailure with what to do where a loop or another command has it. */
export async function holdPool({ pool, policy, command, say, onMigration, onProgress }: HoldOptions): Promise<HeldPool> {
  const hosts = managedHosts(pool)
  mkdirSync(pool.stateFolder, { recursive: true, mode: 0o700 })
  const lease = await leaseNow(pool)
  if (lease === null) throw new OutsideFailure(await whoHolds(pool))
  const journal = await openJournal(join(pool.stateFolder, 'journal'), PROTOCOL_TIMES, { currentEpoch: () => lease.currentEpoch() })
  await refuseOlderEpoch(pool, lease, journal.found.ledger.epoch)
  const time = realTime()
  const process_ = new LibvirtProcess(credentialsOf(pool))
  const keep = keepingIn(openMigrationLog(pool.stateFolder), say)
  const told = (record: MigrationRecord): void => {
    keep(record)
    onMigration?.(record)
  }
  const driver = libvirtHostDriver({ hosts, process: process_, onMigration: told, ...(onProgress === undefined ? {} : { onProgress }) })
  const eyes = eyesOf(pool, process_, hosts, time, say)
  const who = `${command} by ${userInfo().username}, process ${process.pid}`
  const hands = handsOn({ config: executorConfig(pool, policy, who), driver, journal, lease, time, say, sight: async (modes) => (await eyes.look(modes)).hosts })
  return {
    ...hands, driver, process: process_,
    close: async () => {
      await hands.executor.stop()
      await driver.close()
      await journal.close()
      await lease.release()
    },
  }
}

/** The parts of a held pool that can be real or a test's own. */
export interface HandsParts extends Omit<LoopParts, 'told'> {
  readonly say: (text: string) => void
  /** One look at all hosts; `modes` are what people wish of them. */
  readonly sight: (modes: ReadonlyMap<HostId, HostMode>) => Promise<readonly ShownHost[]>
}

/** The execution protocol with whoever waits for the ends of its steps. */
export function handsOn(parts: HandsParts): Hands {
  const { config, time, say, journal } = parts
  const listeners: ((end: StepEnd) => void)[] = []
  const executor = runExecutor({
    ...parts,
    told: (output) => {
      if (output.kind === 'alarm') say(`ALARM ${output.code}${output.subject === null ? '' : ` ${output.subject}`}: ${output.message}`)
      else for (const listener of listeners) listener({ step: output.step.id, outcome: output.outcome, code: output.code, message: output.message })
    },
  })
  return {
    found: journal.found.ledger, executor, time, who: config.who, look: lookingWith(parts, executor), onEnded: (listener) => void listeners.push(listener),
    settle: (isOver) => waitUntil(time, () => isOver() || isSettled(executor, config.hosts.length)),
    rest: (isOver) => rest(executor, time, isOver),
    perform: (step, memoryMib) => new Promise((resolve) => {
      listeners.push((end) => (end.step === step.id ? resolve(end) : undefined))
      executor.start(step, { plan: null, poolRevision: null, memoryMib })
    }),
  }
}

/** The same eyes as the loop's, for as long as a command runs. */
export function eyesOf(pool: LivePool, process_: LibvirtProcess, hosts: ReturnType<typeof managedHosts>, time: LoopTime, say: (text: string) => void): LiveEyes {
  const startMs = time.unixMs()
  return new LiveEyes({ pool, process: process_, metrics: null, startUnixMs: startMs, powerOf: (id) => hosts.find((host) => host.id === id)?.power ?? null, nowMs: () => time.unixMs() - startMs, note: say })
}

function lookingWith({ sight, time }: HandsParts, executor: ExecutorLoop): Hands['look'] {
  let before: Pool | null = null
  return async (rules) => {
    before = keepPool(before, await sight(executor.state.current.modes), rules, time.steadyMs()).pool
    return withSteps(before, stepsUnderWay(executor.state))
  }
}

const isSettled = ({ state }: ExecutorLoop, hostCount: number): boolean => state.views.size >= hostCount && state.jobs.length === 0 && state.current.open.size === 0

const REST_MS = 60_000

async function rest(executor: ExecutorLoop, time: LoopTime, isOver: () => boolean): Promise<void> {
  const endMs = time.steadyMs() + REST_MS
  const isResting = ({ current, jobs, observing, pending }: ExecutorLoop['state']): boolean => jobs.length === 0 && pending.length === 0 && current.open.size === 0 && (observing !== null || [...current.cordons].every((host) => current.modes.has(host)))
  await waitUntil(time, () => isResting(executor.state) || isOver() || time.steadyMs() >= endMs)
}

async function waitUntil(time: LoopTime, isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise<void>((resolve) => void time.after(POLL_MS, resolve))
}

/** One look at a pool that is not taken: modes as the journal has them. */
export async function lookOnly(pool: LivePool, modes: ReadonlyMap<HostId, HostMode>, rules: readonly Rule[], say: (text: string) => void): Promise<Pool> {
  const process_ = new LibvirtProcess(credentialsOf(pool))
  try {
    const { hosts } = await eyesOf(pool, process_, managedHosts(pool), realTime(), say).look(modes)
    return keepPool(null, hosts, rules, 0).pool
  } finally {
    process_.close()
  }
}

async function whoHolds({ name, stateFolder }: LivePool): Promise<string> {
  const told = (await tellControl(socketOf(stateFolder), { kind: 'status' }).catch(() => null)) as { readonly status?: { readonly mode: string } } | null
  return told?.status === undefined
    ? `${name} is held by another process (a standby that waits, or another apply, provision or drill): wait until it has ended`
    : `${name} is held by a loop in mode ${told.status.mode}: let it do the work (plimsoll loop mode approve, then plimsoll loop approve HASH for its own plan), or end it (systemctl stop plimsoll@NAME) and try again`
}
