import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseControlMessage } from '../config/controlMessage.ts'
import { trustAtStart } from '../control/autonomy.ts'
import { inputLine } from '../control/inputRecord.ts'
import { decisionOf } from '../control/replay.ts'
import { solveWishesInThread } from '../drivers/compute/wishes.ts'
import type { LoopTime } from '../drivers/executorLoop.ts'
import { libvirtHostDriver } from '../drivers/libvirt/hostDriver.ts'
import { credentialsOf } from '../drivers/libvirt/inventory.ts'
import { LOST } from '../drivers/libvirt/messages.ts'
import { LibvirtProcess } from '../drivers/libvirt/process.ts'
import { listenForControl, socketOf } from '../drivers/live/controlSocket.ts'
import { LiveEyes } from '../drivers/live/eyes.ts'
import { MetricEyes } from '../drivers/live/metricEyes.ts'
import { readSecret } from '../drivers/secret.ts'
import { LiveSession } from '../drivers/live/session.ts'
import { HostWatch } from '../drivers/live/watchHosts.ts'
import { PROTOCOL_TIMES } from '../execute/protocol/state.ts'
import type { Autonomy, LivePool } from '../model/livePool.ts'
import type { PolicySettings } from '../model/policy.ts'
import { BadInput } from '../model/result.ts'
import { openJournal } from '../store/journal.ts'
import { linuxMachine } from '../store/lease.ts'
import { type LiveRecord, beginLiveRecord } from '../store/liveRecord.ts'
import { migrationSampleOf } from '../observe/migrationSample.ts'
import { openMigrationLog } from '../store/migrationLog.ts'
import { keepingIn } from './keepMigrations.ts'
import { executorConfig, managedHosts } from './liveHosts.ts'
import { leaseOf, refuseOlderEpoch } from './liveLease.ts'
import { bad } from './options.ts'

export interface LoopOptions {
  readonly pool: LivePool
  readonly policy: PolicySettings
  /** Null: what was recorded last, or what the pool's file says. */
  readonly mode: Autonomy | null
  readonly say: (text: string) => void
  /** Asked now and then while another process holds the lease; true: it is waited no longer. */
  readonly isOver: () => boolean
}

export interface RunningLoop {
  readonly record: LiveRecord
  readonly session: LiveSession
  /** Resolves when the loop has ended, by `end` or because it can't go on. */
  readonly over: Promise<void>
  end(): Promise<void>
}

/** Puts a live pool together and lets it run: lease, journal, driver, eyes, session, record, socket. Null where it was over before the lease was free. */
export async function beginLoop({ pool, policy, mode: given, say, isOver }: LoopOptions): Promise<RunningLoop | null> {
  const time = realTime()
  const metrics = metricEyesOf(pool, time, say)
  mkdirSync(pool.stateFolder, { recursive: true, mode: 0o700 })
  const lease = await leaseOf(pool, say, isOver)
  if (lease === null) return null
  const journal = await openJournal(join(pool.stateFolder, 'journal'), PROTOCOL_TIMES, { currentEpoch: () => lease.currentEpoch() })
  await refuseOlderEpoch(pool, lease, journal.found.ledger.epoch)
  const startUnixMs = time.unixMs()
  const nowMs = (): number => time.unixMs() - startUnixMs
  const trust = trustAtStart(journal.found.ledger.trust, pool.mode, given, pool.staged, startUnixMs)
  const { mode } = trust
  const record = beginLiveRecord(join(pool.stateFolder, 'records'), startUnixMs, { formatVersion: 1, pool: pool.name, policy, mode, startUnixMs, hosts: pool.hosts.map(({ id }) => id) })
  const process_ = new LibvirtProcess(credentialsOf(pool), ({ event }) => {
    // A lost connection has lost events too.
    if (event === LOST) watch.listen()
    session.hint()
  })
  const hosts = managedHosts(pool)
  const migrations = openMigrationLog(pool.stateFolder)
  const keep = keepingIn(migrations, say)
  const driver = libvirtHostDriver({
    hosts, process: process_,
    onMigration: (migration) => {
      record.add('migrations', migration)
      keep(migration)
      const sample = migrationSampleOf(migration)
      if (sample !== null) session.migrated([sample])
    },
  })
  const eyes = new LiveEyes({ pool, process: process_, metrics, startUnixMs, powerOf: (id) => hosts.find((host) => host.id === id)?.power ?? null, nowMs, note: (text) => say(text) })
  const session: LiveSession = new LiveSession({
    policy, trust, configured: pool.mode, staged: pool.staged, rules: [], migrations: migrations.found.map(migrationSampleOf).filter((sample) => sample !== null), times: { tickMs: pool.intervalMs }, executor: executorConfig(pool, policy, `plimsoll ${process.pid}`), journal, lease, time, driver, startUnixMs, nowMs,
    look: (modes) => eyes.look(modes), metrics: () => metrics?.status ?? null,
    solve: (packing, limits, timeoutMs) => solveWishesInThread(packing, limits, timeoutMs),
    wait: (durationMs, until) => waitAtMost(time, durationMs, until),
    listener: {
      began: (config) => record.add('events', { atMs: nowMs(), kind: 'began', gate: config.gate, journal: journal.found.damage ?? 'whole', adopted: journal.found.ledger.open.size }),
      turned: (input, outputs) => {
        record.add('inputs', inputLine(input, null))
        record.add('decisions', decisionOf(input.atMs, outputs))
      },
      event: (event) => {
        record.add('events', event)
        if (event.kind === 'start' || event.kind === 'note' || event.kind === 'request') say(`${event.kind === 'start' ? `${event.action} ${event.vm ?? event.host ?? ''}${event.target === undefined ? '' : ` to ${event.target}`}: ` : ''}${event.reason.text}`)
      },
      planned: (plan) => {
        record.add('plans', plan)
        say(`plan ${plan.hash.slice(0, 12)}: ${plan.steps.length} steps, ${plan.reason.text}`)
      },
      alarm: (code, subject, message) => {
        record.add('alarms', { atMs: nowMs(), code, subject, message })
        say(`ALARM ${code}${subject === null ? '' : ` ${subject}`}: ${message}`)
      },
      failed: (error) => say(`nothing was seen: ${error instanceof Error ? error.message : String(error)}`),
    },
  })
  const watch = new HostWatch(process_, pool.hosts)
  const listening = await listenForControl(socketOf(pool.stateFolder), (line) => answered(session, line))
  const over = session.run().finally(async () => {
    watch.close()
    await listening.close()
    await driver.close()
    await journal.close()
    await lease.release()
  })
  return { record, session, over, end: async () => { await session.stop(); await over } }
}

/** Leaves no timer behind: it would keep the process alive after its end. */
const waitAtMost = (time: LoopTime, durationMs: number, until: Promise<void>): Promise<void> => new Promise((resolve) => {
  const cancel = time.after(durationMs, resolve)
  void until.then(() => {
    cancel()
    resolve()
  })
})

/** Refuses a token that is not there. */
function metricEyesOf({ metrics: source, hosts }: LivePool, time: LoopTime, say: (text: string) => void): MetricEyes | null {
  if (source === null) return null
  const token = source.token === null ? null : readSecret(source.token, process.env)
  if (token?.ok === false) throw bad('metrics.token', token.refusal.message)
  const told = new Set<string>()
  return new MetricEyes({
    source, hosts, token: token?.value ?? null, unixMs: () => time.unixMs(),
    note: (text) => {
      if (!told.has(text)) say(text)
      told.add(text)
    },
  })
}

/** Wall time as this began plus what the machine's steady clock has counted since: it never goes back. */
export function realTime(): LoopTime {
  const machine = linuxMachine()
  const steadyMs = (): number => Math.floor(machine.steadyMs())
  const offsetMs = Date.now() - steadyMs()
  return {
    steadyMs, unixMs: () => offsetMs + steadyMs(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, Math.max(0, delayMs))
      return () => clearTimeout(timer)
    },
  }
}

function answered(session: LiveSession, line: string): unknown {
  try {
    return session.tell(parseControlMessage(line), 'a person')
  } catch (error) {
    if (error instanceof BadInput) return { ok: false, message: error.message }
    throw error
  }
}

export const badMode = (text: string): BadInput => bad('--mode', `is ${text}, expected observe, recommend, approve or automatic`)
